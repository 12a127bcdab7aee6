"""Worker processes that die are replaced, and new ones do their work."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import pytest

from bot.executors import ProcessPool, RebuildingPool, worker_pid
from tests.support.limits import PATIENCE_S

P = ParamSpec("P")
T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pool() -> Iterator[RebuildingPool]:
    made = RebuildingPool(partial(ProcessPool, 1, ("bot.executors",)))
    yield made
    made.shutdown(wait=True)


def die_once(marker: str) -> str:
    """Kill the worker at the first call."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        os._exit(1)
    return "done"


def die() -> None:
    os._exit(1)


def die_when_told(folder: str) -> None:
    """Kill the worker as soon as the work beside it has begun."""
    while not (Path(folder) / "beside").exists():
        time.sleep(0.01)
    os._exit(1)


def last_beside(folder: str) -> str:
    """Not end at the first call, of which the other work's death makes an end."""
    marker = Path(folder) / "beside"
    if marker.exists():
        return "done"
    marker.touch()
    threading.Event().wait()
    return "never"


def blas_threads() -> str | None:
    return os.environ.get("OPENBLAS_NUM_THREADS")


def fail() -> None:
    raise ValueError("its own error")


@pytest.mark.slow
def test_a_dead_worker_is_replaced_and_its_work_done(pool: RebuildingPool, tmp_path: Path) -> None:
    first = pool.submit(worker_pid).result(PATIENCE_S)
    assert pool.submit(die_once, str(tmp_path / "died")).result(PATIENCE_S) == "done"
    assert (pool.rebuilt, pool.deaths) == (1, 1)
    assert pool.submit(worker_pid).result(PATIENCE_S) not in {first, os.getpid()}


@pytest.mark.slow
def test_work_that_always_kills_its_worker_fails_and_leaves_a_working_pool(pool: RebuildingPool) -> None:
    with pytest.raises(BrokenExecutor):
        pool.submit(die).result(PATIENCE_S)
    assert pool.submit(worker_pid).result(PATIENCE_S) > 0
    assert (pool.rebuilt, pool.deaths) == (1, 2)


@pytest.mark.slow
def test_work_beside_what_always_kills_its_worker_is_done(tmp_path: Path) -> None:
    pool = RebuildingPool(partial(ProcessPool, 2, ("bot.executors",)))
    deadly, beside = pool.submit(die_when_told, str(tmp_path)), pool.submit(last_beside, str(tmp_path))
    with pytest.raises(BrokenExecutor):
        deadly.result(PATIENCE_S)
    assert beside.result(PATIENCE_S) == "done"
    assert pool.submit(worker_pid).result(PATIENCE_S) > 0
    assert pool.rebuilt == 1
    pool.shutdown(wait=True)


@pytest.mark.slow
def test_the_death_of_a_worker_is_seen_while_another_computes() -> None:
    pool = ProcessPool(2, ("bot.executors",))
    assert pool.submit(worker_pid).result(PATIENCE_S) > 0
    pool.submit(work_for_ever)
    with pytest.raises(BrokenExecutor):
        pool.submit(die).result(PATIENCE_S)  # in a second worker, which is started for it
    pool.shutdown(wait=True)


@pytest.mark.slow
def test_workers_use_one_blas_thread_and_errors_come_back(pool: RebuildingPool) -> None:
    assert pool.submit(blas_threads).result(PATIENCE_S) == "1"
    with pytest.raises(ValueError, match="its own error"):
        pool.submit(fail).result(PATIENCE_S)
    assert pool.rebuilt == 0


def work_for_ever() -> None:
    threading.Event().wait()


@pytest.mark.slow
def test_a_shutdown_that_does_not_wait_ends_work_under_way() -> None:
    pool = RebuildingPool(partial(ProcessPool, 1, ("bot.executors",)))
    pool.submit(worker_pid).result(PATIENCE_S)
    endless = pool.submit(work_for_ever)
    pool.shutdown(wait=False)
    with pytest.raises(BrokenExecutor):
        endless.result(PATIENCE_S)


class Broken(Executor):
    """An executor whose workers are dead."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        raise BrokenExecutor("dead")


class Inline(Executor):
    """An executor that runs work when it is submitted."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        done: Future[T] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def test_a_pool_found_dead_at_submitting_is_replaced_once() -> None:
    made: list[Executor] = [Inline(), Broken()]
    pool = RebuildingPool(made.pop)
    assert [pool.submit(worker_pid).result(), pool.submit(worker_pid).result()] == [os.getpid()] * 2
    assert pool.rebuilt == 1


class Dying(Executor):
    """An executor whose worker dies of all work."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        dead: Future[T] = Future()
        dead.set_exception(BrokenExecutor("died"))
        return dead


def test_work_fails_where_no_pool_can_be_made_for_its_retry() -> None:
    made: list[Executor] = [Dying()]
    pool = RebuildingPool(made.pop)
    with pytest.raises(IndexError):
        pool.submit(worker_pid).result(0)


class Doomed(Executor):
    """An executor that breaks at the word, and with it all that it was given; ``left`` counts what it was given."""

    def __init__(self) -> None:
        self.given: list[tuple[Future[object], partial[object]]] = []
        self.down = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        self.given.append((cast(Any, future), cast(Any, partial(fn, *args, **kwargs))))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.down = True

    def broken(self) -> None:
        given, self.given = self.given, []
        for future, _ in given:
            future.set_exception(BrokenExecutor("died"))

    def work(self) -> None:
        given, self.given = self.given, []
        for future, work in given:
            future.set_result(work())


def test_what_ran_when_a_pool_broke_is_retried_one_at_a_time_in_a_pool_of_its_own() -> None:
    made: list[Doomed] = []

    def make() -> Doomed:
        made.append(Doomed())
        return made[-1]

    pool = RebuildingPool(make)
    jobs = [pool.submit(str, number) for number in range(3)]
    made[0].broken()
    first, second, apart = made
    assert [len(one.given) for one in (first, second, apart)] == [0, 0, 1]
    apart.work()
    assert jobs[0].result(0) == "0"
    apart.broken()  # the second kills its worker again, and only it fails
    with pytest.raises(BrokenExecutor):
        jobs[1].result(0)
    again = made[3]
    assert len(again.given) == 1
    again.work()
    assert jobs[2].result(0) == "2"
    assert (again.down, second.down) == (True, False)
    assert pool.rebuilt == 1
    assert pool.submit(str, 4).done() is False
    assert len(second.given) == 1


def test_what_waits_for_its_retry_fails_at_the_shutdown() -> None:
    made: list[Doomed] = []

    def make() -> Doomed:
        made.append(Doomed())
        return made[-1]

    pool = RebuildingPool(make)
    jobs = [pool.submit(str, number) for number in range(2)]
    made[0].broken()
    pool.shutdown(wait=False)
    assert made[2].down
    made[2].broken()
    for job in jobs:
        with pytest.raises(BrokenExecutor):
            job.result(0)
