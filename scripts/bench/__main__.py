"""Run the measurements and print their tables; `--json FILE` writes the rows too, `--only PART` picks some.

Targets of time are ratios to a named peer's work in the same run, so that they mean the same on every machine.
`--against DIR_OR_REV` measures instead the bot of this tree and of another checkout in turn.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from scripts.bench import against
from scripts.bench.measure import Row, table, write_json
from scripts.bench.part import PARTS, PartFailed, in_own_process

DATA: Final = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data"


def main() -> int:
    """Measure, print, and return 1 when a target was missed or a part failed."""
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the rows as a JSON list")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure these parts only")
    parser.add_argument(
        "--against", metavar="DIR_OR_REV", help="a checkout, or a revision of this repository"
    )
    parser.add_argument("--rounds", type=int, default=against.ROUNDS, help="how often --against asks anew")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("SANDBOX_DATA") or DATA),
        help="folder with the recorded market data; what needs it is skipped where it is absent",
    )
    wanted = parser.parse_args()
    found: list[Row] = []
    failed = 0
    if wanted.against is not None:
        found = asyncio.run(against.rows(wanted.against, wanted.rounds))
        print(table(found))
    else:
        for part in wanted.only or PARTS:
            rows, error = _part(part, wanted.data)
            found += rows
            failed += error is not None
            print(table(rows), *([f"FAILED: {error}"] if error else []), sep="\n", flush=True)
    if wanted.json:
        write_json(found, wanted.json)
    return int(failed > 0 or any(row.met is False for row in found))


def _part(name: str, data: Path) -> tuple[list[Row], PartFailed | None]:
    """Return the rows of a part, all that it measured even where it failed, and the failure."""
    rows: list[Row] = []
    try:
        for row in in_own_process(name, data):
            rows.append(row)
    except PartFailed as error:
        return rows, error
    return rows, None


if __name__ == "__main__":
    sys.exit(main())
