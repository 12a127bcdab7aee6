"""One reader over all providers: order, replacement, cadence, what was known when, and no revised past."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.onchain_api.server import DAY, NOW, Scripted
from tests.store.databases import fresh_sqlite
from tests.support.clock import FakeClock
from utils.http.errors import Rejected, Unavailable
from utils.onchain_api.facts import ETF, SOPR, Offer
from utils.onchain_api.reader import OnchainReader
from utils.providers import DailyProvider
from utils.store.store import Store, open_store
from utils.units import HOUR_MS

BTC = frozenset({"BTC"})
OFFER = Offer(SOPR, BTC, HOUR_MS)
TODAY = NOW // DAY * DAY


def days(last: int, count: int = 5, value: float = 1.0) -> dict[int, float]:
    return {last - n * DAY: value for n in range(count)}


def reader(*providers: Scripted, clock: FakeClock, store: Store | None = None) -> OnchainReader:
    return OnchainReader(providers, lambda: store, clock=clock, now_ms=clock.now_ms)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(TODAY + 2 * HOUR_MS)


@pytest.fixture
def first() -> Scripted:
    made = Scripted("first", OFFER)
    made.days = days(TODAY - DAY)
    return made


@pytest.fixture
def second() -> Scripted:
    made = Scripted("second", OFFER)
    made.days = days(TODAY - DAY, value=2.0)
    return made


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(fresh_sqlite(tmp_path)) as made:
        yield made


async def value(of: OnchainReader, as_of: int | None = None) -> tuple[str, float, int]:
    found = await of.topic(SOPR, "BTC", as_of=as_of)
    series = found.series["sopr"]
    return found.title, float(series.value[-1]), int(series.time[-1])


async def test_the_first_provider_is_asked_and_the_second_is_not(
    clock: FakeClock, first: Scripted, second: Scripted
) -> None:
    made = reader(first, second, clock=clock)
    assert isinstance(made, DailyProvider)
    assert await value(made) == ("First", 1.0, TODAY - DAY)
    assert second.calls == []


async def test_a_dead_provider_is_replaced_and_comes_back(
    clock: FakeClock, first: Scripted, second: Scripted
) -> None:
    made, first.fault = reader(first, second, clock=clock), Unavailable("first", "down")
    assert (await value(made))[0] == "Second"
    first.fault = None
    await clock.advance(60_000)
    assert (await value(made))[0] == "First"


async def test_a_late_provider_is_replaced_by_one_that_is_not(
    clock: FakeClock, first: Scripted, second: Scripted
) -> None:
    first.days = days(TODAY - 4 * DAY)
    made = reader(first, second, clock=clock)
    assert await value(made) == ("Second", 2.0, TODAY - DAY)


async def test_the_only_provider_may_be_late_and_its_value_is_old(clock: FakeClock, first: Scripted) -> None:
    first.days = days(TODAY - 9 * DAY)
    assert await value(reader(first, clock=clock)) == ("First", 1.0, TODAY - 9 * DAY)


async def test_weekends_are_not_late(clock: FakeClock) -> None:
    made = Scripted("etf", Offer(ETF, BTC, DAY, weekdays_only=True))
    other = Scripted("other", Offer(ETF, BTC, DAY, weekdays_only=True))
    made.days, other.days = days(TODAY - 4 * DAY), days(TODAY - DAY)
    found = await reader(made, other, clock=clock).topic(ETF, "BTC", as_of=None)
    assert found.title == "Etf"


async def test_all_dead_is_said_and_what_was_seen_before_stands_in(clock: FakeClock, first: Scripted) -> None:
    made, first.fault = reader(first, clock=clock), Unavailable("first", "down")
    with pytest.raises(Unavailable, match="no values from First"):
        await value(made)
    first.fault = None
    await clock.advance(60_000)
    await value(made)
    first.fault = Unavailable("first", "down")
    await clock.advance(3 * DAY)
    assert await value(made) == ("First", 1.0, TODAY - DAY)


async def test_a_provider_is_asked_by_its_cadence_and_late_values_again_after_a_while(
    clock: FakeClock, first: Scripted
) -> None:
    made = reader(first, clock=clock)
    for _ in range(3):
        await value(made)
        await clock.advance(5 * HOUR_MS)
    assert first.calls == [first.calls[0]]
    await clock.advance(DAY - 15 * HOUR_MS)  # the next day should be known now, and is not
    for _ in range(3):
        await value(made)
        await clock.advance(HOUR_MS // 2)
    assert len(first.calls) == 3
    assert first.calls[1] == TODAY - DAY - 10 * DAY


async def test_a_past_moment_sees_what_was_known_then(clock: FakeClock, first: Scripted) -> None:
    made = reader(first, clock=clock)
    assert await value(made, TODAY - 2 * DAY + HOUR_MS) == ("First", 1.0, TODAY - 3 * DAY)
    assert await value(made, TODAY - 2 * DAY + HOUR_MS - 1) == ("First", 1.0, TODAY - 4 * DAY)
    with pytest.raises(Unavailable):
        await value(made, TODAY - 30 * DAY)


async def test_the_running_day_is_left_out(clock: FakeClock, first: Scripted) -> None:
    first.days[TODAY] = 99.0
    assert await value(reader(first, clock=clock)) == ("First", 1.0, TODAY - DAY)


@pytest.mark.parametrize("kept", [True, False])
async def test_a_revision_does_not_reach_the_past(
    clock: FakeClock, first: Scripted, store: Store, kept: bool
) -> None:
    made = reader(first, clock=clock, store=store if kept else None)
    await value(made)
    first.days = days(TODAY, count=6, value=7.0)
    await clock.advance(DAY)
    found = (await made.topic(SOPR, "BTC", as_of=None)).series["sopr"]
    assert found.value.tolist() == [1.0] * 5 + [7.0]


@pytest.mark.parametrize("kept", [True, False])
async def test_a_late_value_became_known_after_the_reading_that_missed_it(
    clock: FakeClock, first: Scripted, store: Store, kept: bool
) -> None:
    made = reader(first, clock=clock, store=store if kept else None)
    await value(made)
    await clock.advance(DAY)  # the day before should be known, and is not
    await value(made)
    first.days[TODAY] = 3.0
    await clock.advance(2 * HOUR_MS)
    assert await value(made) == ("First", 3.0, TODAY)
    found = (await made.topic(SOPR, "BTC", as_of=None)).series["sopr"]
    assert int(found.known_at[-1]) == clock.now_ms()
    assert await value(made, clock.now_ms() - 1) == ("First", 1.0, TODAY - DAY)


async def test_what_was_seen_survives_a_restart(clock: FakeClock, first: Scripted, store: Store) -> None:
    await value(reader(first, clock=clock, store=store))
    again = Scripted("first", OFFER)
    assert await value(reader(again, clock=clock, store=store)) == ("First", 1.0, TODAY - DAY)
    assert again.calls == []


async def test_a_key_that_is_not_set_is_named_with_what_it_adds(clock: FakeClock, first: Scripted) -> None:
    locked = Scripted("locked", OFFER, Offer(ETF, BTC, DAY), key="LOCKED_API_KEY", has_access=False)
    made = reader(locked, first, clock=clock)
    (missing,) = made.missing_keys("BTC")
    assert (missing.title, missing.setting, missing.topics) == ("Locked", "LOCKED_API_KEY", (SOPR, ETF))
    assert made.missing_keys("DOGE") == ()
    assert (await value(made))[0] == "First"
    assert locked.calls == []


async def test_what_nobody_delivers_is_a_rejected_question(clock: FakeClock, first: Scripted) -> None:
    made = reader(first, clock=clock)
    with pytest.raises(Rejected, match="no provider delivers sopr of 'DOGE'"):
        await made.topic(SOPR, "DOGE", as_of=None)
    with pytest.raises(Rejected, match=r"no series .sopr\.nothing\.BTC."):
        await made.series("sopr.nothing.BTC", 0, NOW, as_of=None)


async def test_a_series_is_a_window_of_a_fact(clock: FakeClock, first: Scripted) -> None:
    found = await reader(first, clock=clock).series("sopr.sopr.BTC", TODAY - 3 * DAY, TODAY - DAY, as_of=None)
    assert found.time.tolist() == [TODAY - 3 * DAY, TODAY - 2 * DAY]
    assert found.source == "first"
