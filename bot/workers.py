"""The workers: how many processes there are, what they share, who gives them work, and what a cluster does instead."""

from concurrent.futures import Executor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.cluster import Cluster, check_installed
from bot.executors import ProcessPool, RebuildingPool
from bot.far_workers import JOBS_A_THREAD, BulkAway, FarWorkers
from bot.fork_server import PRELOAD
from bot.turns import PeopleFirst, Seats
from handlers.scanner import AT_ONCE

FOR_ANSWERS: Final = 1
"""Workers that never fit: a fit takes up to seconds, and no answer should wait for one."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Who gives work to workers: ``answers`` and charts, ``computing`` (answers, scans), ``fits`` and traces.

    ``processes`` are the ``count`` of this machine.
    """

    answers: PeopleFirst
    computing: Executor
    fits: PeopleFirst
    processes: RebuildingPool
    count: int
    cluster: Cluster | None = None

    def side_by_side(self) -> int:
        """Return how many symbols of a scan keep all workers computing."""
        far = 0 if self.cluster is None else JOBS_A_THREAD * self.cluster.threads
        return max(AT_ONCE, self.count + 1, far)


def make_workers(stack: AsyncExitStack, count: int, scheduler: str | None) -> Workers:
    """Return ``count`` workers of this machine, 3 at least; ``stack`` ends them. The last free one is for answers.

    With a Dask ``scheduler`` fits, traces and scans are for its workers. Raises ``Misconfigured`` where Dask is not
    installed.
    """
    processes, seats = RebuildingPool(partial(ProcessPool, count, PRELOAD)), Seats(count)
    answers = PeopleFirst(processes, count, seats=seats)
    fits = PeopleFirst(processes, count - FOR_ANSWERS, seats=seats, answers=False)
    for turns in (answers, fits):
        stack.callback(turns.shutdown, wait=False, cancel_futures=True)
    if scheduler is None:
        return Workers(answers, answers, fits, processes, count)
    check_installed()
    cluster = Cluster(scheduler)
    far_fits = FarWorkers(cluster, fits, count - FOR_ANSWERS)
    far_scans = FarWorkers(cluster, answers, count)
    turns_far = PeopleFirst(far_fits, far_fits.room)
    cluster.watch(turns_far.rose)
    cluster.open()
    stack.callback(cluster.close)
    for far in (turns_far, far_scans):
        stack.callback(far.shutdown, wait=False, cancel_futures=True)
    return Workers(answers, BulkAway(answers, far_scans), turns_far, processes, count, cluster)
