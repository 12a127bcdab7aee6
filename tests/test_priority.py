"""Background work waits until nobody waits for an answer, but not for ever."""

import asyncio
from contextlib import ExitStack

from tests.support.clock import FakeClock
from utils.priority import (
    BACKGROUND_REQUESTS,
    LONGEST_WAIT_S,
    QUIET_S,
    Attention,
    InheritingLock,
    Urgency,
    background,
    beside,
    is_background,
    shared_work,
    urgency,
    urgent,
)


async def test_background_is_inherited_by_tasks_and_ends_with_its_block() -> None:
    async def look() -> bool:
        return is_background()

    with background():
        inside = asyncio.create_task(look())
        assert is_background()
    assert await inside
    assert not is_background()
    assert not await asyncio.create_task(look())


async def test_a_step_waits_until_nobody_has_asked_for_a_while(clock: FakeClock) -> None:
    attention = Attention(clock)
    await asyncio.wait_for(attention.quiet(), 1)
    with attention.question():
        waiting = asyncio.create_task(attention.quiet())
        await clock.settle()
        await clock.advance(5_000)
        assert not waiting.done()
    await clock.advance(round(QUIET_S * 1000) - 500)
    assert not waiting.done()
    await clock.advance(1_000)
    await asyncio.wait_for(waiting, 1)


async def test_a_step_is_taken_in_the_end_however_busy_it_is(clock: FakeClock) -> None:
    attention = Attention(clock)
    with attention.question():
        waiting = asyncio.create_task(attention.quiet())
        await clock.settle()
        await clock.advance(round(LONGEST_WAIT_S * 1000) + 500)
        await asyncio.wait_for(waiting, 1)


async def test_background_work_does_not_wait_for_itself(clock: FakeClock) -> None:
    attention = Attention(clock)
    with background(), attention.question():
        assert attention.is_quiet
        await asyncio.wait_for(attention.quiet(), 1)


def test_what_stands_beside_answers_lets_nobody_wait(clock: FakeClock) -> None:
    attention = Attention(clock)
    with beside(), attention.question():
        assert attention.is_quiet
    with attention.question():
        assert not attention.is_quiet


def test_what_stands_beside_an_answer_is_less_urgent_and_background_work_stays_that() -> None:
    assert urgency() == Urgency.ANSWER
    with beside():
        assert urgency() == Urgency.BESIDE
        with background():
            assert is_background()
    with background(), beside():
        assert is_background()


async def test_shared_work_is_as_urgent_as_the_most_urgent_of_those_who_wait_for_it() -> None:
    with background(), shared_work() as outer:
        with shared_work() as inner:
            assert inner.urgency == Urgency.BACKGROUND
        with inner.awaited():
            assert inner.urgency == Urgency.BACKGROUND
    with beside(), inner.awaited():
        assert (outer.urgency, inner.urgency) == (Urgency.BACKGROUND, Urgency.BESIDE)
        with urgent(), outer.awaited():
            assert (outer.urgency, inner.urgency) == (Urgency.ANSWER, Urgency.ANSWER)
    assert (outer.urgency, inner.urgency) == (Urgency.BACKGROUND, Urgency.BACKGROUND)


def test_work_that_waits_for_work_that_waits_is_as_urgent_at_any_depth() -> None:
    with background(), ExitStack() as stack:
        outer = inner = stack.enter_context(shared_work())
        for _ in range(40):
            before, inner = inner, stack.enter_context(shared_work())
            stack.enter_context(inner.awaited_by(before))
        seen = [inner.urgency]
        with urgent(), outer.awaited():
            seen.append(inner.urgency)
    assert seen == [Urgency.BACKGROUND, Urgency.ANSWER]


