"""Worker processes for work off the event loop: forked from one server, replaced when they die."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from functools import partial
from multiprocessing import connection
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

import structlog

from bot.memory import RETURN_EVERY_S, Returning

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
        future = super().submit(_computed, partial(fn, *args, **kwargs))
        self._watch_new_worker()
        return future

    def _watch_new_worker(self) -> None:
        """Have the thread that waits for results and deaths look at the workers again.

        `Executor.submit` wakes it before it starts a worker, whose death it may then not see until something else
        happens, however long that takes.
        """
        with self._shutdown_lock:
            if self._executor_manager_thread_wakeup is not None:
                self._executor_manager_thread_wakeup.wakeup()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut the pool down; see `Executor.shutdown`."""
        super().shutdown(wait=wait, cancel_futures=cancel_futures)
        self._lifeline.close()


class RebuildingPool(Executor):
    """An executor that makes a new pool when a dead worker has broken the old one, and retries the work once.

    A dead worker takes all that ran beside it along; that is retried one at a time in a pool of its own, so that only
    work that kills its worker again fails, with `BrokenExecutor`. ``rebuilt`` counts the new pools, not those apart;
    ``deaths`` how often workers died in either.
    """

    def __init__(self, make: Callable[[], Executor]) -> None:
        self._make = make
        self._pool = make()
        self._lock = threading.Lock()
        self._closed = False
        self._again = _OneAtATime(make)
        self.rebuilt = 0

    @property
    def deaths(self) -> int:
        """How often workers died and took the work of their pool along."""
        return self.rebuilt + self._again.broken

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit work; see `Executor.submit`."""
        outer: Future[T] = Future()
        outer.set_running_or_notify_cancel()
        work, pool = partial(fn, *args, **kwargs), self._pool
        try:
            inner = pool.submit(work)
        except BrokenExecutor:
            pool = self._replacement(pool)
            inner = pool.submit(work)
        inner.add_done_callback(partial(self._finish, outer, work, pool))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut the pool down; it is not rebuilt any more."""
        self._closed = True
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)
        self._again.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _finish(
        self, outer: "Future[Any]", work: Callable[[], Any], pool: Executor, inner: "Future[Any]"
    ) -> None:
        if self._closed or not isinstance(_error_of(inner), BrokenExecutor):
            hand_over(inner, outer)
            return
        try:
            self._replacement(pool)
        except Exception as fault:  # no pool takes it: whoever waits for the work is told
            outer.set_exception(fault)
        else:
            self._again.add(outer, work)

    def _replacement(self, broken: Executor) -> Executor:
        with self._lock:
            # a broken pool has shut down by itself; shutting it down here could wait for its locks
            if self._pool is broken:
                log.warning("worker processes died, starting new ones")
                self._pool = self._make()
                self.rebuilt += 1
            return self._pool


class _OneAtATime:
    """Does work in a pool that nothing else uses, one at a time; the pool is there while there is work.

    ``broken`` counts the pools whose worker died.
    """

    def __init__(self, make: Callable[[], Executor]) -> None:
        self._make = make
        self._pool: Executor | None = None
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._lock = threading.Lock()
        self._closed = False
        self._busy = False
        self.broken = 0

    def add(self, outer: "Future[Any]", work: Callable[[], Any]) -> None:
        """Do work after what waits already; ``outer`` has its result or its error."""
        with self._lock:
            self._waiting.append((outer, work))
            if self._busy:
                return
            self._busy = True
        self._begin()

    def shutdown(self, wait: bool, cancel_futures: bool) -> None:
        """End what is under way as `Executor.shutdown` does; what waits fails."""
        with self._lock:
            self._closed = True
            pool = self._pool
        if pool is not None:
            pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _begin(self) -> None:
        """Begin what comes next, or end the pool where nothing does."""
        while (job := self._next()) is not None:
            outer, work = job
            try:
                if self._closed:
                    raise BrokenExecutor("shut down before the work was begun")
                if self._pool is None:
                    self._pool = self._make()
                inner = self._pool.submit(work)
            except Exception as fault:  # no pool takes it: whoever waits for the work is told
                self._pool = None
                outer.set_exception(fault)
            else:
                inner.add_done_callback(partial(self._finish, outer))
                return

    def _next(self) -> tuple["Future[Any]", Callable[[], Any]] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._busy = False
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)
        return None

    def _finish(self, outer: "Future[Any]", inner: "Future[Any]") -> None:
        if isinstance(_error_of(inner), BrokenExecutor):
            self._pool = None  # it has shut down by itself; shutting it down here could wait for its locks
            self.broken += not self._closed
        hand_over(inner, outer)
        self._begin()


def _error_of(inner: "Future[Any]") -> BaseException | None:
    if inner.cancelled():
        return BrokenExecutor("shut down before the work was done")
    return inner.exception()


def hand_over(inner: "Future[Any]", outer: "Future[Any]") -> None:
    """Give ``outer`` the result or the error of ``inner``, which is done."""
    error = _error_of(inner)
    if error is None:
        outer.set_result(inner.result())
    else:
        outer.set_exception(error)


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
