"""What no answer waits for begins in turn, and at once when one comes to wait for it; a place is never lost."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from utils.caching import FinishingSingleFlight
from utils.few_at_once import FewAtOnce
from utils.priority import background, beside, urgent


class Works:
    """Pieces of work that go on until they are told to end, and note in which order they began."""

    def __init__(self, most: int) -> None:
        self.few = FewAtOnce(most)
        self.began: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}

    def begin(
        self, name: str, standing: Callable[[], AbstractContextManager[None]] = beside
    ) -> "asyncio.Task[None]":
        self._ends[name] = asyncio.Event()
        with standing():
            return asyncio.create_task(self.work(name))

    async def work(self, name: str) -> None:
        async with self.few.turn():
            self.began.append(name)
            await self._ends[name].wait()

    def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_so_many_begin_and_each_that_ends_lets_the_next_one_begin() -> None:
    works = Works(2)
    tasks = [works.begin(name) for name in "abcd"]
    await settle()
    assert works.began == ["a", "b"]
    assert works.few.waiting == 2
    works.end("b")
    await settle()
    assert works.began == ["a", "b", "c"]
    works.end(*"acd")
    await asyncio.gather(*tasks)
    assert works.began == ["a", "b", "c", "d"]


async def test_what_an_answer_waits_for_begins_at_once_and_takes_no_place() -> None:
    works = Works(1)
    tasks = [works.begin(name, urgent) for name in "ab"]
    tasks += [works.begin(name) for name in "cd"]
    await settle()
    assert works.began == ["a", "b", "c"]
    works.end(*"ab")
    await settle()
    assert works.began == ["a", "b", "c"]
    works.end(*"cd")
    await asyncio.gather(*tasks)


async def test_the_more_urgent_begins_first() -> None:
    works = Works(1)
    tasks = [works.begin("a"), works.begin("b", background), works.begin("c"), works.begin("d")]
    await settle()
    works.end(*"abcd")
    await asyncio.gather(*tasks)
    assert works.began == ["a", "c", "d", "b"]


async def test_what_an_answer_comes_to_wait_for_begins_and_takes_no_place() -> None:
    works, flights = Works(1), FinishingSingleFlight[str, None]()
    first = works.begin("a")
    works._ends |= {name: asyncio.Event() for name in "bc"}
    with beside():
        tasks = [
            asyncio.create_task(flights.run(name, lambda name=name: works.work(name)))  # type: ignore[misc]
            for name in "bc"
        ]
    await settle()
    assert works.began == ["a"]
    tasks.append(asyncio.create_task(flights.run("c", lambda: works.work("c"))))
    await settle()
    assert works.began == ["a", "c"]
    works.end("c")
    await settle()
    assert works.began == ["a", "c"]  # the place of the first is still taken
    works.end("a", "b")
    await asyncio.gather(first, *tasks)
    assert works.began == ["a", "c", "b"]


@pytest.mark.parametrize("before_it_begins", [True, False])
async def test_work_that_is_cancelled_leaves_its_place_to_others(before_it_begins: bool) -> None:
    works = Works(1)
    tasks = [works.begin(name) for name in "abc"]
    await settle()
    if before_it_begins:
        tasks[1].cancel()
        works.end("a")
    else:
        works.end("a")
        await asyncio.sleep(0)  # "a" ends and lets "b" begin, which is cancelled before it does
        tasks[1].cancel()
    await settle()
    assert works.began == ["a", "c"]
    works.end("c")
    assert isinstance((await asyncio.gather(*tasks, return_exceptions=True))[1], asyncio.CancelledError)
    assert works.few.waiting == 0
