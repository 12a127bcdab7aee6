"""``scripts/snapshots record FOLDER [--tree DIR]`` and ``scripts/snapshots compare FOLDER FOLDER``."""

import argparse
import asyncio
import sys
from pathlib import Path

from scripts.snapshot.compare import differences
from scripts.snapshot.record import record
from scripts.snapshot.worlds import worlds

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT.parent / "shared" / "data"


def main() -> int:
    """Record one tree's answers, or print what differs between two records and return 1 where anything does.

    Returns 2 for a record that proves nothing.
    """
    options = _parse()
    if options.command == "record":
        return asyncio.run(_record(options))
    found = list(differences(options.before, options.after))
    for line in found:
        print(line)
    print(f"{len(found)} answers differ")
    return int(bool(found))


async def _record(options: argparse.Namespace) -> int:
    chosen = [world for world in worlds(options.data) if not options.only or world.name in options.only]
    delayed = 0
    for world in chosen:
        count, late = await record(world, options.tree.resolve(), options.folder.resolve() / world.name)
        print(f"{world.name}: {count} files", flush=True)
        delayed += late
    if delayed:
        print(f"{delayed} requests were answered too late: record again on a machine with less to do")
    return 0 if chosen and not delayed else 2


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/snapshots", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record", help="write every answer of a tree into a folder")
    recording.add_argument("folder", type=Path)
    recording.add_argument("--tree", type=Path, default=ROOT, help="the checkout to run (default: this one)")
    recording.add_argument("--data", type=Path, default=DATA, help="the folder of recordings")
    recording.add_argument("--only", action="append", help="name of a world; may be repeated")
    comparing = commands.add_parser("compare", help="print what differs, times of computation aside")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
