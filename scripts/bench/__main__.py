"""Run the measurements and print their table; `--json FILE` writes them too, `--only PART` picks some."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from scripts.bench import charts, commands, compute, modules, streams
from scripts.bench.measure import Row, table, write_json

PARTS = ("compute", "modules", "charts", "commands", "streams")
DATA = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data"


def main() -> int:
    """Measure, print, and return 1 when a target was missed."""
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the rows as a JSON list")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure these parts only")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("SANDBOX_DATA") or DATA),
        help="folder with the recorded market data; what needs it is skipped where it is absent",
    )
    wanted = parser.parse_args()
    found = [row for part in wanted.only or PARTS for row in _part(part, wanted.data)]
    print(table(found))
    if wanted.json:
        write_json(found, wanted.json)
    return int(any(row.met is False for row in found))


def _part(name: str, data: Path) -> list[Row]:
    if name == "compute":
        return list(compute.rows())
    if name == "modules":
        return modules.rows(data)
    if name == "charts":
        return list(charts.rows())
    if name == "streams":
        return streams.rows(data)
    return asyncio.run(commands.rows())


if __name__ == "__main__":
    sys.exit(main())
