"""A real Dask scheduler with two workers: what is computed there is what is computed here, whoever dies meanwhile."""

import asyncio
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from analysis.framework.module import module_by
from analysis.registry import MODULES
from analysis.replay import walk_forward
from bot.cluster import Cluster
from bot.far_workers import FarWorkers
from scripts.local_cluster import LocalCluster, local_cluster
from tests.support.limits import PATIENCE_S
from tests.support.recorded import walk_bars

pytestmark = pytest.mark.slow
JOB_S = 0.2


@dataclass
class Counting(Executor):
    """Threads here, with the number of jobs they were given."""

    threads: Executor
    jobs: int = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.jobs += 1
        return self.threads.submit(fn, *args, **kwargs)


def slow_square(values: np.ndarray) -> np.ndarray:
    """Write into the argument and return it: it is nobody else's."""
    time.sleep(JOB_S)
    values **= 2
    return values


async def joined(cluster: Cluster, threads: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while cluster.threads != threads:  # noqa: ASYNC110 - a thread counts them
            await asyncio.sleep(0.05)


async def test_a_cluster_computes_the_same_and_what_it_loses_is_done_anyway() -> None:
    """One cluster for all of it: to start one takes seconds."""
    async with local_cluster(2, preload=False) as real:
        cluster = Cluster(real.address)
        with ThreadPoolExecutor(2) as threads:
            here = Counting(threads)
            workers = FarWorkers(cluster, here, 2)
            cluster.open()
            try:
                await joined(cluster, 2)
                await _walks_alike(workers)
                years = b"x" * 15_000_000  # of bars; that Dask warned of it would be an error, and done here
                assert await asyncio.wrap_future(workers.submit(len, years)) == len(years)
                assert here.jobs == 0
                await _loses_nothing_with_a_worker(workers, real, cluster)
                assert here.jobs == 0
                await _loses_nothing_with_the_scheduler(workers, real, cluster)
                assert here.jobs == 4
            finally:
                cluster.close()


async def _walks_alike(workers: FarWorkers) -> None:
    bars, config = walk_bars(seed=1, n=600), module_by("trend", MODULES).config()
    far = await asyncio.to_thread(walk_forward, "trend", bars, config, executor=workers)
    near = walk_forward("trend", bars, config)
    assert np.array_equal(far.score, near.score, equal_nan=True)
    assert far.score.flags.writeable


async def _loses_nothing_with_a_worker(workers: FarWorkers, real: LocalCluster, cluster: Cluster) -> None:
    same = np.arange(4.0)
    made = [asyncio.wrap_future(workers.submit(slow_square, same)) for _ in range(8)]
    await made[0]
    real.workers[0].kill()
    for squares in await asyncio.gather(*made):
        assert squares.tolist() == [0, 1, 4, 9]
    assert same.tolist() == [0, 1, 2, 3]
    await joined(cluster, 1)


async def _loses_nothing_with_the_scheduler(
    workers: FarWorkers, real: LocalCluster, cluster: Cluster
) -> None:
    made = [asyncio.wrap_future(workers.submit(slow_square, np.arange(4.0))) for _ in range(4)]
    real.scheduler.kill()
    for squares in await asyncio.gather(*made):
        assert squares.tolist() == [0, 1, 4, 9]
    await joined(cluster, 0)
