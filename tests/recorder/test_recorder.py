"""Recording on both databases over real sockets: complete, resumable, bounded, and quiet about lasting faults."""

import asyncio
import dataclasses
import random
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from structlog.testing import capture_logs

from config.c_record import RecordConfig
from tests.recorder.conftest import ON_SQLITE, SMALL, recorder_of, ticks
from tests.recorder.exchange import (
    DAY,
    HOUR,
    MINUTE,
    SETTLED_BESIDE,
    Positioning,
    open_interest,
    option_names,
)
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from utils.binance_api.answers import Answer
from utils.binance_api.binance_a import BinanceAggregator
from utils.http.errors import Unavailable
from utils.option_chain import OptionChain
from utils.providers import ProviderSeries
from utils.recorder import names
from utils.recorder.option_figures import Beside
from utils.recorder.recorder import Recorder
from utils.store.observations import Observation, Observations, Window
from utils.store.store import Store

OI_1H = names.per_period(names.OPEN_INTEREST_BASE, "1h")
CATCH_UP = 4


async def everything(store: Store, name: str, symbol: str = "BTCUSDT") -> Window:
    return await store.observations.window(name, symbol, 0, 2**62, as_of=2**62)


def newest(now: int, step: int = HOUR) -> int:
    return now // step * step


