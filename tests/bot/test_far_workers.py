"""Work for a cluster: done there where it can be, here where not, each once."""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from functools import partial
from typing import Any, cast

import pytest

from bot.cluster import Cluster, check_installed
from bot.far_job import code_fingerprint, packed, run_far, unpacked
from bot.far_workers import JOBS_A_THREAD, BulkAway, FarWorkers
from bot.turns import PeopleFirst
from tests.support.limits import PATIENCE_S
from utils.bulk import bulk
from utils.http.errors import Misconfigured
from utils.priority import Urgency, background, urgency


class KilledWorker(Exception):
    """Named as Dask names it."""


class Far(Executor):
    """Workers elsewhere: jobs stay until a test ends them."""

    def __init__(self) -> None:
        self.jobs: list[tuple[bytes, Future[Any]]] = []
        self.is_gone = False

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.is_gone:
            raise RuntimeError("closed")
        assert fn is run_far
        assert args[0] == code_fingerprint()
        future: Future[Any] = Future()
        self.jobs.append((args[1], future))
        return future

    def do(self, number: int = 0) -> None:
        job, future = self.jobs[number]
        future.set_result(run_far(code_fingerprint(), job))


class Room(Cluster):
    """A cluster whose workers a test counts."""

    def __init__(self) -> None:
        super().__init__("tcp://127.0.0.1:1")
        self.far = Far()
        self._executor = self.far

    def have(self, threads: int) -> None:
        self._set_threads(threads)


