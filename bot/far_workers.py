"""Executors of a Dask cluster: what it loses or cannot do is done by the processes here.

A worker that dies takes nothing along: the scheduler gives its jobs to another one. A job that kills every worker it is
given to fails with `BrokenExecutor`, as at home. When the scheduler is gone, or the last worker, what was not done is
begun anew here; should a worker still end what was taken from it, nobody looks at that.
"""

import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from contextvars import Context, copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

import structlog

from bot.cluster import Cluster
from bot.executors import hand_over
from bot.far_job import code_fingerprint, packed, run_far, unpacked
from utils.bulk import is_bulk

P = ParamSpec("P")
T = TypeVar("T")
JOBS_A_THREAD: Final = 2
"""Jobs that a thread there has at once: one that it does, and one on the way, which takes about 10 ms."""
KILLED: Final = "KilledWorker"
"""The error of a job that has killed several workers, by its name: Dask is imported where a cluster is used."""
log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Job:
    future: "Future[Any]"
    work: Callable[[], Any]
    context: Context


class FarWorkers(Executor):
    """Gives work to a cluster; while it has no worker, and where it fails, to ``near``, of ``near_room`` jobs."""

    def __init__(self, cluster: Cluster, near: Executor, near_room: int) -> None:
        self._cluster = cluster
        self._near = near
        self._near_room = near_room
        self._away: set[_Job] = set()
        self._lock = threading.Lock()
        self._closed = False
        cluster.watch(self._bring_home)

    def room(self) -> int:
        """Return how many jobs keep all workers busy."""
        return JOBS_A_THREAD * self._cluster.threads or self._near_room

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit work; see `Executor.submit`."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        job = _Job(future, partial(fn, *args, **kwargs), copy_context())
        far = self._cluster.executor
        if far is None:
            self._do_here(job)
        else:
            self._send(job, far)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut the workers here down; what is away fails and is not waited for."""
        self._closed = True
        for job in self._taken(*self._away):
            job.future.set_exception(BrokenExecutor("shut down before the work was done"))
        self._near.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _send(self, job: _Job, far: Executor) -> None:
        with self._lock:
            self._away.add(job)
        try:
            inner = far.submit(run_far, code_fingerprint(), packed(job.work))
        except Exception as error:  # what the work cannot be, the workers here will say
            self._failed(job, error)
        else:
            inner.add_done_callback(partial(self._finish, job))
            self._bring_home()  # the last worker may have gone before the job was among those that are away

    def _finish(self, job: _Job, inner: "Future[Any]") -> None:
        error = None if inner.cancelled() else inner.exception()
        if inner.cancelled() or (error is not None and type(error).__name__ != KILLED):
            self._failed(job, error)
        elif error is not None:
            for one in self._taken(job):
                one.future.set_exception(BrokenExecutor(str(error)))
        elif inner.result().kind == "other_code":
            log.warning("a worker of the cluster has other code: install the same version there")
            self._failed(job, None)
        else:
            for one in self._taken(job):
                _settle(one.future, partial(unpacked, inner.result()))

    def _failed(self, job: _Job, error: BaseException | None) -> None:
        """Do here what the cluster could not, unless that was begun already."""
        for one in self._taken(job):
            if error is not None:
                log.warning("work came back from the cluster", detail=f"{type(error).__name__}: {error}")
            self._do_here(one)

    def _bring_home(self) -> None:
        if self._cluster.executor is None:
            for job in self._taken(*self._away):
                self._do_here(job)

    def _taken(self, *jobs: _Job) -> list[_Job]:
        """Return those jobs that were away until now."""
        with self._lock:
            taken = [job for job in jobs if job in self._away]
            self._away.difference_update(taken)
        return taken

    def _do_here(self, job: _Job) -> None:
        if self._closed:
            job.future.set_exception(BrokenExecutor("shut down before the work was done"))
            return
        try:
            inner = job.context.run(self._near.submit, job.work)
        except Exception as fault:  # no worker takes it: whoever waits for the work is told
            job.future.set_exception(fault)
        else:
            inner.add_done_callback(partial(hand_over, outer=job.future))


class BulkAway(Executor):
    """Gives work of many symbols or moments at once to ``far``, all other work to ``near``."""

    def __init__(self, near: Executor, far: Executor) -> None:
        self._near = near
        self._far = far

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit work; see `Executor.submit`."""
        return (self._far if is_bulk() else self._near).submit(fn, *args, **kwargs)


def _settle(future: "Future[Any]", result: Callable[[], Any]) -> None:
    try:
        value = result()
    except BaseException as error:  # the job's own
        future.set_exception(error)
    else:
        future.set_result(value)
