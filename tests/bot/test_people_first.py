"""Work for people goes before background work, which never takes the last worker."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import pytest

from bot.turns import PeopleFirst, Seats
from tests.support.limits import PATIENCE_S
from utils.priority import background, beside, shared_work

P = ParamSpec("P")
T = TypeVar("T")


class Jobs:
    """Jobs that wait for their release; ``begun`` and ``ended`` name them in order."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self.begun: list[str] = []
        self.ended: list[str] = []
        self._gates: dict[str, threading.Event] = {}
        self._changed = threading.Condition()

    def submit(self, name: str) -> "Jobs":
        self._gates[name] = threading.Event()
        self._executor.submit(self._run, name)
        return self

    def in_background(self, name: str) -> None:
        with background():
            self.submit(name)

    def _run(self, name: str) -> None:
        with self._changed:
            self.begun.append(name)
            self._changed.notify_all()
        released = self._gates[name].wait(PATIENCE_S)
        self.ended.append(name)
        assert released

    def release(self, name: str) -> None:
        self._gates[name].set()

    def wait_begun(self, *names: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.begun == list(names), PATIENCE_S), self.begun


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


def test_people_pass_what_waits_in_the_background(threads: ThreadPoolExecutor) -> None:
    jobs = Jobs(PeopleFirst(threads, 1))
    jobs.in_background("warm-up 1")
    jobs.in_background("warm-up 2")
    jobs.submit("person 1")
    jobs.submit("person 2")
    jobs.wait_begun("warm-up 1")
    jobs.release("warm-up 1")
    jobs.wait_begun("warm-up 1", "person 1")
    jobs.release("person 1")
    jobs.wait_begun("warm-up 1", "person 1", "person 2")
    jobs.release("person 2")
    jobs.wait_begun("warm-up 1", "person 1", "person 2", "warm-up 2")
    jobs.release("warm-up 2")


def test_answers_pass_what_stands_beside_them_and_that_passes_background_work(
    threads: ThreadPoolExecutor,
) -> None:
    jobs = Jobs(PeopleFirst(threads, 1))
    jobs.submit("first")
    jobs.in_background("warm-up")
    with beside():
        jobs.submit("neighbour")
    jobs.submit("person")
    begun = ["first"]
    for name in ("person", "neighbour", "warm-up"):
        jobs.wait_begun(*begun)
        jobs.release(begun[-1])
        begun.append(name)
    jobs.wait_begun(*begun)
    jobs.release("warm-up")


def test_waiting_work_moves_forward_when_somebody_comes_to_wait_for_it(threads: ThreadPoolExecutor) -> None:
    jobs = Jobs(PeopleFirst(threads, 1))
    jobs.submit("first")
    jobs.in_background("warm-up 1")
    with background(), shared_work() as wanted:
        jobs.submit("warm-up 2")
    jobs.wait_begun("first")
    with wanted.awaited():
        jobs.release("first")
        jobs.wait_begun("first", "warm-up 2")
    jobs.release("warm-up 2")
    jobs.wait_begun("first", "warm-up 2", "warm-up 1")
    jobs.release("warm-up 1")


def test_background_work_leaves_a_worker_to_people(threads: ThreadPoolExecutor) -> None:
    jobs = Jobs(PeopleFirst(threads, 2))
    jobs.in_background("warm-up 1")
    jobs.in_background("warm-up 2")
    jobs.submit("person")
    jobs.wait_begun("warm-up 1", "person")
    jobs.release("person")
    jobs.release("warm-up 1")
    jobs.wait_begun("warm-up 1", "person", "warm-up 2")
    jobs.release("warm-up 2")


def test_the_worker_left_to_people_takes_what_somebody_comes_to_wait_for(threads: ThreadPoolExecutor) -> None:
    jobs = Jobs(PeopleFirst(threads, 2))
    jobs.in_background("warm-up 1")
    with background(), shared_work() as wanted:
        jobs.submit("warm-up 2")
    jobs.wait_begun("warm-up 1")
    with wanted.awaited():
        jobs.wait_begun("warm-up 1", "warm-up 2")
        assert not jobs.ended
    jobs.release("warm-up 1")
    jobs.release("warm-up 2")


def shared(threads: ThreadPoolExecutor, seats: int) -> tuple[Jobs, Jobs]:
    """Answers and fits on the same workers, of which fits may have two."""
    made = Seats(seats)
    answers = PeopleFirst(threads, seats, seats=made)
    return Jobs(answers), Jobs(PeopleFirst(threads, 2, seats=made, answers=False))