class Here(Executor):
    """Workers here, that note with which urgency work came."""

    def __init__(self) -> None:
        self.came: list[Urgency] = []
        self.ended: list[dict[str, bool]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.came.append(urgency())
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.ended.append({"wait": wait, "cancel_futures": cancel_futures})


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def here() -> Here:
    return Here()


@pytest.fixture
def workers(room: Room, here: Here) -> FarWorkers:
    return FarWorkers(room, here, 2)


def test_without_workers_elsewhere_work_is_done_here(workers: FarWorkers, here: Here, room: Room) -> None:
    assert workers.submit(sum, (1, 2)).result(0) == 3
    assert not room.far.jobs
    assert len(here.came) == 1
    assert workers.room() == 2


def test_with_workers_elsewhere_work_is_done_there(workers: FarWorkers, here: Here, room: Room) -> None:
    room.have(3)
    made = workers.submit(sum, (1, 2))
    assert not made.done()
    room.far.do()
    assert made.result(0) == 3
    assert not here.came
    assert workers.room() == 3 * JOBS_A_THREAD


def test_an_error_of_the_work_is_the_answer(workers: FarWorkers, here: Here, room: Room) -> None:
    room.have(1)
    made = workers.submit(int, "no number")
    room.far.do()
    with pytest.raises(ValueError, match="no number"):
        made.result(0)
    assert not here.came


@pytest.mark.parametrize(
    "end",
    [Future.cancel, lambda f: f.set_exception(CancelledError()), lambda f: f.set_exception(OSError("lost"))],
)
def test_what_the_cluster_loses_is_done_here(
    workers: FarWorkers, here: Here, room: Room, end: Callable[[Future[Any]], object]
) -> None:
    room.have(1)
    with background():
        made = workers.submit(sum, (1, 2))
    end(room.far.jobs[0][1])
    assert made.result(0) == 3
    assert here.came == [Urgency.BACKGROUND]


def test_a_worker_with_other_code_does_nothing(workers: FarWorkers, here: Here, room: Room) -> None:
    room.have(1)
    made = workers.submit(sum, (1, 2))
    job, inner = room.far.jobs[0]
    inner.set_result(run_far("another", job))
    assert inner.result().kind == "other_code"
    assert made.result(0) == 3
    assert len(here.came) == 1


def test_work_that_kills_its_workers_is_not_begun_here(workers: FarWorkers, here: Here, room: Room) -> None:
    room.have(1)
    made = workers.submit(sum, (1, 2))
    room.far.jobs[0][1].set_exception(KilledWorker("four workers"))
    with pytest.raises(BrokenExecutor, match="four workers"):
        made.result(0)
    assert not here.came


def test_when_the_last_worker_is_gone_what_it_had_is_done_here_once(
    workers: FarWorkers, here: Here, room: Room
) -> None:
    done: list[int] = []
    room.have(2)
    made = workers.submit(sum, (1, 2))
    made.add_done_callback(lambda _: done.append(1))
    room.have(1)
    assert not made.done()
    room.have(0)
    assert made.result(0) == 3
    room.far.do()  # the worker ended it all the same
    assert len(here.came) == len(done) == 1


def test_a_worker_that_goes_while_a_job_is_sent_leaves_it_here(here: Here) -> None:
    class Going(Room):
        is_going = False

        @property
        def executor(self) -> Executor | None:
            """What was there until now."""
            found = super().executor
            if self.is_going:
                self.have(0)
            return found

    room = Going()
    workers = FarWorkers(room, here, 2)
    room.have(1)
    room.is_going = True
    assert workers.submit(sum, (1, 2)).result(0) == 3
    assert len(room.far.jobs) == len(here.came) == 1


def test_a_cluster_that_takes_nothing_leaves_the_work_here(
    workers: FarWorkers, here: Here, room: Room
) -> None:
    room.have(1)
    room.far.is_gone = True
    assert workers.submit(sum, (1, 2)).result(0) == 3
    assert len(here.came) == 1


def test_work_that_cannot_travel_is_done_here(workers: FarWorkers, here: Here, room: Room) -> None:
    room.have(1)
    assert workers.submit(lambda: 4).result(0) == 4
    assert len(here.came) == 1


def test_the_end_waits_for_nothing_that_is_away(workers: FarWorkers, here: Here, room: Room) -> None:
    room.have(1)
    made = workers.submit(sum, (1, 2))
    workers.shutdown(wait=False, cancel_futures=True)
    for future in (made, workers.submit(sum, (1, 2))):
        if future is not made:
            room.far.jobs[1][1].cancel()
        with pytest.raises(BrokenExecutor):
            future.result(0)
    assert here.ended == [{"wait": False, "cancel_futures": True}]
    assert not here.came


def test_only_work_of_many_goes_away(here: Here) -> None:
    there = Here()
    both = BulkAway(here, there)
    both.submit(str, 1)
    with bulk():
        both.submit(str, 2)
        both.submit(str, 3)
    both.submit(str, 4)
    assert (len(here.came), len(there.came)) == (2, 2)


def test_more_workers_are_given_more_work(room: Room, here: Here, workers: FarWorkers) -> None:
    turns = PeopleFirst(workers, workers.room)
    room.watch(turns.rose)
    room.have(1)
    for _ in range(6):
        turns.submit(sum, (1, 2))
    assert len(room.far.jobs) == JOBS_A_THREAD
    room.have(2)
    assert len(room.far.jobs) == 2 * JOBS_A_THREAD


def test_work_in_turns_comes_here_as_urgent_as_it_is(workers: FarWorkers, here: Here) -> None:
    turns = PeopleFirst(workers, workers.room)
    with background():
        turns.submit(sum, (1, 2))
    turns.submit(sum, (1, 2))
    assert here.came == [Urgency.BACKGROUND, Urgency.ANSWER]


class Unwritable(Exception):
    """Holds what cannot be pickled."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.lock = threading.Lock()


class Unreadable(Exception):
    """Holds what is pickled and cannot be read again."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.key = KeyOfTwo("one", "two")


class KeyOfTwo(str):
    """Pickling gives it no second argument."""

    def __new__(cls, one: str, two: str) -> "KeyOfTwo":
        return super().__new__(cls, one + two)

    def __reduce__(self) -> tuple[type["KeyOfTwo"], tuple[str]]:
        return KeyOfTwo, (str(self),)


def _fail(kind: type[Exception]) -> None:
    raise kind("first")


@pytest.mark.parametrize("kind", [Unwritable, Unreadable])
def test_an_error_that_cannot_travel_is_told_in_words(kind: type[Exception]) -> None:
    outcome = run_far(code_fingerprint(), packed(partial(_fail, kind)))
    with pytest.raises(RuntimeError, match=f"{kind.__name__}: first"):
        unpacked(outcome)


def test_the_fingerprint_is_of_the_code_that_makes_numbers() -> None:
    assert len(code_fingerprint()) == 64
    outcome = run_far(code_fingerprint(), packed(partial(int, "1")))
    assert (outcome.kind, unpacked(outcome)) == ("result", 1)


class Client:
    """A client of a scheduler that a test ends; ``threads`` are what it tells of."""

    def __init__(self, threads: int) -> None:
        self.status = "running"
        self.threads: int | None = threads
        self.closed = False

    def scheduler_info(self, n_workers: int) -> Any:
        assert n_workers == 0
        if self.threads is None:
            raise OSError("gone")
        return {"total_threads": self.threads}

    def get_executor(self, *, pure: bool) -> Executor:
        assert not pure
        return cast(Executor, self)

    def close(self, timeout: float) -> None:
        self.closed = True


class Changes:
    """Numbers of threads that watchers were told of, and a wait for the next one."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._changed = threading.Condition()
        self.seen: list[int] = []
        cluster.watch(self._note)

    def _note(self) -> None:
        with self._changed:
            self.seen.append(self._cluster.threads)
            self._changed.notify_all()

    def wait(self, *seen: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.seen == list(seen), PATIENCE_S), self.seen


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cluster.RETRY_S", 0.01)
    monkeypatch.setattr("bot.cluster.LOOK_S", 0.01)


@pytest.fixture
def clients() -> list[Any]:
    return []


@pytest.fixture
def cluster(clients: list[Any]) -> Iterator[Cluster]:
    def connect(address: str) -> Any:
        assert address == "tcp://scheduler:8786"
        made = clients.pop(0) if clients else OSError("nobody there")
        if isinstance(made, Exception):
            raise made
        return made

    made = Cluster("tcp://scheduler:8786", connect)
    yield made
    made.close()


@pytest.mark.parametrize("loss", ["status", "silence"])
def test_a_cluster_is_followed_and_found_again(cluster: Cluster, clients: list[Any], loss: str) -> None:
    first, second = Client(2), Client(1)
    clients += [OSError("not yet"), first]
    changes = Changes(cluster)
    cluster.open()
    changes.wait(2)
    assert cluster.executor is cast(Any, first)
    first.threads = 3
    changes.wait(2, 3)
    if loss == "status":
        first.status = "connecting"
    else:
        first.threads = None
    changes.wait(2, 3, 0)
    assert cluster.executor is None
    clients.append(second)
    changes.wait(2, 3, 0, 1)
    assert first.closed
    assert cluster.executor is cast(Any, second)


def test_a_cluster_without_workers_is_given_nothing(cluster: Cluster, clients: list[Any]) -> None:
    only = Client(1)
    clients.append(only)
    changes = Changes(cluster)
    cluster.open()
    changes.wait(1)
    only.threads = 0
    changes.wait(1, 0)
    assert cluster.executor is None
    only.threads = 1
    changes.wait(1, 0, 1)
    assert cluster.executor is not None


def test_dask_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Misconfigured, match="not installed") as told:
        check_installed()
    assert "requirements-dask" in told.value.what_to_do
