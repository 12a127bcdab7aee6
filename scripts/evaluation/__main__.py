"""Evaluate the composite scores on recorded markets: JSON results, a self-contained HTML report, tables of the docs.

Weights and methods are judged on 2020-2023 alone; 2024 is reported beside it, as it comes out. Replayed scalars are
kept below ``var/evidence``, so that a run can be done in pieces (``--score``, ``--symbol``).
"""

import argparse
import os
import pickle
from pathlib import Path
from typing import Final

import msgspec

from composite.evidence.measured import FILE, write_records
from composite.evidence.nulls import NULLS
from composite.evidence.trials import TrialRegistry
from composite.record import TrackRecord
from scripts.evaluation.evaluate import CLAIMS, ScoreResult, evaluated, null_coefficients, reported
from scripts.evaluation.markets import REPLAYED, Markets, market_of
from scripts.evaluation.page import html_page
from scripts.evaluation.records import track_records
from scripts.evaluation.tables import with_tables
from scripts.evaluation.universe import universe_bars
from tests.support.recorded import recorded_bars

ROOT: Final = Path(__file__).resolve().parent.parent.parent
CACHE: Final = ROOT / "var" / "evidence"
DOCS: Final = ROOT / "docs" / "composites.md"
TRIALS: Final = ROOT / "docs" / "evidence" / "trials.jsonl"
DIRECTIONAL: Final = ("trend", "regime")
NULL_SEED: Final = 5
SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT")


def recorded_markets(data: Path, symbols: tuple[str, ...], interval: str) -> Markets:
    """Return the recorded spot markets with what the modules said at every close."""
    members = []
    for symbol in symbols:
        file = next(iter(sorted((data / "klines_spot").glob(f"{symbol}-{interval}_*.csv.gz"))), None)
        if file is None:
            raise FileNotFoundError(f"no {symbol} {interval} bars in {data}; name the recordings with --data")
        members.append(market_of(recorded_bars(file, symbol, interval), REPLAYED, CACHE))
        print(f"{symbol} {interval}: {len(members[-1].bars)} bars", flush=True)
    return Markets(interval, tuple(members))


def null_markets(markets: Markets) -> list[tuple[str, Markets]]:
    """Return the first market made over by each null, with the modules that directions need walked along it."""
    first = markets.members[0].bars
    return [
        (name, Markets(markets.interval, (market_of(made(first, NULL_SEED), DIRECTIONAL, CACHE),)))
        for name, made in NULLS.items()
    ]


def main() -> None:
    """Read the command line, evaluate, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    given = os.environ.get("SANDBOX_DATA")
    data = Path(given) if given else ROOT.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=data, help="folder of the recordings")
    parser.add_argument("--interval", default="4h")
    parser.add_argument("--symbol", action="append", help="one of the recorded markets; all by default")
    parser.add_argument("--score", action="append", choices=sorted(CLAIMS), help="all by default")
    parser.add_argument(
        "--nulls", action="store_true", help="the same on markets without anything to forecast"
    )
    parser.add_argument(
        "--universe", action="store_true", help="directions on the recorded universe, as they stand"
    )
    parser.add_argument("--out", type=Path, default=CACHE, help="folder for results and report")
    parser.add_argument("--publish", action="store_true", help="write the shipped records and the docs too")
    chosen = parser.parse_args()
    registry = TrialRegistry(TRIALS)
    if chosen.universe:
        report_universe(chosen.data, chosen.out, registry)
        return finish(chosen.out, publish=chosen.publish)
    markets = recorded_markets(chosen.data, tuple(chosen.symbol or SYMBOLS), chosen.interval)
    made = null_markets(markets) if chosen.nulls else []
    for name in chosen.score or CLAIMS:
        direction = CLAIMS[name].kind == "direction"
        result = evaluated(name, markets, registry, null_coefficients(name, made) if direction else {})
        write_result(chosen.out, result)
        print(f"{name}: {result.new_trials} new of {result.trials} trials", flush=True)
    return finish(chosen.out, publish=chosen.publish)


def report_universe(data: Path, folder: Path, registry: TrialRegistry) -> None:
    """Write what the scores with a direction were worth on the recorded universe."""
    members = tuple(market_of(bars, DIRECTIONAL, CACHE) for bars in universe_bars(data))
    markets = Markets("4h", members)
    label = f"{len(members)} surviving perpetuals"
    for name in (name for name, claim in CLAIMS.items() if claim.kind == "direction"):
        write_result(folder, reported(name, markets, registry, label), "universe")


def write_result(folder: Path, result: ScoreResult, kind: str = "spot") -> None:
    """Write one score's results as JSON, and as they are for a later piece of the same run."""
    folder.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(result), indent=1)
    name = f"{result.name}-{result.interval}-{kind}"
    (folder / f"{name}.json").write_bytes(text + b"\n")
    (folder / f"{name}.result").write_bytes(pickle.dumps(result))


def read_results(folder: Path) -> list[ScoreResult]:
    """Return all results in a folder of this machine's own, in the order the scores are declared."""
    found: list[ScoreResult] = [
        pickle.loads(path.read_bytes())  # noqa: S301 - `write_result` made it
        for path in folder.glob("*.result")
    ]
    return sorted(found, key=lambda one: (list(CLAIMS).index(one.name), len(one.symbols)))


def finish(folder: Path, *, publish: bool) -> None:
    """Write the report of all results that are there; with ``publish`` the shipped records and the docs."""
    results = read_results(folder)
    (folder / "report.html").write_text(html_page(results), "utf-8")
    print(f"report: {folder / 'report.html'}")
    if publish:
        records: list[TrackRecord] = [record for result in results for record in track_records(result)]
        write_records(FILE, records)
        DOCS.write_text(with_tables(DOCS.read_text("utf-8"), results), "utf-8")


if __name__ == "__main__":
    main()
