"""Evaluate the composite scores on recorded markets: JSON results, a self-contained HTML report, tables of the docs.

Weights and methods are judged on 2020-2023 alone; 2024 is reported beside it, as it comes out. What is costly is kept
below ``var/evidence``, so that a run can be done in pieces (``--part``, ``--interval``, ``--score``) and resumed.
"""

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from composite.evidence.measured import FILE, write_records
from composite.evidence.trials import TrialRegistry
from scripts.evaluation import parts
from scripts.evaluation.cases import CLAIMS
from scripts.evaluation.page import html_page
from scripts.evaluation.parts import Found, Work
from scripts.evaluation.records import records_of
from scripts.evaluation.storage import read_results, write_result
from scripts.evaluation.tables import with_tables

ROOT: Final = Path(__file__).resolve().parent.parent.parent
CACHE: Final = ROOT / "var" / "evidence"
DOCS: Final = ROOT / "docs" / "composites.md"
TRIALS: Final = ROOT / "docs" / "evidence" / "trials.jsonl"
UNIVERSE: Final = "universe"
PARTS: Final[Mapping[str, Callable[[Work], Found]]] = {
    "bars": parts.of_bars,
    "funding": parts.with_funding_alone,
    "daily": parts.of_days,
    "streams": parts.of_streams,
    "baskets": parts.of_baskets,
    UNIVERSE: parts.of_universe,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    work: Work
    parts: tuple[str, ...]
    out: Path
    publish: bool


def main() -> None:
    """Read the command line, evaluate, and write what was measured."""
    asked = read_arguments()
    for part in asked.parts:
        for result in PARTS[part](asked.work):
            write_result(asked.out, result)
            print(f"{result.variant}, {result.interval}: done", flush=True)
    finish(asked.out, publish=asked.publish)


def read_arguments() -> Asked:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/evaluate", description=__doc__)
    given = os.environ.get("SANDBOX_DATA")
    data = Path(given) if given else ROOT.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=data, help="folder of the recordings")
    parser.add_argument(
        "--part", action="append", choices=sorted(PARTS), help="all but the universe by default"
    )
    parser.add_argument(
        "--interval", action="append", choices=parts.INTERVALS, help="of the bars; all by default"
    )
    parser.add_argument("--symbol", action="append", help="one of the recorded markets; all by default")
    parser.add_argument("--score", action="append", choices=sorted(CLAIMS), help="all by default")
    parser.add_argument(
        "--nulls", action="store_true", help="4h bars also on markets without anything to forecast"
    )
    parser.add_argument(
        "--universe", action="store_true", help="the recorded universe alone, scores as they stand"
    )
    parser.add_argument("--out", type=Path, default=CACHE, help="folder for results and report")
    parser.add_argument("--publish", action="store_true", help="write the shipped records and the docs too")
    chosen = parser.parse_args()
    work = Work(
        chosen.data,
        CACHE,
        TrialRegistry(TRIALS),
        tuple(chosen.symbol or parts.SYMBOLS),
        tuple(chosen.interval or parts.INTERVALS),
        tuple(chosen.score or CLAIMS),
        nulls=chosen.nulls,
    )
    usual = tuple(name for name in PARTS if (name == UNIVERSE) == chosen.universe)
    return Asked(work, tuple(chosen.part or usual), chosen.out, chosen.publish)


def finish(folder: Path, *, publish: bool) -> None:
    """Write the report of all results that are there; with ``publish`` the shipped records and the docs."""
    results = read_results(folder)
    (folder / "report.html").write_text(html_page(results), "utf-8")
    print(f"report: {folder / 'report.html'}")
    if publish:
        write_records(FILE, [record for result in results for record in records_of(result)])
        DOCS.write_text(with_tables(DOCS.read_text("utf-8"), results), "utf-8")


if __name__ == "__main__":
    main()