def test_fits_leave_the_last_shared_worker_to_answers(threads: ThreadPoolExecutor) -> None:
    answers, fits = shared(threads, 2)
    fits.submit("fit 1").submit("fit 2")
    fits.wait_begun("fit 1")
    answers.submit("person")
    answers.wait_begun("person")
    answers.release("person")
    fits.release("fit 1")
    fits.wait_begun("fit 1", "fit 2")
    fits.release("fit 2")


def test_background_work_has_one_of_three_shared_workers_whoever_gives_it(
    threads: ThreadPoolExecutor,
) -> None:
    answers, fits = shared(threads, 3)
    answers.in_background("warm-up")
    answers.wait_begun("warm-up")
    answers.in_background("warm-up 2")
    fits.in_background("old fit")
    fits.submit("fit that a person waits for")
    fits.wait_begun("fit that a person waits for")
    answers.submit("person")
    answers.wait_begun("warm-up", "person")
    answers.release("person")
    answers.submit("next person")
    answers.wait_begun("warm-up", "person", "next person")
    answers.release("next person")
    answers.release("warm-up")
    answers.wait_begun("warm-up", "person", "next person", "warm-up 2")
    answers.release("warm-up 2")
    fits.release("fit that a person waits for")
    fits.wait_begun("fit that a person waits for", "old fit")
    fits.release("old fit")


class Refusing(Executor):
    """An executor that has shut down: it takes nothing."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        raise BrokenExecutor("gone")


def test_a_worker_that_took_nothing_is_free_for_who_shares_it() -> None:
    seats = Seats(2)
    fits = PeopleFirst(ThreadPoolExecutor(1), 2, seats=seats, answers=False)
    waiting: list[Future[str]] = []

    class Meanwhile(Refusing):
        def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
            waiting.append(fits.submit(str, 1))  # it finds no worker that it may take
            return super().submit(fn, *args, **kwargs)

    with pytest.raises(BrokenExecutor):
        PeopleFirst(Meanwhile(), 2, seats=seats).submit(str, 2).result(PATIENCE_S)
    assert waiting[0].result(PATIENCE_S) == "1"
    fits.shutdown()


def test_a_worker_that_an_answer_leaves_is_taken_by_a_fit_that_waits(threads: ThreadPoolExecutor) -> None:
    answers, fits = shared(threads, 2)
    answers.submit("one").submit("two")
    answers.wait_begun("one", "two")
    fits.submit("fit")
    answers.release("one")
    assert fits.begun == []
    answers.release("two")
    fits.wait_begun("fit")
    fits.release("fit")


def test_people_may_use_every_worker_and_no_more(threads: ThreadPoolExecutor) -> None:
    jobs = Jobs(PeopleFirst(threads, 2))
    for name in ("one", "two", "three"):
        jobs.submit(name)
    jobs.release("one")
    jobs.release("three")
    jobs.release("two")
    with jobs._changed:
        assert jobs._changed.wait_for(lambda: len(jobs.begun) == 3, PATIENCE_S)
    assert jobs.begun[2] == "three"


def test_results_and_errors_come_back(threads: ThreadPoolExecutor) -> None:
    pool = PeopleFirst(threads, 1)
    assert pool.submit(int, "7").result(PATIENCE_S) == 7
    with pytest.raises(ValueError, match="invalid literal"):
        pool.submit(int, "x").result(PATIENCE_S)
    assert pool.submit(int, "8").result(PATIENCE_S) == 8


def test_cancelled_work_is_never_begun(threads: ThreadPoolExecutor) -> None:
    pool = PeopleFirst(threads, 1)
    gate = threading.Event()
    first = pool.submit(gate.wait, PATIENCE_S)
    second, third = pool.submit(int, "2"), pool.submit(int, "3")
    assert second.cancel()
    gate.set()
    assert first.result(PATIENCE_S)
    assert third.result(PATIENCE_S) == 3
    with pytest.raises(CancelledError):
        second.result(0)


def test_what_waits_at_the_end_fails() -> None:
    pool = PeopleFirst(ThreadPoolExecutor(1), 1)
    gate = threading.Event()
    first, second = pool.submit(gate.wait, PATIENCE_S), pool.submit(int, "2")
    pool.shutdown(wait=False, cancel_futures=True)
    with pytest.raises(BrokenExecutor):
        second.result(PATIENCE_S)
    gate.set()
    assert first.result(PATIENCE_S)


def test_an_executor_that_refuses_work_fails_it() -> None:
    inner = ThreadPoolExecutor(1)
    inner.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        PeopleFirst(inner, 1).submit(int, "1").result(PATIENCE_S)
