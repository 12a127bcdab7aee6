"""The workers: how many processes there are, what they share, who gives them work, and what a cluster does instead."""

from concurrent.futures import Executor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.cluster import Cluster, check_installed
from bot.executors import PRELOAD, ProcessPool, RebuildingPool
from bot.far_workers import JOBS_A_THREAD, BulkAway, FarWorkers
from bot.turns import PeopleFirst, Seats
from handlers.scanner import AT_ONCE

WORKERS: Final = 3
"""Processes that compute, draw and fit: one more than answers and fits keep busy on two cores."""
FITTING: Final = 2
"""How many of them fit at once: a fit takes up to seconds, and no answer should wait for one."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Who gives work to workers: ``answers`` and charts, ``computing`` (answers, scans), ``fits`` and traces.

    ``processes`` are those of this machine.
    """

    answers: PeopleFirst
    computing: Executor
    fits: PeopleFirst
    processes: RebuildingPool
    cluster: Cluster | None = None

    def side_by_side(self) -> int:
        """Return how many symbols of a scan keep all workers computing."""
        return AT_ONCE if self.cluster is None else max(AT_ONCE, JOBS_A_THREAD * self.cluster.threads)


def make_workers(stack: AsyncExitStack, scheduler: str | None) -> Workers:
    """Return the workers; ``stack`` ends them. The last free process is for answers.

    With a Dask ``scheduler`` fits, traces and scans are for its workers. Raises ``Misconfigured`` where Dask is not
    installed.
    """
    processes, seats = RebuildingPool(partial(ProcessPool, WORKERS, PRELOAD)), Seats(WORKERS)
    answers = PeopleFirst(processes, WORKERS, seats=seats)
    fits = PeopleFirst(processes, FITTING, seats=seats, answers=False)
    for turns in (answers, fits):
        stack.callback(turns.shutdown, wait=False, cancel_futures=True)
    if scheduler is None:
        return Workers(answers, answers, fits, processes)
    check_installed()
    cluster = Cluster(scheduler)
    far_fits, far_scans = FarWorkers(cluster, fits, FITTING), FarWorkers(cluster, answers, WORKERS)
    turns_far = PeopleFirst(far_fits, far_fits.room)
    cluster.watch(turns_far.rose)
    cluster.open()
    stack.callback(cluster.close)
    for far in (turns_far, far_scans):
        stack.callback(far.shutdown, wait=False, cancel_futures=True)
    return Workers(answers, BulkAway(answers, far_scans), turns_far, processes, cluster)
