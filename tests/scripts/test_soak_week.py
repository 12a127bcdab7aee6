"""The week in small: some hours under a quick clock, and a judge that notices what is wrong."""

from dataclasses import replace

import pytest

from scripts.week.ground import Ground, Kind, WatchedChat, digests_due, fires
from scripts.week.judge import WeekSeen, lines, tally, wrong
from scripts.week.plan import DST_MS, WeekPlan
from scripts.week.readings import Wave
from scripts.week.received import Received
from scripts.week.run import run_week
from utils.units import HOUR_MS, MINUTE_MS

SMALL = WeekPlan(
    days=0.25, symbols=12, chats=8, alerts=48, seed=2, interval="15m", commands=4, priced=1, measured=2
)
BTC, CHAT = "BTCUSDT", 7
UP = Kind("trend > 0.8 cooldown 210m", "up", "trend")


def _seen(*pushes: int, kind: Kind = UP, gone: tuple[tuple[int, int], ...] = ()) -> WeekSeen:
    """A chat with one alert, whose value is up twice, and the pushes (bars after the start) that came."""
    wave = Wave(tuple(SMALL.at(bar) for bar in (2, 4, 14, 24)))
    chat = WatchedChat(CHAT, CHAT, "private", "UTC", is_quiet=False, alerts={BTC: kind}, gone=list(gone))
    ground = Ground(SMALL, [BTC], {("trend", BTC): wave}, [chat], {CHAT: chat})
    received = Received(begun_ms=[SMALL.start_ms])
    received.pushes[CHAT, BTC] = [SMALL.at(bar) + MINUTE_MS for bar in pushes]
    return WeekSeen(SMALL, ground, received)


def test_each_push_at_its_moment_is_right() -> None:
    assert list(wrong(_seen(2, 14))) == []
    assert tally(_seen(2, 14)).latest_s == 60
    long = Kind("trend > 0.8 for 60m cooldown 210m", "long", "trend")
    assert list(wrong(_seen(18, kind=long))) == []


@pytest.mark.parametrize(
    ("pushes", "said"),
    [((2,), "pushes lost"), ((2, 2, 14), "pushes doubled"), ((0, 2, 14), "pushes unexpected")],
)
def test_a_push_too_few_or_too_many_is_wrong(pushes: tuple[int, ...], said: str) -> None:
    (complaint,) = wrong(_seen(*pushes))
    assert said in complaint


def test_what_a_killed_process_had_sent_may_come_twice_and_is_counted() -> None:
    seen = _seen(2, 2, 14)
    seen.twice_after_kill[CHAT, BTC] = 1
    assert list(wrong(seen)) == []
    assert tally(seen).by_kill == 1
    assert "1 twice because of a kill" in "\n".join(lines(seen))


def test_nothing_comes_to_a_chat_that_is_away() -> None:
    away = ((SMALL.at(10), SMALL.at(23)),)
    assert list(wrong(_seen(2, gone=away))) == []
    (complaint,) = wrong(_seen(2, 14, gone=away))
    assert "while away" in complaint


def test_other_complaints() -> None:
    seen = _seen(2, 14)
    seen.received.questions[CHAT] = 2
    seen.received.answers[CHAT] = 1
    seen.violations["Telegram: send"] = 1
    seen.failures["alerts"] = 1
    seen.waiting = 3
    seen.memory_mb = [100.0] * 6 + [150.0] * 2
    said = "\n".join(wrong(seen))
    for part in (
        "without an answer",
        "refused: Telegram",
        "internal errors",
        "still wait",
        "memory grew",
    ):
        assert part in said


def test_a_digest_comes_once_in_the_night_in_which_its_hour_comes_twice() -> None:
    plan = replace(SMALL, days=2.0, interval="1h")
    assert digests_due(plan, "Europe/Berlin", 150) == [DST_MS - HOUR_MS // 2]
    assert len(digests_due(replace(plan, days=7.0), "America/New_York", 480)) == 7


def test_an_alert_that_is_always_true_fires_once_a_cycle() -> None:
    always = Kind("price > 0.00000001 cooldown 360m", "always")
    assert fires(replace(SMALL, days=0.5), always, None) == [
        replace(SMALL, days=0.5).at(bar) for bar in (0, 24)
    ]


@pytest.mark.slow
async def test_hours_of_faults_loses_and_doubles_nothing() -> None:
    seen = await run_week(SMALL)
    assert list(wrong(seen)) == []
    assert tally(seen).expected > 5
    assert seen.received.questions.total() > 0
    assert {"database", "exchange", "jump", "kill", "migrate", "stop", "telegram"} <= seen.faults.keys()