async def test_who_holds_a_lock_is_as_urgent_as_who_waits_for_it() -> None:
    lock, release, seen = InheritingLock(), asyncio.Event(), list[tuple[str, Urgency]]()

    async def hold(name: str) -> None:
        async with lock.held():
            seen.append((name, urgency()))
            await release.wait()
            seen.append((name, urgency()))

    async with asyncio.TaskGroup() as group:
        with background():
            group.create_task(hold("first"))
            group.create_task(hold("second"))
        await asyncio.sleep(0)
        assert lock.locked()
        group.create_task(hold("person"))
        await asyncio.sleep(0)
        release.set()
    assert not lock.locked()
    assert seen == [
        ("first", Urgency.BACKGROUND),
        ("first", Urgency.ANSWER),
        ("second", Urgency.ANSWER),  # the person waits behind it
        ("second", Urgency.ANSWER),
        ("person", Urgency.ANSWER),
        ("person", Urgency.ANSWER),
    ]


async def test_what_was_begun_under_a_lock_does_not_rise_with_those_who_wait_for_it_later() -> None:
    lock, seen, release = InheritingLock(), list[Urgency](), asyncio.Event()

    async def look() -> None:
        await release.wait()
        seen.append(urgency())

    async def hold() -> None:
        async with lock.held():
            pass

    with background():
        async with lock.held():
            begun = asyncio.create_task(look())
        async with lock.held():
            with urgent():
                person = asyncio.create_task(hold())
            await asyncio.sleep(0)
            release.set()
            await begun
    await person
    assert seen == [Urgency.BACKGROUND]


class Requests:
    """Requests that wait for their release, in the order in which they were sent."""

    def __init__(self, attention: Attention) -> None:
        self._attention = attention
        self.sent: list[str] = []
        self.release = asyncio.Event()

    async def send(self, name: str) -> None:
        async with self._attention.request():
            self.sent.append(name)
            await self.release.wait()


async def test_requests_of_background_work_are_few_and_wait_for_people(clock: FakeClock) -> None:
    requests = Requests(attention := Attention(clock))
    names = [f"warm-up {number}" for number in range(BACKGROUND_REQUESTS + 2)]
    async with asyncio.TaskGroup() as group:
        with background():
            for name in names:
                group.create_task(requests.send(name))
        await clock.settle()
        assert requests.sent == names[:BACKGROUND_REQUESTS]
        with attention.question():
            group.create_task(requests.send("person"))
            with beside():
                group.create_task(requests.send("neighbour"))
            requests.release.set()
            await clock.settle()
            assert requests.sent == [*names[:BACKGROUND_REQUESTS], "person", "neighbour"]
            await clock.advance(round(QUIET_S * 1000) + 500)
        await clock.advance(round(QUIET_S * 1000) - 500)
        assert len(requests.sent) == BACKGROUND_REQUESTS + 2
        await clock.advance(1_000)
    assert sorted(requests.sent) == sorted([*names, "person", "neighbour"])


async def test_a_request_of_background_work_goes_out_when_somebody_waits_for_it(clock: FakeClock) -> None:
    requests = Requests(attention := Attention(clock))
    requests.release.set()
    with attention.question():
        with background(), shared_work() as work:
            sending = asyncio.create_task(requests.send("bars"))
        await clock.settle()
        assert requests.sent == []
        with work.awaited():
            await clock.settle()  # at once
    assert requests.sent == ["bars"]
    await sending


async def test_a_request_that_waits_behind_others_goes_out_when_somebody_waits_for_it(
    clock: FakeClock,
) -> None:
    requests = Requests(Attention(clock))
    names = [f"warm-up {number}" for number in range(BACKGROUND_REQUESTS)]
    async with asyncio.TaskGroup() as group:
        with background():
            for name in names:
                group.create_task(requests.send(name))
            with shared_work() as work:
                group.create_task(requests.send("bars"))
            group.create_task(requests.send("late"))
        await clock.settle()
        assert requests.sent == names
        with work.awaited():
            await clock.settle()
        assert requests.sent == [*names, "bars"]
        requests.release.set()
    assert requests.sent == [*names, "bars", "late"]


async def test_a_request_of_background_work_goes_out_in_the_end(clock: FakeClock) -> None:
    requests = Requests(attention := Attention(clock))
    requests.release.set()
    with attention.question(), background():
        sending = asyncio.create_task(requests.send("bars"))
        await clock.settle()
        await clock.advance(round(LONGEST_WAIT_S * 1000) - 1_000)
        assert requests.sent == []
        await clock.advance(1_500)
        await asyncio.wait_for(sending, 1)
