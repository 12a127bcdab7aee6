"""Walk modules forward over recorded hours, print what it costs beside the live answers, and keep what they said.

CPU seconds count fits and traces of one module along one symbol; the ratio is that of a bar by calling the live
``compute``, its fits at hand, on a sample of bars. Returns 1 where a sampled bar differs by more than 1e-9.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from bot.memory import keep_heaps_small
from scripts.bench.recorded_bars import recorded_bars
from scripts.past_files import write_past
from scripts.walked import REPLAYED, Walked, walk
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY

DATA: Final = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT")
SAME: Final = 1e-9
YEAR_DAYS: Final = 365.25
WAITING: Final = 3  # walks that are under way at once: one hands out jobs while another waits for its last


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="scripts/walk_forward", description=__doc__)
    parser.add_argument("--symbols", nargs="+", default=SYMBOLS)
    parser.add_argument("--modules", nargs="+", default=REPLAYED, choices=REPLAYED)
    parser.add_argument("--interval", default="1h")
    parser.add_argument("--years", type=float, default=5.0, help="the last so many years of each record")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes")
    parser.add_argument(
        "--sample", type=int, default=6, help="bars answered live, for each module and symbol; 0 for none"
    )
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="where to keep the columns as .npz files")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("SANDBOX_DATA") or DATA))
    wanted = parser.parse_args()
    keep_heaps_small()  # and those of the workers, as the bot's: arrays that come and go would cost a page fault each
    records = [record(wanted.data, symbol, wanted.interval, wanted.years) for symbol in wanted.symbols]
    found: list[Walked] = []
    start = time.perf_counter()
    print(HEAD)
    with ProcessPoolExecutor(wanted.jobs, mp_context=get_context("spawn")) as workers:
        for one in walks(records, wanted.modules, workers, wanted.sample):
            print(_line(one), flush=True)
            found.append(one)
            if wanted.save is not None:
                write_past(one.past, wanted.save)
    print(_total(found, time.perf_counter() - start))
    return int(any(one.sampled.difference > SAME for one in found))


def record(data: Path, symbol: str, interval: str, years: float) -> Bars:
    """Return the last years of a recorded symbol; ends the program where there is none."""
    bars = recorded_bars(data, "spot", interval, symbol)
    if bars is None:
        sys.exit(f"no recorded {interval} bars of {symbol} in {data}; name their folder with --data")
    since = int(bars.close_time[-1]) - years * YEAR_DAYS * DAY
    return bars.tail(int((bars.open_time > since).sum()))


def walks(records: Sequence[Bars], modules: Iterable[str], workers: Executor, rows: int) -> Iterator[Walked]:
    """Walk every module along every record as jobs of ``workers``, some side by side, and sample ``rows`` of each."""
    with ThreadPoolExecutor(WAITING) as waiting:
        tasks = product(reversed(list(modules)), records)
        yield from waiting.map(lambda task: walk(task[0], task[1], workers, rows), tasks)


NAMES: Final = ("symbol", "module", "bars", "CPU s", "ms/bar", "live ms", "ratio", "differs")
HEAD: Final = "{:<10} {:<8} {:>7} {:>8} {:>8} {:>8} {:>7} {:>9}".format(*NAMES)


def _line(one: Walked) -> str:
    past, bars = one.past, len(one.past.time)
    return (
        f"{past.symbol:<10} {past.module:<8} {bars:>7,} {one.cpu_s:>8.2f} {1000 * one.cpu_s / bars:>8.3f} "
        f"{1000 * one.sampled.live_s:>8.1f} {one.ratio:>6.0f}x {one.sampled.difference:>9.1e}"
    )


def _total(found: Sequence[Walked], wall_s: float) -> str:
    live_s = sum(one.sampled.live_s * len(one.past.time) for one in found)
    cpu_s = sum(one.cpu_s for one in found)
    return f"all: {cpu_s:.1f} CPU s, {wall_s:.1f} s of wall time, ratio {live_s / cpu_s:.0f}x"


if __name__ == "__main__":
    sys.exit(main())
