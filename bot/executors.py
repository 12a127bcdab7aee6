"""Where computing happens off the event loop: threads for cheap work, processes that survive their own deaths."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

import structlog

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger(__name__)


def process_pool(workers: int, preload: Sequence[str]) -> ProcessPoolExecutor:
    """Return a pool of forked servers that have ``preload`` imported; workers end with their parent.

    The list takes effect at the first pool of a process only: the fork server is one per process.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker)


class RebuildingPool(Executor):
    """An executor that makes a new pool when a worker's death broke the old one, and tries the work once more.

    ``rebuilt`` counts how often. Work that kills its worker again fails with `BrokenExecutor`.
    """

    def __init__(self, make: Callable[[], Executor]) -> None:
        self._make = make
        self._pool = make()
        self._lock = threading.Lock()
        self._closed = False
        self.rebuilt = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand over work; see `Executor.submit`."""
        outer: Future[T] = Future()
        outer.set_running_or_notify_cancel()
        self._attempt(outer, partial(fn, *args, **kwargs), again=True)
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the present pool; nothing is rebuilt any more."""
        self._closed = True
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _attempt(self, outer: "Future[Any]", work: Callable[[], Any], *, again: bool) -> None:
        pool = self._pool
        try:
            inner = pool.submit(work)
        except BrokenExecutor:
            pool = self._renewed(pool)
            inner = pool.submit(work)
        inner.add_done_callback(partial(self._finish, outer, work, pool, again))

    def _finish(
        self,
        outer: "Future[Any]",
        work: Callable[[], Any],
        pool: Executor,
        again: bool,
        inner: "Future[Any]",
    ) -> None:
        error = BrokenExecutor("closed before it was done") if inner.cancelled() else inner.exception()
        if isinstance(error, BrokenExecutor) and again and not self._closed:
            self._renewed(pool)
            self._attempt(outer, work, again=False)
        elif error is not None:
            outer.set_exception(error)
        else:
            outer.set_result(inner.result())

    def _renewed(self, broken: Executor) -> Executor:
        with self._lock:
            if (
                self._pool is broken
            ):  # a broken pool has ended by itself; closing it here could wait for its locks
                log.warning("worker processes died, starting new ones")
                self._pool = self._make()
                self.rebuilt += 1
            return self._pool


def warm() -> int:
    """Do nothing in a worker, which starts it; return its process id."""
    return os.getpid()


def _prepare_worker() -> None:
    # Ctrl-C at a terminal reaches the whole group: ending is the parent's decision
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
