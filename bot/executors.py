"""Executors for work off the event loop: process pools that replace their workers when one dies."""

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
    """Return a pool whose workers are forked from a server that has imported ``preload``; they end with their parent.

    A process has one fork server, so that only the ``preload`` of its first pool has an effect.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker)


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
            self._replacement(pool)
            self._submit(outer, work, may_retry=False)
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


def worker_pid() -> int:
    """Return the process id of the worker that runs this; submitted to a pool, it starts a worker."""
    return os.getpid()


def _prepare_worker() -> None:
    # Ctrl-C at a terminal reaches the whole process group; the parent decides when its workers end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
