"""An executor whose work for people goes before background work, which never takes the last worker."""

import heapq
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, ParamSpec, TypeVar

from utils.priority import is_background

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(order=True, slots=True)
class _Waiting:
    background: bool
    number: int
    future: "Future[Any]" = field(compare=False)
    work: Callable[[], Any] = field(compare=False)


class PeopleFirst(Executor):
    """Hands work to ``inner`` as its ``workers`` become free: people's first, then in order of arrival.

    At most ``workers - 1`` background jobs run at once (one where there is a single worker). Whether work is background
    work is read from the context that submits it.
    """

    def __init__(self, inner: Executor, workers: int) -> None:
        self._inner = inner
        self._workers = workers
        self._most_background = max(1, workers - 1)
        self._waiting: list[_Waiting] = []
        self._running = {True: 0, False: 0}
        self._numbers = count()
        self._lock = threading.Lock()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit work; see `Executor.submit`."""
        future: Future[T] = Future()
        waiting = _Waiting(is_background(), next(self._numbers), future, partial(fn, *args, **kwargs))
        with self._lock:
            heapq.heappush(self._waiting, waiting)
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
                if self._waiting[0].background and self._running[True] >= self._most_background:
                    return None
                job = heapq.heappop(self._waiting)
                if job.future.set_running_or_notify_cancel():
                    self._running[job.background] += 1
                    return job
        return None

    def _ended(self, job: _Waiting) -> None:
        with self._lock:
            self._running[job.background] -= 1

    def _finish(self, job: _Waiting, inner: "Future[Any]") -> None:
        self._ended(job)
        if inner.cancelled():
            job.future.set_exception(BrokenExecutor("shut down before the work was done"))
        elif (error := inner.exception()) is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(inner.result())
        self._start()
