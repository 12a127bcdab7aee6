"""Rate limits on a fake clock: no limit is exceeded, and a 429 response delays calls to its chat only."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from telegram.error import NetworkError, RetryAfter, TelegramError

from bot.telegram.retry_after import UNNAMED_WAIT_S, seconds_of
from bot.telegram.send import limiter as limiter_module
from bot.telegram.send.limiter import FLOOD, ONLY_IF_FREE, PerChatRateLimiter
from tests.support.clock import FakeClock

GROUP, OTHER_GROUP, PERSON = -100, -200, 7


class Calls:
    """Records when each call is made; the first calls to a chat get the 429 responses ordered for it."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.made: list[tuple[object, float]] = []
        self.rejections: dict[object, list[float]] = {}

    async def __call__(self, chat: object) -> bool:
        pending = self.rejections.get(chat)
        if pending:
            raise RetryAfter(timedelta(seconds=pending.pop(0)))
        self.made.append((chat, self.clock.monotonic()))
        return True

    def of(self, chat: object) -> list[float]:
        return [time for to, time in self.made if to == chat]


@pytest.fixture
def calls(clock: FakeClock) -> Calls:
    return Calls(clock)


@pytest.fixture
def limiter(clock: FakeClock) -> PerChatRateLimiter:
    return PerChatRateLimiter(clock)


def call(
    limiter: PerChatRateLimiter,
    calls: Any,
    chat: object,
    endpoint: str = "sendMessage",
    retries: int | None = None,
) -> "asyncio.Task[Any]":
    data = {} if chat is None else {"chat_id": chat}
    return asyncio.ensure_future(limiter.process_request(calls, (chat,), {}, endpoint, data, retries))


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(1 for later in times if start <= later < start + seconds) for start in times)


async def drain(clock: FakeClock, tasks: "list[asyncio.Task[Any]]", step_ms: int, steps: int) -> None:
    await clock.settle()
    for _ in range(steps):
        if all(task.done() for task in tasks):
            break
        await clock.advance(step_ms)
    assert all(task.done() for task in tasks), "still waiting"
    await asyncio.gather(*tasks)


