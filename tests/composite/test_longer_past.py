"""The year before an answer's past: computed while nobody waits, used when it is whole, bounded, retried."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from structlog.testing import capture_logs

from analysis.arrays import Times
from analysis.framework.past_reader import ReadPast
from analysis.framework.question import Request
from analysis.framework.result import Analysis
from analysis.framework.scalar_past import ScalarPast
from analysis.registry import MODULES
from composite.defaults import default_specs
from composite.longer_past import HELD_S, MOST_WANTED, RETRY_S, LongerPast, year_bars
from composite.service import CompositeService
from tests.composite.answers import HOUR, MIDNIGHT, answer_with
from tests.support.clock import FakeClock
from utils.http.errors import Unavailable
from utils.priority import Urgency, urgency

SCALARS: Final = {
    "trend": "trend.direction",
    "regime": "regime.stress",
    "redet": "redet.surprise",
    "flow": "flow.pressure",
}
YEAR: Final = 8_760
DOWN: Final = Unavailable("made.up", "not now")


def closes(count: int, *, until: int = 0) -> Times:
    """The last hourly closes up to some hours after midnight."""
    return MIDNIGHT + HOUR * np.arange(until - count + 1, until + 1, dtype=np.int64) - 1


def answer(module: str = "trend", *, hour: int = 0, rows: int = 400) -> Analysis:
    made = answer_with(module, SCALARS[module], closes(rows, until=hour), np.full(rows, 0.5))
    return replace(made, scalars=(replace(made.scalars[0], kind="p_value"),))


class Reads:
    """A reader of made pasts, or of errors by module; without ``go`` it waits."""

    def __init__(self) -> None:
        self.read_of: list[tuple[str, Request, int]] = []
        self.urgencies: list[Urgency] = []
        self.errors: dict[str, Exception] = {}
        self.digest: str | None = None
        self.hour = 0
        self.under_way = 0
        self.go = asyncio.Event()
        self.go.set()

    async def read(self, module_id: str, request: Request, rows: int) -> ReadPast:
        self.read_of.append((module_id, request, rows))
        self.urgencies.append(urgency())
        self.under_way += 1
        try:
            await self.go.wait()
        finally:
            self.under_way -= 1
        if module_id in self.errors:
            raise self.errors[module_id]
        ranks = np.linspace(0.2, 0.9, rows)
        past = ScalarPast(closes(rows, until=self.hour), {SCALARS[module_id]: ranks})
        return ReadPast(self.digest or answer().config_hash, past)


@pytest.fixture
def reads() -> Reads:
    return Reads()


async def at_once() -> None:
    """Nobody waits for an answer."""


@asynccontextmanager
async def running(
    reads: Reads,
    clock: FakeClock,
    *,
    quiet: Callable[[], "asyncio.Future[None]"] | None = None,
    most_bytes: int = 8_000_000,
) -> AsyncIterator[LongerPast]:
    made = LongerPast(reads, MODULES, clock=clock, quiet=quiet or at_once, most_bytes=most_bytes)
    task = asyncio.create_task(made.run())
    yield made
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def test_the_first_question_has_a_short_past_and_later_ones_the_year(
    reads: Reads, clock: FakeClock
) -> None:
    async with running(reads, clock) as longer:
        assert longer.of([answer()], live=True) == {}
        await clock.settle()
        (past,) = longer.of([answer()], live=True).values()
        assert (len(past.time), int(past.time[-1])) == (YEAR, answer().bar_close)
        await clock.settle()
    assert reads.read_of == [("trend", Request("BTCUSDT", "1h"), YEAR)]


async def test_it_is_computed_for_nobody_who_waits_one_at_a_time(reads: Reads, clock: FakeClock) -> None:
    waits: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    reads.go.clear()
    async with running(reads, clock, quiet=lambda: waits) as longer:
        longer.of([answer("trend"), answer("regime"), answer("redet")], live=True)
        await clock.settle()
        assert reads.read_of == []
        waits.set_result(None)
        await clock.settle()
        assert (reads.under_way, longer.waiting) == (1, 3)
        reads.go.set()
        await clock.settle()
        assert (reads.under_way, longer.waiting) == (0, 0)
    assert [module for module, _, _ in reads.read_of] == ["trend", "regime", "redet"]
    assert set(reads.urgencies) == {Urgency.BACKGROUND}


async def test_no_year_is_used_before_all_have_theirs(reads: Reads, clock: FakeClock) -> None:
    reads.errors["regime"] = DOWN
    both = [answer("trend"), answer("regime")]
    async with running(reads, clock) as longer:
        longer.of(both, live=True)
        await clock.settle()
        assert longer.of(both, live=True) == {}
        assert list(longer.of(both[:1], live=True)) == ["trend"]
        assert list(longer.of([both[0], answer("flow")], live=True)) == ["trend"]


async def test_what_is_kept_is_bounded_in_bytes_and_the_longest_unused_goes(
    reads: Reads, clock: FakeClock
) -> None:
    one, bound = 2 * 8 * YEAR, 5 * 8 * YEAR  # a time and a scalar
    coins = [replace(answer(), symbol=symbol) for symbol in ("ONE", "TWO", "THREE")]
    async with running(reads, clock, most_bytes=bound) as longer:
        for coin in coins:
            longer.of([coin], live=True)
            await clock.settle()
            assert longer.kept_bytes <= bound
            await clock.advance(round(500 * HELD_S))
        assert longer.kept_bytes == 2 * one
        assert [bool(longer.of([coin], live=False)) for coin in coins] == [False, True, True]


async def test_more_than_fits_is_not_computed_again_and_again(reads: Reads, clock: FakeClock) -> None:
    coins = [[replace(answer(), symbol=symbol)] for symbol in ("ONE", "TWO", "THREE")]
    async with running(reads, clock, most_bytes=5 * 8 * YEAR) as longer:

        async def asked_about_all() -> list[bool]:
            found = [bool(longer.of(coin, live=True)) for coin in coins]
            await clock.settle()
            return found

        await asked_about_all()  # all are wanted, as nothing is kept yet
        for _ in range(20):
            assert await asked_about_all() == [True, True, False]
            await clock.advance(round(100 * HELD_S))
        assert [request.symbol for _, request, _ in reads.read_of] == ["ONE", "TWO"]
        for _ in range(2):
            await clock.advance(round(600 * HELD_S))
            assert longer.of(coins[1], live=True)
        longer.of(coins[2], live=True)
        await clock.settle()
        assert [request.symbol for _, request, _ in reads.read_of] == ["ONE", "TWO", "THREE"]
        assert [bool(longer.of(coin, live=False)) for coin in coins] == [False, True, True]


async def test_what_is_of_no_use_alone_makes_room(reads: Reads, clock: FakeClock) -> None:
    reads.errors["regime"] = DOWN
    both = [answer("trend"), answer("regime")]
    other = [replace(answer("redet"), symbol="ETHUSDT")]
    async with running(reads, clock, most_bytes=3 * 8 * YEAR) as longer:
        for _ in range(3):
            assert longer.of(both, live=True) == {}
            assert longer.of(other, live=True) == {}
            await clock.settle()
            await clock.advance(round(400 * HELD_S))
        longer.of(other, live=True)
        await clock.settle()
        assert list(longer.of(other, live=True)) == ["redet"]


async def test_no_more_is_wanted_at_once_than_fits(reads: Reads, clock: FakeClock) -> None:
    reads.go.clear()
    async with running(reads, clock) as longer:
        for place in range(2 * MOST_WANTED):
            longer.of([replace(answer(), symbol=f"C{place}USDT")], live=True)
        assert longer.waiting == MOST_WANTED


@pytest.mark.parametrize("error", [DOWN, ValueError("a defect")])
async def test_a_failure_is_said_once_and_tried_again_later(
    reads: Reads, clock: FakeClock, error: Exception
) -> None:
    reads.errors["trend"] = error

    async def asked_after(seconds: float) -> int:
        await clock.advance(round(1000 * seconds))
        longer.of([answer()], live=True)
        await clock.settle()
        return len(reads.read_of)

    async with running(reads, clock) as longer:
        with capture_logs() as logs:
            assert await asked_after(0) == 1
            assert await asked_after(RETRY_S - 1) == 1
            assert await asked_after(1) == 2
            assert [(line["event"], line["module"]) for line in logs] == [("ranks have no year yet", "trend")]
            assert (logs[0]["exc_info"] is None) == isinstance(error, Unavailable)
        del reads.errors["trend"]
        assert await asked_after(RETRY_S) == 3
        assert longer.of([answer()], live=True)


async def test_an_answers_own_past_goes_on_and_the_year_is_renewed_before_they_come_apart(
    reads: Reads, clock: FakeClock
) -> None:
    async with running(reads, clock) as longer:

        async def asked_at(hour: int) -> bool:
            found = longer.of([answer(hour=hour)], live=True)
            await clock.settle()
            return bool(found)

        assert [await asked_at(0), await asked_at(150)] == [False, True]
        assert len(reads.read_of) == 1
        reads.errors["trend"] = DOWN
        assert await asked_at(400)  # its first row follows the last one of the year
        assert len(reads.read_of) == 2
        assert not await asked_at(402)
        del reads.errors["trend"]
        reads.hour = 402
        await clock.advance(round(1000 * RETRY_S))
        assert not await asked_at(402)
        assert await asked_at(402)


async def test_the_drawn_bars_alone_are_a_past_that_can_be_longer(reads: Reads, clock: FakeClock) -> None:
    async with running(reads, clock) as longer:
        longer.of([answer("redet", rows=300)], live=True)
        await clock.settle()
        assert list(longer.of([answer("redet", rows=300)], live=True)) == ["redet"]


async def test_a_past_moment_starts_nothing_and_knows_nothing_later(reads: Reads, clock: FakeClock) -> None:
    early = answer(hour=-2_000)
    async with running(reads, clock) as longer:
        assert longer.of([early], live=False) == {}
        await clock.settle()
        assert reads.read_of == []
        longer.of([answer()], live=True)
        await clock.settle()
        assert list(longer.of([early], live=False)) == ["trend"]


async def test_what_another_configuration_said_is_not_used(reads: Reads, clock: FakeClock) -> None:
    reads.digest = "another"
    async with running(reads, clock) as longer:
        longer.of([answer()], live=True)
        await clock.settle()
        assert longer.of([answer()], live=False) == {}
        assert longer.of([replace(answer(), config_hash="another")], live=False)


@pytest.mark.parametrize(
    "one",
    [
        answer("flow"),
        answer(rows=299),
        answer(rows=YEAR),
        replace(answer(), past=replace(answer().past, time=closes(0))),
    ],
    ids=["needs more than bars", "begins with its listing", "has a year", "has no past"],
)
async def test_nothing_is_computed_that_could_not_be_longer(
    reads: Reads, clock: FakeClock, one: Analysis
) -> None:
    async with running(reads, clock) as longer:
        assert longer.of([one], live=True) == {}
        await clock.settle()
    assert reads.read_of == []


@pytest.mark.parametrize(
    ("interval", "bars"), [("1m", 3_000), ("15m", 8_784), ("1h", YEAR), ("4h", 2_190), ("1w", 52)]
)
def test_a_year_of_short_bars_is_shorter(interval: str, bars: int) -> None:
    assert year_bars(interval) == bars


class Answers:
    """A runner of module J alone."""

    def __init__(self, found: Analysis) -> None:
        self.found = found

    async def run(self, module_id: str, request: Request) -> Analysis:
        if module_id != "redet":
            raise DOWN
        return self.found


NOW: Final = Request("BTCUSDT", "1h")


async def test_a_score_is_answered_at_once_and_names_the_days_it_compares_with(
    reads: Reads, clock: FakeClock
) -> None:
    reads.go.clear()
    async with running(reads, clock) as longer:
        made = CompositeService(Answers(answer("redet")), MODULES, default_specs, clock=clock, pasts=longer)
        first = await made.score("anomaly_alert", NOW)
        assert [note.text for note in first.notes] == ["ranks compare with the last 17 days"]
        assert first.percentile == 0.5
        reads.go.set()
        await clock.settle()
        later = await made.score("anomaly_alert", NOW)
    assert later.notes == ()
    assert later.percentile is not None
    assert later.percentile != first.percentile
    assert (later.raw, later.score) == (first.raw, first.score)
    assert len(later.series["raw"]) == len(first.series["raw"]) == 301


async def test_a_score_of_a_past_moment_has_only_rows_before_it(reads: Reads, clock: FakeClock) -> None:
    early = answer("redet", hour=-2_000)
    asked = replace(NOW, as_of=early.as_of)
    async with running(reads, clock) as longer:
        made = CompositeService(Answers(early), MODULES, default_specs, clock=clock, pasts=longer)
        short = await made.score("anomaly_alert", asked)
        longer.of([answer("redet")], live=True)
        await clock.settle()
        found = await made.score("anomaly_alert", asked)
    assert [note.text for note in short.notes] == ["ranks compare with the last 17 days"]
    assert [note.text for note in found.notes] == ["ranks compare with the last 282 days"]
    assert [round(one.rank_days or 0) for one in (short, found)] == [17, 282]
    assert found.series["time"][-1] == asked.as_of
    earlier = np.linspace(0.2, 0.9, YEAR)[: YEAR - 2_000 - 400]
    surprise = np.concatenate([earlier, np.full(399, 0.5)])
    # a smaller p-value is a larger score
    assert found.percentile == pytest.approx(
        ((surprise > 0.5).sum() + (surprise == 0.5).sum() / 2) / len(surprise)
    )
