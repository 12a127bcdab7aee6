"""`python -m scripts.bench.part NAME --data FOLDER`: measure one part and print its rows as JSON lines, as they come.

Every part has a process of its own, so that none carries the load, the caches or the failure of another.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Final, TextIO

from scripts.bench.measure import Row

PARTS: Final = (
    "compute",
    "estimates",
    "charts",
    "commands",
    "composites",
    "streams",
    "ticks",
    "many_symbols",
    "pairs",
    "replayed",
    "cold_start",
)
Rows = Callable[[Path | None], Iterable[Row] | AsyncIterator[Row]]


class PartFailed(RuntimeError):
    """A part ended before its time; what it said is on standard error."""


def in_own_process(name: str, data: Path) -> Iterator[Row]:
    """Yield a part's rows as they are measured; `PartFailed` after the last where it ended with an error."""
    command = [sys.executable, "-m", "scripts.bench.part", name, "--data", str(data)]
    with Popen(command, stdout=PIPE, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("a part was started without a pipe")
        for line in process.stdout:
            yield Row(**json.loads(line))
    if process.returncode:
        raise PartFailed(f"part {name} ended with {process.returncode}: its words are above")


async def measure(name: str, data: Path | None, out: TextIO) -> None:
    """Write the rows of a part; ``data`` is ``None`` where there is no recorded data."""
    rows: Rows = import_module(f"scripts.bench.{name}").rows
    found = rows(data)
    if isinstance(found, AsyncIterator):
        async for row in found:
            _say(row, out)
    else:
        for row in found:
            _say(row, out)


def _say(row: Row, out: TextIO) -> None:
    out.write(json.dumps(asdict(row)) + "\n")
    out.flush()


def _own_output() -> TextIO:
    """Return standard output for the rows alone; what else is written there goes to standard error."""
    rows = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return rows


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.part", description=__doc__)
    parser.add_argument("name", choices=PARTS)
    parser.add_argument("--data", type=Path, required=True)
    wanted = parser.parse_args()
    asyncio.run(measure(wanted.name, wanted.data if wanted.data.is_dir() else None, _own_output()))


if __name__ == "__main__":
    main()
