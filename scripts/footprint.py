"""What a start costs: CPU time and memory of the imports, and the memory of the processes once all is warmed up."""

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path

from bot.memory_use import used_together
from scripts.snapshot.program import READY_S, running
from scripts.snapshot.worlds import SIMULATED_NOW, World

ROOT = Path(__file__).resolve().parent.parent
WORLD = World("footprint", SIMULATED_NOW, None, "dark", ())
ROUNDS = 5
LOOK_S = 0.5
WARM = re.compile(r'"event": ?"ready"')  # what the bot logs when all is warmed up
KB = 1024
# ``bot`` alone sets the environment; what is measured is everything that a start imports
IMPORTS = """
import resource, time
import bot
began = time.process_time()
import bot.cli, bot.process
print(time.process_time() - began, open("/proc/self/statm").read().split()[1])
"""


def _titled(title: str) -> float:
    made: float = field(metadata={"title": title})
    return made


@dataclass(frozen=True, slots=True)
class Footprint:
    """What is measured of one checkout."""

    import_s: float = _titled("imports of the main process, CPU s")
    import_mb: float = _titled("imports of the main process, resident MB")
    main_mb: float = _titled("main process before the first question, MB")
    all_mb: float = _titled("all processes, what they share counted once, MB")


async def footprint(tree: Path) -> Footprint:
    """Measure a checkout: imports as the median of some fresh interpreters, memory of one start."""
    imports = [_imports(tree) for _ in range(ROUNDS)]
    async with running(tree, WORLD) as program:
        await asyncio.wait_for(_warm(program.log), READY_S)
        main_mb, all_mb = resident_mb(program.pid), together_mb(program.pid)
    seconds, sizes = zip(*imports, strict=True)
    return Footprint(statistics.median(seconds), statistics.median(sizes), main_mb, all_mb)


def _imports(tree: Path) -> tuple[float, float]:
    own = tree / ".venv" / "bin" / "python"
    python = str(own) if own.exists() else sys.executable
    told = subprocess.run(
        [python, "-c", IMPORTS], cwd=tree, check=True, capture_output=True, text=True
    ).stdout.split()
    return float(told[0]), int(told[1]) * os.sysconf("SC_PAGE_SIZE") / KB**2


async def _warm(log: Path) -> None:
    while True:
        if WARM.search(await asyncio.to_thread(log.read_text)):
            return
        await asyncio.sleep(LOOK_S)


def resident_mb(pid: int) -> float:
    """Return what one process holds in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / KB


def together_mb(pid: int) -> float:
    """Return what a process and its descendants hold, what they share counted once."""
    return (used_together(pid) or 0) / KB**2


def main() -> int:
    """Print one row a measure: this checkout, the other, and their ratio."""
    parser = argparse.ArgumentParser(prog="scripts/footprint", description=__doc__)
    parser.add_argument("--against", type=Path, help="another checkout, measured in the same run")
    against: Path | None = parser.parse_args().against
    trees = [ROOT] if against is None else [ROOT, against.resolve()]
    found = [asyncio.run(footprint(tree)) for tree in trees]
    for what in fields(Footprint):
        values = [getattr(one, what.name) for one in found]
        ratio = values[0] / values[-1]
        print(f"{what.metadata['title']:<52}" + "".join(f"{value:10.2f}" for value in (*values, ratio)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
