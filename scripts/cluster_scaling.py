"""How a scan and a walk forward scale over the workers of a Dask cluster on this machine, and what a symbol costs.

A cluster of its own is started for each number of workers. The scan fits and answers the modules that bars suffice for,
for many symbols of simulated bars, cold; the walk goes along recorded hours. Printed are seconds of wall time, CPU
seconds of the workers and of this process, and what travels, for each symbol. ``--kill`` ends one of two workers in the
middle of a scan. The exit status is 1 where a result differs from the one computed here.
"""

import argparse
import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from analysis.framework.jobs import answer_of, fit_all
from analysis.framework.module import module_by
from analysis.registry import MODULES
from analysis.replay import inputs_at
from bot.cluster import Cluster
from bot.far_job import packed
from bot.far_workers import FarWorkers
from scripts.local_cluster import LocalCluster, local_cluster
from scripts.walk_forward import DATA, SYMBOLS, record, walks
from scripts.walked import REPLAYED, Metered
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars

BARS: Final = 3_000
INTERVAL: Final = "4h"
JOIN_S: Final = 120.0
Scores = list[float | None]


@dataclass(frozen=True, slots=True)
class Cost:
    """What much work cost: wall time, CPU of the workers and of this process (s), and bytes that were sent."""

    what: str
    wall_s: float
    workers_s: float
    here_s: float
    sent: int
    scores: Scores


class Weighed(Executor):
    """Hands jobs to another executor and adds up their bytes."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._lock = threading.Lock()
        self.sent = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand on a job."""
        size = len(packed(partial(fn, *args, **kwargs)))
        with self._lock:
            self.sent += size
        return self._executor.submit(fn, *args, **kwargs)


def scanned(symbol: int, executor: Executor) -> Scores:
    """Return the scores of every module for a simulated symbol, fits and answers as jobs."""
    bars, found = walk_bars(BARS, seed=symbol, interval=INTERVAL), Scores()
    for module_id in REPLAYED:
        module = module_by(module_id, MODULES)
        config = module.config()
        inputs = inputs_at(module, bars, len(bars) - 1, config)
        times = [key.refit_time for key in module.fit_keys(inputs, config)]
        fits = executor.submit(fit_all, module.package, inputs, config, times).result() if times else {}
        found.append(executor.submit(answer_of, module, inputs, fits, config).result().score)
    return found


def scan(symbols: int, executor: Executor, threads: int, half: Callable[[], None] = lambda: None) -> Cost:
    """Scan as many symbols, some side by side; ``half`` is called in the middle."""
    metered = Metered(executor)
    weighed, done = Weighed(metered), 0
    found: list[Scores] = []
    began, began_here = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(2 * threads + 1) as waiting:
        for scores in waiting.map(lambda one: scanned(one, weighed), range(symbols)):
            found.append(scores)
            done += 1
            if done == symbols // 2:
                half()
    wall_s, here_s = time.perf_counter() - began, time.process_time() - began_here
    return Cost("scan", wall_s, metered.cpu_s, here_s, weighed.sent, [one for row in found for one in row])


def walk(records: Sequence[Bars], executor: Executor) -> Cost:
    """Walk every module along every record."""
    began, began_here = time.perf_counter(), time.process_time()
    found = sorted(walks(records, REPLAYED, executor, 0), key=lambda one: (one.past.symbol, one.past.module))
    wall_s, here_s = time.perf_counter() - began, time.process_time() - began_here
    scores: Scores = [float(score) for one in found for score in one.past.score[-100:]]
    return Cost("walk", wall_s, sum(one.cpu_s for one in found), here_s, 0, scores)


def line(cost: Cost, workers: int, count: int) -> str:
    """Return a cost as a line, with shares of each of ``count`` symbols."""
    return (
        f"{cost.what} {count} symbols, {workers} workers: {cost.wall_s:.1f} s, of each symbol "
        f"{1000 * cost.workers_s / count:.0f} ms of workers, {1000 * cost.here_s / count:.1f} ms here"
        + (f", {cost.sent / count / 1e6:.2f} MB sent" if cost.sent else "")
    )


async def measured(wanted: argparse.Namespace) -> int:
    """Measure with one and with two workers and print the lines; return 1 where results differ."""
    records = [record(wanted.data, symbol, "1h", wanted.years) for symbol in wanted.walk]
    costs: dict[int, list[Cost]] = {}
    for workers in (1, 2):
        async with local_cluster(workers) as real:
            costs[workers] = await asyncio.to_thread(_on, real, workers, wanted.symbols, records, kill=False)
        for cost in costs[workers]:
            print(line(cost, workers, len(records) if cost.what == "walk" else wanted.symbols), flush=True)
    for one, two in zip(costs[1], costs[2], strict=True):
        print(f"{one.what}: two workers are {one.wall_s / two.wall_s:.2f} x one")
    same = all(_same(one.scores, two.scores) for one, two in zip(costs[1], costs[2], strict=True))
    if wanted.kill:
        async with local_cluster(2) as real:
            (killed,) = await asyncio.to_thread(_on, real, 2, wanted.symbols, [], kill=True)
        print(line(killed, 2, wanted.symbols) + ", one of them killed in the middle")
        same = same and _same(killed.scores, costs[1][0].scores)
    print("every score is the same" if same else "SCORES DIFFER")
    return int(not same)


def _same(some: Scores, others: Scores) -> bool:
    return [str(one) for one in some] == [str(one) for one in others]


def _on(real: LocalCluster, workers: int, symbols: int, records: Sequence[Bars], *, kill: bool) -> list[Cost]:
    cluster = Cluster(real.address)
    with ThreadPoolExecutor(1) as here:
        far = FarWorkers(cluster, here, 1)
        cluster.open()
        try:
            _join(cluster, workers)
            scan(2 * workers, far, workers)  # imports
            costs = [scan(symbols, far, workers, real.workers[0].kill if kill else lambda: None)]
            return costs + ([walk(records, far)] if records else [])
        finally:
            cluster.close()


def _join(cluster: Cluster, workers: int) -> None:
    until = time.monotonic() + JOIN_S
    while cluster.threads != workers:
        if time.monotonic() > until:
            raise TimeoutError(f"{cluster.threads} of {workers} workers joined within {JOIN_S:.0f} s")
        time.sleep(0.1)


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="scripts/cluster_scaling", description=__doc__)
    parser.add_argument("--symbols", type=int, default=200, help="of the scan")
    parser.add_argument("--walk", nargs="*", default=SYMBOLS, help="symbols of the walk")
    parser.add_argument("--years", type=float, default=5.0)
    parser.add_argument("--kill", action="store_true", help="end a worker in the middle of another scan")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("SANDBOX_DATA") or DATA))
    return asyncio.run(measured(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
