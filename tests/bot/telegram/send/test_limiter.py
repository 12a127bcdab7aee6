"""Telegram's limits on a fake clock: nothing crosses a limit, and one chat's refusal holds up that chat only."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from telegram.error import RetryAfter

from bot.telegram.send.limiter import MAX_CHATS, PerChatRateLimiter
from tests.support.clock import FakeClock

GROUP, OTHER_GROUP, PERSON = -100, -200, 7


class Calls:
    """Notes when each call was let through; refuses the first ones to a chat as ordered."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.moments: list[tuple[object, float]] = []
        self.refusals: dict[object, list[float]] = {}

    async def __call__(self, chat: object) -> bool:
        waiting = self.refusals.get(chat)
        if waiting:
            raise RetryAfter(timedelta(seconds=waiting.pop(0)))
        self.moments.append((chat, self.clock.monotonic()))
        return True

    def of(self, chat: object) -> list[float]:
        return [moment for to, moment in self.moments if to == chat]


@pytest.fixture
def calls(clock: FakeClock) -> Calls:
    return Calls(clock)


@pytest.fixture
def limiter(clock: FakeClock) -> PerChatRateLimiter:
    return PerChatRateLimiter(clock)


def ask(
    limiter: PerChatRateLimiter,
    calls: Calls,
    chat: object,
    endpoint: str = "sendMessage",
    retries: int | None = None,
) -> "asyncio.Task[Any]":
    data = {} if chat is None else {"chat_id": chat}
    return asyncio.ensure_future(limiter.process_request(calls, (chat,), {}, endpoint, data, retries))


def most_within(moments: list[float], seconds: float) -> int:
    return max(sum(1 for later in moments if start <= later < start + seconds) for start in moments)


async def drain(clock: FakeClock, tasks: "list[asyncio.Task[Any]]", step_ms: int, steps: int) -> None:
    await clock.settle()
    for _ in range(steps):
        if all(task.done() for task in tasks):
            break
        await clock.advance(step_ms)
    assert all(task.done() for task in tasks), "still waiting"
    await asyncio.gather(*tasks)


async def test_a_chat_gets_a_small_burst_then_one_per_second(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    tasks = [ask(limiter, calls, PERSON) for _ in range(9)]
    await drain(clock, tasks, 100, 200)
    assert most_within(calls.of(PERSON), 3.0) == 3
    assert calls.of(PERSON)[-1] < 7.0


async def test_a_group_never_gets_more_than_twenty_in_a_minute(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    tasks = [ask(limiter, calls, GROUP) for _ in range(45)]
    await drain(clock, tasks, 1000, 200)
    assert most_within(calls.of(GROUP), 60.0) == 20


async def test_all_chats_together_stay_at_thirty_per_second(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    tasks = [ask(limiter, calls, chat) for chat in range(1, 101)]
    await drain(clock, tasks, 20, 300)
    assert most_within([moment for _, moment in calls.moments], 1.0) == 30
    assert limiter.waited_s > 0


async def test_a_queue_in_one_group_holds_no_place_of_the_overall_limit(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    crowd = [ask(limiter, calls, GROUP) for _ in range(60)]
    await clock.settle()
    await clock.advance(2000)
    single = ask(limiter, calls, PERSON)
    await clock.settle()
    assert single.done()
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)


async def test_a_refusal_in_one_chat_delays_that_chat_only(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    calls.refusals[GROUP] = [30.0]
    refused, behind = ask(limiter, calls, GROUP), ask(limiter, calls, GROUP)
    others = [ask(limiter, calls, PERSON), ask(limiter, calls, OTHER_GROUP)]
    await clock.settle()
    assert all(task.done() for task in others)
    assert not refused.done()
    late = ask(limiter, calls, GROUP)
    await clock.advance(29_000)
    assert not refused.done()
    assert not late.done()
    await drain(clock, [refused, behind, late], 500, 40)
    assert min(calls.of(GROUP)[1:]) >= 30.0 or len(calls.of(GROUP)) == 3
    assert limiter.rejections == 1


async def test_after_the_last_retry_the_refusal_is_raised(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    calls.refusals[PERSON] = [1.0, 1.0]
    task = ask(limiter, calls, PERSON, retries=1)
    await clock.settle()
    await clock.advance(5000)
    with pytest.raises(RetryAfter):
        await task
    assert not calls.moments


async def test_nobody_waits_for_an_hour(clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter) -> None:
    calls.refusals[PERSON] = [3600.0]
    with pytest.raises(RetryAfter):
        await ask(limiter, calls, PERSON)


@pytest.mark.parametrize(("chat", "endpoint"), [(GROUP, "sendChatAction"), (None, "answerCallbackQuery")])
async def test_what_telegram_does_not_count_never_waits(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter, chat: object, endpoint: str
) -> None:
    crowd = [ask(limiter, calls, GROUP) for _ in range(30)]
    quick = [ask(limiter, calls, chat, endpoint) for _ in range(50)]
    await clock.settle()
    assert all(task.done() for task in quick)
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)


async def test_a_refused_call_without_a_chat_waits_alone(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    calls.refusals[None] = [5.0]
    menu, message = ask(limiter, calls, None, "setMyCommands"), ask(limiter, calls, PERSON)
    await clock.settle()
    assert message.done()
    assert not menu.done()
    await drain(clock, [menu], 1000, 6)


async def test_idle_chats_are_forgotten(clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter) -> None:
    for chat in range(MAX_CHATS + 50):
        task = ask(limiter, calls, chat + 1)
        await drain(clock, [task], 2000, 3)
        await clock.advance(500) if chat % 10 == 0 else None
    assert len(limiter._chats) <= MAX_CHATS