async def cancel(tasks: "list[asyncio.Task[Any]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("endpoint", ["sendMessage", "sendPhoto", "editMessageText", "editMessageMedia"])
async def test_a_chat_gets_a_small_burst_then_one_per_second(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter, endpoint: str
) -> None:
    tasks = [call(limiter, calls, PERSON, endpoint) for _ in range(9)]
    await drain(clock, tasks, 100, 200)
    assert most_within(calls.of(PERSON), 3.25) == 3  # a little more than three seconds: the latency margin
    assert calls.of(PERSON)[2] == 0
    assert calls.of(PERSON)[-1] < 7.0


@pytest.mark.parametrize("group", [GROUP, "@traders"])
async def test_a_group_never_gets_more_than_twenty_in_a_minute(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter, group: object
) -> None:
    tasks = [call(limiter, calls, group) for _ in range(45)]
    await drain(clock, tasks, 1000, 200)
    assert most_within(calls.of(group), 61.0) == 20


async def test_a_person_may_get_more_than_twenty_in_a_minute(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    tasks = [call(limiter, calls, PERSON) for _ in range(45)]
    await drain(clock, tasks, 1000, 60)
    assert most_within(calls.of(PERSON), 60.0) > 40


async def test_all_chats_together_stay_at_thirty_per_second(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    tasks = [call(limiter, calls, chat) for chat in range(1, 101)]
    await drain(clock, tasks, 20, 300)
    assert most_within([time for _, time in calls.made], 1.08) == 30
    assert limiter.waited_s > 0


async def test_calls_waiting_for_one_group_use_nothing_of_the_overall_limit(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    waiting = [call(limiter, calls, GROUP) for _ in range(60)]
    await clock.settle()
    await clock.advance(2000)
    single = call(limiter, calls, PERSON)
    await clock.settle()
    assert single.done()
    await cancel(waiting)


async def test_a_429_response_delays_its_chat_only(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    calls.rejections[GROUP] = [30.0]
    rejected = call(limiter, calls, GROUP)
    others = [call(limiter, calls, PERSON), call(limiter, calls, OTHER_GROUP)]
    await clock.settle()
    assert all(task.done() for task in others)
    late = call(limiter, calls, GROUP)
    await clock.advance(30_000)
    assert calls.of(GROUP) == []
    await clock.advance(100)  # Telegram rounds waiting times down
    await asyncio.gather(rejected, late)
    assert calls.of(GROUP) == [30.1, 30.1]
    assert limiter.refusals == {FLOOD: 1}


@dataclass
class RejectedLater:
    """A call that Telegram answers with 429 after a while."""

    clock: FakeClock
    after_s: float
    wait_s: float

    async def __call__(self, _: object) -> bool:
        await self.clock.sleep(self.after_s)
        raise RetryAfter(timedelta(seconds=self.wait_s))


async def test_the_longest_of_several_waiting_times_holds(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    under_way = [
        call(limiter, RejectedLater(clock, 1.0, 30.0), PERSON, retries=0),
        call(limiter, RejectedLater(clock, 2.0, 5.0), PERSON, retries=0),
    ]
    await clock.settle()
    await clock.advance(2000)
    waiting = call(limiter, calls, PERSON)
    await clock.settle()
    await clock.advance(29_000)
    assert calls.of(PERSON) == []
    await drain(clock, [waiting], 100, 1)
    await cancel(under_way)


async def test_a_waiting_call_waits_on_if_another_429_response_arrives(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    under_way = [
        call(limiter, RejectedLater(clock, 1.0, 10.0), PERSON, retries=0),
        call(limiter, RejectedLater(clock, 5.0, 30.0), PERSON, retries=0),
    ]
    await clock.settle()
    await clock.advance(1000)
    waiting = call(limiter, calls, PERSON)
    await clock.settle()
    await clock.advance(34_000)
    assert calls.of(PERSON) == []
    await drain(clock, [waiting], 100, 1)
    await cancel(under_way)


async def test_after_the_last_retry_the_error_is_raised(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    calls.rejections[PERSON] = [1.0, 1.0]
    task = call(limiter, calls, PERSON, retries=1)
    await clock.settle()
    await clock.advance(5000)
    with pytest.raises(RetryAfter):
        await task
    assert not calls.made


async def test_an_answer_waits_through_many_429_responses_for_an_hour_in_all(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    calls.rejections = {PERSON: [209.0] * 17, GROUP: [209.0] * 18}
    served, failed = call(limiter, calls, PERSON), call(limiter, calls, GROUP)
    await clock.settle()
    for _ in range(18):
        await clock.advance(209_200)
    assert await served
    with pytest.raises(RetryAfter):
        await failed
    assert calls.of(GROUP) == []


async def test_what_would_wait_longer_than_an_hour_is_an_error_at_once_for_later_calls_too(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    calls.rejections[PERSON] = [3600.0]
    with pytest.raises(RetryAfter):
        await call(limiter, calls, PERSON)
    await clock.advance(0)
    with pytest.raises(RetryAfter) as caught:
        await call(limiter, calls, PERSON)
    assert seconds_of(caught.value) == pytest.approx(3600.1)
    await clock.advance(1000)
    waiting = call(limiter, calls, PERSON)
    await clock.settle()
    await clock.advance(3600_000)
    assert await waiting


@pytest.mark.parametrize(
    ("error", "wait_s"),
    [
        (
            NetworkError(
                "Too Many Requests: retry after 7. The server response contained ... {'adaptive': 7}"
            ),
            7,
        ),
        (NetworkError("too many requests"), UNNAMED_WAIT_S),
    ],
)
async def test_a_429_response_that_the_library_does_not_know_is_waited_for(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter, error: NetworkError, wait_s: float
) -> None:
    answers: list[TelegramError] = [error]

    async def reject_once(chat: object) -> bool:
        if answers:
            raise answers.pop()
        return await calls(chat)

    waiting = call(limiter, reject_once, PERSON)
    await clock.settle()
    await clock.advance(round(wait_s * 1000))
    assert not calls.made
    await clock.advance(100)
    assert await waiting


async def test_other_errors_pass_at_once(limiter: PerChatRateLimiter) -> None:
    async def fail(_: object) -> bool:
        raise NetworkError("Bad Gateway")

    with pytest.raises(NetworkError, match="Bad Gateway"):
        await call(limiter, fail, PERSON)
    assert limiter.refusals == {"other": 1}


async def test_a_call_without_a_chat_waits_at_most_two_minutes(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    calls.rejections[None] = [120.0]
    with pytest.raises(RetryAfter):
        await call(limiter, calls, None, "answerCallbackQuery")
    calls.rejections[None] = [119.0]
    waiting = call(limiter, calls, None, "answerCallbackQuery")
    await clock.settle()
    await clock.advance(120_000)
    assert await waiting


@pytest.mark.parametrize(
    ("chat", "endpoint"),
    [(GROUP, "sendChatAction"), (GROUP, "deleteMessage"), (None, "answerCallbackQuery")],
)
async def test_what_telegram_does_not_count_never_waits(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter, chat: object, endpoint: str
) -> None:
    waiting = [call(limiter, calls, GROUP) for _ in range(30)]
    uncounted = [call(limiter, calls, chat, endpoint) for _ in range(50)]
    await clock.settle()
    assert all(task.done() for task in uncounted)
    await cancel(waiting)


async def test_a_429_response_to_a_call_without_a_chat_delays_only_that_call(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    calls.rejections[None] = [5.0]
    menu, message = call(limiter, calls, None, "setMyCommands"), call(limiter, calls, PERSON)
    await clock.settle()
    assert message.done()
    await clock.advance(5000)
    assert not menu.done()
    await drain(clock, [menu], 100, 1)


async def test_only_idle_chats_are_forgotten(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter_module, "MAX_CHATS", 3)
    calls.rejections[PERSON] = [100.0]
    blocked = call(limiter, calls, PERSON)
    await clock.settle()
    await drain(clock, [call(limiter, calls, chat) for chat in range(100, 110)], 100, 10)
    later = call(limiter, calls, PERSON)
    await clock.advance(100_000)
    assert calls.of(PERSON) == []
    await clock.advance(100)
    await asyncio.gather(blocked, later)
    await clock.advance(60_000)
    await drain(clock, [call(limiter, calls, 200)], 100, 1)
    assert len(limiter._chats) <= 3


@pytest.mark.parametrize(("chat", "most"), [(PERSON, 20), (GROUP, 10)])
async def test_what_is_made_only_if_free_leaves_room_for_answers(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter, chat: int, most: int
) -> None:
    refused = 0
    for _ in range(20):
        edit = call(limiter, calls, chat, "editMessageText", ONLY_IF_FREE)
        await clock.settle()
        refused += edit.done() and edit.exception() is not None
        await clock.advance(2900)
    assert (len(calls.made), refused) == (most, 20 - most)
    before = clock.monotonic()
    await drain(clock, [call(limiter, calls, chat)], 100, 10)
    assert clock.monotonic() == before


async def test_what_is_made_only_if_free_does_not_wait_for_a_flood_limit_or_behind_answers(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    calls.rejections[GROUP] = [5.0]
    for chat, before in ((GROUP, 0), (PERSON, 2)):
        await drain(clock, [call(limiter, calls, chat) for _ in range(before)], 100, 10)
        edits = [call(limiter, calls, chat, "editMessageText", ONLY_IF_FREE) for _ in range(2)]
        await clock.settle()
        assert [isinstance(edit.exception(), RetryAfter) for edit in edits] == [True, True]
    assert calls.of(GROUP) == []


async def test_a_chat_has_room_while_less_than_half_of_each_limit_is_used_up(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    assert limiter.has_room(PERSON)
    await drain(clock, [call(limiter, calls, PERSON) for _ in range(2)], 1, 10)
    assert (limiter.has_room(PERSON), limiter.has_room(GROUP)) == (False, True)
    await clock.advance(4_000)
    assert limiter.has_room(PERSON)
    calls.rejections[GROUP] = [5.0]
    refused = call(limiter, calls, GROUP)
    await clock.settle()
    assert not limiter.has_room(GROUP)
    await drain(clock, [refused], 1_000, 10)


@pytest.mark.parametrize(("lent_s", "most"), [(0.0, 20), (100.0, 18)])
async def test_what_is_lent_to_another_process_counts_until_it_is_taken_back_and_from_then_on_as_sent(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter, lent_s: float, most: int
) -> None:
    lent = [limiter.lend(GROUP) for _ in range(2)]
    assert limiter.lend(GROUP) is None
    waiting = [call(limiter, calls, GROUP) for _ in range(60)]
    await clock.settle()
    await clock.advance(round(lent_s * 1000))
    back_s = clock.monotonic()
    for windows in lent:
        assert windows is not None
        limiter.take_back(windows)
    await drain(clock, waiting, 500, 1000)
    sent = [*calls.of(GROUP), back_s, back_s]
    assert most_within(sorted(sent), 61.0) == 20
    assert most_within(sorted(sent), 3.25) == 3
    assert most_within([one for one in calls.of(GROUP) if one <= lent_s], 61.0) <= most


async def test_what_is_lent_to_another_process_counts_for_all_chats_together(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter
) -> None:
    lent = [windows for chat in range(1, 40) if (windows := limiter.lend(chat)) is not None]
    assert len(lent) == 15  # half is left for answers
    tasks = [call(limiter, calls, chat) for chat in range(100, 150)]
    await clock.settle()
    assert len(calls.made) == 15
    await drain(clock, tasks, 20, 200)
    assert most_within([time for _, time in calls.made], 1.01) == 15


async def test_a_chat_with_room_lent_is_not_forgotten(
    clock: FakeClock, calls: Calls, limiter: PerChatRateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter_module, "MAX_CHATS", 1)
    assert limiter.lend(PERSON) is not None
    assert limiter.lend(PERSON) is not None
    await drain(clock, [call(limiter, calls, GROUP)], 100, 1)
    await clock.advance(100_000)
    assert limiter.lend(PERSON) is None
    assert limiter.lend(PERSON, always=True) is not None
