"""Whose work workers do first: people's before background work, and never so much that answers find no worker."""

import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeVar

from bot.executors import hand_over
from utils.priority import Standing, Urgency, shared_work, standing_as, watch

P = ParamSpec("P")
T = TypeVar("T")


class Seats:
    """The workers that several `PeopleFirst` share; the last free one is for answers.

    All but two, or one of one or two, are for work that others go before: a fit that an answer waits for finds one.
    Whoever has joined is told when a seat is free again, in the order of joining.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._yielding = max(1, count - 2)
        self._joined: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def join(self, look: Callable[[], None]) -> None:
        """Call ``look`` whenever a seat is free again."""
        self._joined.append(look)

    def take(self, *, for_answer: bool, yields: bool) -> bool:
        """Take a seat if one is free for such work; what is for no answer, or yields to others, leaves the last one."""
        with self._lock:
            least = 1 if for_answer and not yields else 2
            if self._free < least or self._yielding < yields:
                return False
            self._free -= 1
            self._yielding -= yields
            return True

    def give(self, *, yields: bool) -> None:
        """Give a seat back."""
        with self._lock:
            self._free += 1
            self._yielding += yields

    def tell(self) -> None:
        """Let everybody look whether there is a seat."""
        for look in self._joined:
            look()


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
    urgent work is depends on the context that submits it, and on who comes to wait for it (`utils.priority`); ``inner``
    is given it in such a context. ``workers`` is a number, or returns one that changes: `rose` after that. Where the
    workers of ``inner`` are shared, each job takes one of ``seats`` too, and work that is not of ``answers`` leaves the
    last one free.
    """

    def __init__(
        self,
        inner: Executor,
        workers: int | Callable[[], int],
        *,
        seats: Seats | None = None,
        answers: bool = True,
    ) -> None:
        self._inner = inner
        self._workers = workers if callable(workers) else lambda: workers
        self._seats = seats
        self._answers = answers
        self._waiting: list[_Waiting] = []
        self._running = {True: 0, False: 0}
        self._lock = threading.Lock()
        if seats is not None:
            seats.join(self._start)
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
        has_failed = False
        while (job := self._next()) is not None:
            try:
                with standing_as(job.standing):
                    inner = self._inner.submit(job.work)
            except Exception as error:
                self._ended(job)
                job.future.set_exception(error)
                has_failed = True
            else:
                inner.add_done_callback(partial(self._finish, job))
        if has_failed and self._seats is not None:
            self._seats.tell()  # who shares the workers may have found none free meanwhile

    def _next(self) -> _Waiting | None:
        """Take the job whose turn it is, ``None`` if none may begin."""
        with self._lock:
            workers = self._workers()
            while self._waiting and sum(self._running.values()) < workers:
                job = min(self._waiting, key=lambda one: one.standing.urgency)
                job.yields = job.standing.urgency > Urgency.ANSWER
                if job.yields and self._running[True] >= max(1, workers - 1):
                    return None
                if not self._take_seat(job):
                    return None
                self._waiting.remove(job)
                if job.future.set_running_or_notify_cancel():
                    self._running[job.yields] += 1
                    return job
                self._give_seat(job)
        return None

    def _take_seat(self, job: _Waiting) -> bool:
        return self._seats is None or self._seats.take(for_answer=self._answers, yields=job.yields)

    def _give_seat(self, job: _Waiting) -> None:
        if self._seats is not None:
            self._seats.give(yields=job.yields)

    def _ended(self, job: _Waiting) -> None:
        with self._lock:
            self._running[job.yields] -= 1
        self._give_seat(job)

    def _look(self) -> None:
        """Begin what may begin now, here and wherever the workers are shared."""
        if self._seats is None:
            self._start()
        else:
            self._seats.tell()

    def _finish(self, job: _Waiting, inner: "Future[Any]") -> None:
        self._ended(job)
        hand_over(inner, job.future)
        self._look()