async def test_a_first_start_catches_up_thirty_days_and_stays_current(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    recorder = recorder_of(store, aggregator, clock)
    await ticks(recorder, clock, CATCH_UP)
    found = await everything(store, OI_1H)
    assert np.all(np.diff(found.ts) == HOUR)
    assert found.ts[-1] == newest(clock.now_ms())
    assert found.ts[0] <= clock.now_ms() - 28 * DAY
    np.testing.assert_array_equal(found.known_at, found.ts)
    np.testing.assert_array_equal(found.value, [open_interest(int(t)) for t in found.ts])
    for name in (names.GLOBAL_ACCOUNTS, names.TOP_ACCOUNTS, names.TOP_POSITIONS, names.OPEN_INTEREST_USD):
        np.testing.assert_array_equal(
            (await everything(store, names.per_period(name, "1h"), "1000SHIBUSDT")).ts, found.ts
        )
    await clock.advance(2 * HOUR)
    await ticks(recorder, clock, 1)
    assert (await everything(store, OI_1H)).ts[-1] == newest(clock.now_ms())


async def test_taker_volume_is_known_when_its_period_has_ended(
    store: Store, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    await ticks(recorder_of(store, aggregator, clock), clock, CATCH_UP)
    bought = await everything(store, names.per_period(names.TAKER_BUY, "1h"))
    np.testing.assert_array_equal(bought.known_at, bought.ts + HOUR)
    assert bought.known_at[-1] <= clock.now_ms()
    assert bought.ts[-1] == newest(clock.now_ms()) - HOUR


async def test_funding_mark_index_and_options_are_kept(
    store: Store, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    begun = clock.now_ms()
    await ticks(recorder_of(store, aggregator, clock), clock, CATCH_UP)
    funding = await everything(store, names.FUNDING)
    assert np.all(np.diff(funding.ts) == 8 * HOUR)
    assert np.all(funding.ts % HOUR == SETTLED_BESIDE)
    assert len(funding) == SMALL.keep_days * 3
    np.testing.assert_array_equal(funding.known_at, funding.ts)
    for name, value in ((names.MARK, 101.0), (names.INDEX, 100.0), (names.RUNNING_FUNDING, 0.0002)):
        seen = await everything(store, name, "1000SHIBUSDT")
        assert seen.value.tolist() == [value]
        assert seen.known_at[0] >= seen.ts[0] >= begun
    assert len(await everything(store, names.MARK, "OTHERUSDT")) == 0
    summary = await store.option_summaries.latest("binance", "BTCUSDT", as_of=clock.now_ms())
    assert summary is not None
    assert summary.figures["atm_iv_30d_pct"] == pytest.approx(50.0)
    assert summary.figures["open_interest_base"] == 60.0
    assert len(summary.surface) == 2


async def test_the_chains_of_the_second_source_are_kept_beside_the_first(
    store: Store, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    asked: list[str] = []

    class Second:
        async def option_chain(self, asset: str) -> Answer[OptionChain]:
            asked.append(asset)
            if len(asked) == 2:
                raise Unavailable("deribit.get_book_summary_by_currency", "the request limit is reached")
            answer = await aggregator.options.option_chain("BTCUSDT")
            chain = dataclasses.replace(answer.value, underlying=asset, unit=answer.value.unit * 7)
            return Answer(chain, clock.now_ms(), "deribit", clock.now_ms())

        async def series(self, name: str, start: int, end: int, *, as_of: int | None) -> ProviderSeries:
            raise AssertionError("no series is recorded")

    async def measured(chain: OptionChain, now: int) -> Beside:
        return {"lines": float(len(chain))}, ({"at": now},)

    recorder = Recorder(
        store,
        aggregator,
        SMALL,
        clock=clock,
        rng=random.Random(2),
        deribit=Second(),
        measure_chain=measured,
    )
    await ticks(recorder, clock, 2)
    kept = await store.option_summaries.latest("deribit", "BTC", as_of=clock.now_ms())
    assert asked == ["BTC"]
    assert kept is not None
    assert kept.figures["open_interest_base"] == 7 * 60.0
    assert (kept.figures["lines"], kept.surface[-1]) == (float(len(option_names(kept.ts))), {"at": kept.ts})
    exchange_kept = await store.option_summaries.latest("binance", "BTCUSDT", as_of=clock.now_ms())
    assert exchange_kept is not None
    assert exchange_kept.figures["lines"] == kept.figures["lines"]
    await clock.advance(SMALL.option_minutes * 60_000)
    await ticks(recorder, clock, 1)
    assert asked == ["BTC", "BTC"]
    assert "options_deribit" in recorder.status.failing


async def test_an_end_in_the_middle_loses_and_doubles_nothing(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    exchange.hold = asyncio.Event()
    first = asyncio.create_task(recorder_of(store, aggregator, clock).tick())
    exchange.hold.set()
    await eventually(lambda: exchange.calls.total() >= 8)
    exchange.hold.clear()
    first.cancel()
    await asyncio.wait({first})
    exchange.hold = None
    await ticks(recorder_of(store, aggregator, clock), clock, 1)
    await clock.advance(5 * HOUR)
    await ticks(recorder_of(store, aggregator, clock), clock, CATCH_UP)
    found = await everything(store, OI_1H)
    assert np.all(np.diff(found.ts) == HOUR)
    assert found.ts[-1] == newest(clock.now_ms())


async def test_a_restart_asks_only_for_what_is_new(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    await ticks(recorder_of(store, aggregator, clock), clock, CATCH_UP)
    exchange.told.clear()
    await clock.advance(3 * DAY)
    await ticks(recorder_of(store, aggregator, clock), clock, 1)
    told = [
        stamp for name, symbol, _, stamp in exchange.told if (name, symbol) == ("openInterestHist", "BTCUSDT")
    ]
    assert len(told) == 72
    assert set(exchange.told.values()) == {1}
    assert np.all(np.diff((await everything(store, OI_1H)).ts) == HOUR)


async def test_rows_stored_before_a_crash_are_not_doubled_after_it(
    store: Store, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    await ticks(recorder_of(store, aggregator, clock), clock, CATCH_UP)
    stamp = newest(clock.now_ms()) + HOUR
    await clock.advance(HOUR)
    row = Observation(OI_1H, "BTCUSDT", stamp, stamp, open_interest(stamp))
    await store.observations.append([row])  # as a crash between rows and cursor leaves it
    await ticks(recorder_of(store, aggregator, clock), clock, 1)
    found = await everything(store, OI_1H)
    assert np.all(np.diff(found.ts) == HOUR)
    assert found.ts[-1] == stamp


@ON_SQLITE
async def test_requests_of_a_tick_stay_within_the_share(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    config = RecordConfig(
        symbols=("BTC", "ETH", "SHIB"), option_underlyings=(), periods=("5m", "1h"), budget_share=0.1
    )
    recorder = recorder_of(store, aggregator, clock, config)
    spent = []
    for _ in range(5):
        before = Counter(exchange.calls)
        await ticks(recorder, clock, 1)
        spent.append(sum(n for path, n in (exchange.calls - before).items() if "/futures/data/" in path))
    assert spent == [10] * 5
    assert exchange.calls["/fapi/v1/fundingRate"] <= 50


@ON_SQLITE
async def test_a_failing_endpoint_holds_up_nothing_else_and_is_said_once(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    exchange.broken = {"openInterestHist", "mark"}
    recorder = recorder_of(store, aggregator, clock)
    with capture_logs() as logs:
        await ticks(recorder, clock, 6)
        assert recorder.status.failing == ("open_interest", "options")
        exchange.broken = set()
        await clock.advance(HOUR)
        await ticks(recorder, clock, CATCH_UP)
    ours = [(log["event"], log["series"]) for log in logs if "series" in log]
    assert Counter(ours) == {
        ("recording is paused", "open_interest"): 1,
        ("recording is paused", "options"): 1,
        ("recording continues", "open_interest"): 1,
        ("recording continues", "options"): 1,
    }
    assert not recorder.status.failing
    assert len(await everything(store, names.per_period(names.GLOBAL_ACCOUNTS, "1h"))) > 600
    found = await everything(store, OI_1H)
    assert np.all(np.diff(found.ts) == HOUR)
    assert found.ts[-1] == newest(clock.now_ms())


@ON_SQLITE
async def test_a_lasting_fault_is_asked_about_ever_more_rarely(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    exchange.broken = {"openInterestHist"}
    await ticks(recorder_of(store, aggregator, clock), clock, 120)  # an hour
    assert exchange.calls["/futures/data/openInterestHist"] <= 8


@ON_SQLITE
async def test_a_refused_symbol_is_said_once_and_the_others_go_on(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    exchange.refused = {"1000SHIBUSDT"}
    recorder = recorder_of(store, aggregator, clock)
    with capture_logs() as logs:
        await ticks(recorder, clock, 10)
    refused = Counter(log["series"] for log in logs if log["event"].startswith("the exchange rejects"))
    assert set(refused.values()) == {1}
    assert "open_interest.1h" in refused
    assert len(await everything(store, OI_1H)) > 600
    assert len(await everything(store, OI_1H, "1000SHIBUSDT")) == 0


@ON_SQLITE
async def test_a_row_that_comes_late_is_waited_for_and_a_hole_is_passed(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    hole = newest(clock.now_ms()) - 7 * DAY
    exchange.missing = {hole}
    exchange.late_ms = 4 * MINUTE
    recorder = recorder_of(store, aggregator, clock)
    await ticks(recorder, clock, CATCH_UP)
    await clock.advance(newest(clock.now_ms()) + HOUR + MINUTE - clock.now_ms())
    asked = exchange.calls["/futures/data/openInterestHist"]
    await ticks(recorder, clock, 12)
    found = await everything(store, OI_1H)
    assert found.ts[-1] == newest(clock.now_ms())
    assert hole not in found.ts
    assert np.count_nonzero(np.diff(found.ts) != HOUR) == 1
    assert exchange.calls["/futures/data/openInterestHist"] - asked <= 2 * 4  # two symbols, patiently


class Flaky(Observations):
    """A table whose database can go away."""

    away = False

    async def append(self, rows: Iterable[Observation]) -> int:
        if self.away:
            raise Unavailable("database", "it cannot be reached")
        return await super().append(rows)


async def test_a_database_that_goes_away_is_said_once_and_nothing_is_missing_later(
    store: Store, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    flaky = Flaky(store.database)
    recorder = recorder_of(dataclasses.replace(store, observations=flaky), aggregator, clock)
    flaky.away = True
    with capture_logs() as logs:
        await recorder.tick()
        assert recorder.status.failing == ("database",)
        flaky.away = False
        await ticks(recorder, clock, CATCH_UP)
    assert [log["event"] for log in logs if log.get("source") == "database"] == [
        "recording is paused",
        "recording continues",
    ]
    found = await everything(store, OI_1H)
    assert np.all(np.diff(found.ts) == HOUR)
    assert len(found) > 600


@ON_SQLITE
async def test_a_defect_in_one_series_is_counted_and_ends_nothing(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("utils.recorder.fetch.rows.taker_rows", broken)
    recorder = recorder_of(store, aggregator, clock)
    with capture_logs() as logs:
        await ticks(recorder, clock, 2)
    assert recorder.status.defects == 1
    assert [log["series"] for log in logs if log["log_level"] == "error"] == ["taker_volume.1h"]
    assert len(await everything(store, OI_1H)) > 600


@ON_SQLITE
async def test_unknown_words_are_said_once_and_in_one_line(
    store: Store, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    config = RecordConfig(symbols=("BTC", "NOSUCHCOIN", "NORTHIS"), option_underlyings=(), periods=("1h",))
    with capture_logs() as logs:
        await ticks(recorder_of(store, aggregator, clock, config), clock, 3)
    assert [set(log["words"]) for log in logs if "words" in log] == [{"NOSUCHCOIN", "NORTHIS"}]
    assert len(await everything(store, OI_1H)) > 0


@ON_SQLITE
async def test_catching_up_keeps_no_pages_in_memory(
    store: Store, exchange: Positioning, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    config = SMALL.model_copy(update={"periods": ("5m", "1h")})
    recorder = recorder_of(store, aggregator, clock, config)
    kept = []
    for _ in range(2 * CATCH_UP):
        await ticks(recorder, clock, 1)
        kept.append(aggregator.kept["answers"])
    assert sum(exchange.calls[path] for path in exchange.calls if "/futures/data/" in path) >= 90
    assert max(kept) <= 20
    assert kept[-1] <= kept[0]


async def test_no_request_goes_out_while_somebody_waits_for_an_answer(
    store: Store, aggregator: BinanceAggregator, clock: FakeClock
) -> None:
    quiet, waits = asyncio.Event(), list[int]()

    async def wait() -> None:
        waits.append(recorder.counts["requests"])
        await quiet.wait()

    recorder = Recorder(store, aggregator, SMALL, clock=clock, rng=random.Random(1), quiet=wait)
    ticking = asyncio.create_task(recorder.tick())
    await eventually(lambda: len(waits) >= 2)  # one of each pool
    assert set(waits) == {0}
    quiet.set()
    await ticking
    assert recorder.counts["requests"] > 0
