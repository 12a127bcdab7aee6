"""What work says that it waits for: the exact step, its parts, and the same to everyone who waits for shared work."""

import asyncio

from utils.caching import CancellingSingleFlight, FinishingSingleFlight
from utils.waiting import Work, WorkStep, step, waiting_for


def kinds(work: Work) -> list[str]:
    return [found.kind for found in work.steps()]


def test_the_innermost_open_steps_are_said_in_the_order_of_their_beginning() -> None:
    work = Work()
    with work.collecting():
        with step("sources", symbol="BTCUSDT"):
            assert kinds(work) == ["sources"]
            with step("history"), waiting_for(other := Work()), other.waiting_for(Work(WorkStep("fit", {}))):
                assert kinds(work) == ["fit"]
            assert list(work.steps()) == [WorkStep("sources", {"symbol": "BTCUSDT"})]
        with step("chart"):
            assert kinds(work) == ["chart"]
    assert kinds(work) == []


def test_parts_are_counted_and_never_more_than_there_are() -> None:
    work = Work()
    with work.collecting(), step("history") as pages:
        pages.expect(3)
        pages.part_done()
        assert [(found.done, found.total) for found in work.steps()] == [(1, 3)]
        pages.expect(4)
        for _ in range(6):
            pages.part_done()
        assert [(found.done, found.total) for found in work.steps()] == [(7, 7)]


def test_a_step_that_fails_is_no_longer_waited_for() -> None:
    work = Work()
    try:
        with work.collecting(), step("history"):
            raise ZeroDivisionError
    except ZeroDivisionError:
        assert kinds(work) == []


def test_without_anybody_who_listens_a_step_is_just_done() -> None:
    with step("history") as pages, waiting_for(Work()):
        pages.part_done()


async def test_all_who_share_work_see_its_steps_and_only_while_they_wait() -> None:
    for flight in (FinishingSingleFlight[str, int](), CancellingSingleFlight[str, int]()):
        release = asyncio.Event()

        async def shared(release: asyncio.Event = release) -> int:
            with step("fit", module="regime"):
                await release.wait()
            return 7

        seen = [Work(), Work(), Work()]
        tasks = []
        for work in seen:
            with work.collecting():
                tasks.append(asyncio.create_task(flight.run("k", shared)))
        for _ in range(5):
            await asyncio.sleep(0)
        assert [kinds(work) for work in seen] == [["fit"]] * 3
        tasks[0].cancel()
        await asyncio.wait({tasks[0]})
        assert [kinds(work) for work in seen] == [[], ["fit"], ["fit"]]
        release.set()
        assert await asyncio.gather(*tasks[1:]) == [7, 7]
        assert [kinds(work) for work in seen] == [[], [], []]


async def test_what_a_stream_does_later_is_no_part_of_the_answer() -> None:
    work = Work()
    with work.collecting(), Work().collecting():
        stream = asyncio.create_task(_reads())
        await asyncio.sleep(0)
        assert kinds(work) == []
        await stream


async def _reads() -> None:
    with step("history"):
        await asyncio.sleep(0)
