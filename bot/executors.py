"""Executors for work off the event loop: pools that replace dead workers, and people's work before background work."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

import structlog

from bot.memory import RETURN_EVERY_S, Returning
from utils.priority import Standing, Urgency, shared_work, watch

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger(__name__)


class ProcessPool(ProcessPoolExecutor):
    """Processes forked from a server that has imported ``preload``; they end with their parent and with their pool.

    A shutdown that does not wait ends them at once, in the middle of what they compute. A process has one fork server,
    so that only the ``preload`` of its first pool has an effect.
    """

    def __init__(self, workers: int, preload: Sequence[str]) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(preload))
        lifeline, self._lifeline = context.Pipe(duplex=False)
        super().__init__(workers, mp_context=context, initializer=_prepare_worker, initargs=(lifeline,))

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit work; see `Executor.submit`. A worker gives back what it has freed once it has computed enough."""
        return super().submit(_computed, partial(fn, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut the pool down; see `Executor.shutdown`."""
        super().shutdown(wait=wait, cancel_futures=cancel_futures)
        self._lifeline.close()


class RebuildingPool(Executor):
    """An executor that makes a new pool when a dead worker has broken the old one, and retries the work once.

    ``rebuilt`` counts the new pools. Work whose retry breaks the pool too fails with `BrokenExecutor`.
    """

    def __init__(self, make: Callable[[], Executor]) -> None:
        self._make = make
        self._pool = make()
        self._lock = threading.Lock()
        self._closed = False
        self.rebuilt = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit work; see `Executor.submit`."""
        outer: Future[T] = Future()
        outer.set_running_or_notify_cancel()
        self._submit(outer, partial(fn, *args, **kwargs), may_retry=True)
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut the pool down; it is not rebuilt any more."""
        self._closed = True
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _submit(self, outer: "Future[Any]", work: Callable[[], Any], *, may_retry: bool) -> None:
        pool = self._pool
        try:
            inner = pool.submit(work)
        except BrokenExecutor:
            pool = self._replacement(pool)
            inner = pool.submit(work)
        inner.add_done_callback(partial(self._finish, outer, work, pool, may_retry))

    def _finish(
        self,
        outer: "Future[Any]",
        work: Callable[[], Any],
        pool: Executor,
        may_retry: bool,
        inner: "Future[Any]",
    ) -> None:
        error = (
            BrokenExecutor("shut down before the work was done") if inner.cancelled() else inner.exception()
        )
        if isinstance(error, BrokenExecutor) and may_retry and not self._closed:
            try:
                self._replacement(pool)
                self._submit(outer, work, may_retry=False)
            except Exception as fault:  # no pool takes it: whoever waits for the work is told
                outer.set_exception(fault)
        elif error is not None:
            outer.set_exception(error)
        else:
            outer.set_result(inner.result())

    def _replacement(self, broken: Executor) -> Executor:
        with self._lock:
            # a broken pool has shut down by itself; shutting it down here could wait for its locks
            if self._pool is broken:
                log.warning("worker processes died, starting new ones")
                self._pool = self._make()
                self.rebuilt += 1
            return self._pool


@dataclass(slots=True, eq=False)
class _Waiting:
    standing: Standing
    future: "Future[Any]"
    work: Callable[[], Any]
    yields: bool = False
    """Whether it began as work that others go before."""


class PeopleFirst(Executor):
    """Hands work to ``inner`` as its ``workers`` become free: the most urgent first, then in order of arrival.

    At most ``workers - 1`` jobs that are less urgent than answers run at once (one where there is a single worker). How
    urgent work is depends on the context that submits it, and on who comes to wait for it (`utils.priority`).
    """

    def __init__(self, inner: Executor, workers: int) -> None:
        self._inner = inner
        self._workers = workers
        self._most_yielding = max(1, workers - 1)
        self._waiting: list[_Waiting] = []
        self._running = {True: 0, False: 0}
        self._lock = threading.Lock()
        watch(self)

    @property
    def waiting(self) -> int:
        """How much work has not begun."""
        return len(self._waiting)

    def rose(self) -> None:
        """Begin what waited for a worker that is kept free for answers, and is one now; see `Watcher`."""
        self._start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit work; see `Executor.submit`."""
        future: Future[T] = Future()
        with shared_work() as standing:
            waiting = _Waiting(standing, future, partial(fn, *args, **kwargs))
        with self._lock:
            self._waiting.append(waiting)
        self._start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut the inner executor down; what waits fails."""
        with self._lock:
            left, self._waiting = self._waiting, []
        for job in left:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(BrokenExecutor("shut down before the work was begun"))
        self._inner.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _start(self) -> None:
        while (job := self._next()) is not None:
            try:
                inner = self._inner.submit(job.work)
            except Exception as error:
                self._ended(job)
                job.future.set_exception(error)
            else:
                inner.add_done_callback(partial(self._finish, job))

    def _next(self) -> _Waiting | None:
        """Take the job whose turn it is, ``None`` if none may begin."""
        with self._lock:
            while self._waiting and sum(self._running.values()) < self._workers:
                job = min(self._waiting, key=lambda one: one.standing.urgency)
                job.yields = job.standing.urgency > Urgency.ANSWER
                if job.yields and self._running[True] >= self._most_yielding:
                    return None
                self._waiting.remove(job)
                if job.future.set_running_or_notify_cancel():
                    self._running[job.yields] += 1
                    return job
        return None

    def _ended(self, job: _Waiting) -> None:
        with self._lock:
            self._running[job.yields] -= 1

    def _finish(self, job: _Waiting, inner: "Future[Any]") -> None:
        self._ended(job)
        if inner.cancelled():
            job.future.set_exception(BrokenExecutor("shut down before the work was done"))
        elif (error := inner.exception()) is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(inner.result())
        self._start()


def worker_pid() -> int:
    """Return the process id of the worker that runs this; submitted to a pool, it starts a worker."""
    return os.getpid()


_returning = Returning()


def _computed(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        _returning.return_if_worth()


def _prepare_worker(lifeline: Connection) -> None:
    # Ctrl-C at a terminal reaches the whole process group; the parent decides when its workers end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_pool, args=(lifeline,), daemon=True).start()


def _end_with_pool(lifeline: Connection) -> None:
    """End this worker when its pool closes the other end of ``lifeline``, or when the parent ends."""
    parent = multiprocessing.parent_process()
    wait_for_end([lifeline] if parent is None else [lifeline, parent.sentinel], _returning)
    os._exit(0)


def wait_for_end(
    ends: Sequence[Connection | int], returning: Returning, *, every_s: float = RETURN_EVERY_S
) -> None:
    """Wait until one of ``ends`` is readable, and give freed memory back every ``every_s``."""
    while not connection.wait(ends, every_s):
        returning.return_if_worth()
