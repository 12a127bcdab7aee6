"""Worker processes that die are replaced, and new ones do their work."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

from bot.executors import ProcessPool, RebuildingPool, worker_pid

P = ParamSpec("P")
T = TypeVar("T")


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


def blas_threads() -> str | None:
    return os.environ.get("OPENBLAS_NUM_THREADS")


def fail() -> None:
    raise ValueError("its own error")


@pytest.mark.slow
def test_a_dead_worker_is_replaced_and_its_work_done(pool: RebuildingPool, tmp_path: Path) -> None:
    first = pool.submit(worker_pid).result(30)
    assert pool.submit(die_once, str(tmp_path / "died")).result(30) == "done"
    assert pool.rebuilt == 1
    assert pool.submit(worker_pid).result(30) not in {first, os.getpid()}


@pytest.mark.slow
def test_work_that_always_kills_its_worker_fails_and_leaves_a_working_pool(pool: RebuildingPool) -> None:
    with pytest.raises(BrokenExecutor):
        pool.submit(die).result(30)
    assert pool.submit(worker_pid).result(30) > 0


@pytest.mark.slow
def test_workers_use_one_blas_thread_and_errors_come_back(pool: RebuildingPool) -> None:
    assert pool.submit(blas_threads).result(30) == "1"
    with pytest.raises(ValueError, match="its own error"):
        pool.submit(fail).result(30)
    assert pool.rebuilt == 0


def work_for_ever() -> None:
    threading.Event().wait()


@pytest.mark.slow
def test_a_shutdown_that_does_not_wait_ends_work_under_way() -> None:
    pool = RebuildingPool(partial(ProcessPool, 1, ("bot.executors",)))
    pool.submit(worker_pid).result(30)
    endless = pool.submit(work_for_ever)
    pool.shutdown(wait=False)
    with pytest.raises(BrokenExecutor):
        endless.result(30)


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
