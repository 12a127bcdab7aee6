"""Which source of options answers, over sockets: the second where the first cannot, and reasons where none can."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from analysis.framework.question import Request, Sources, SourceStamp
from analysis.framework.reasons import Reason
from analysis.sources.listing import resolve_listing
from analysis.sources.option_surface import REVERSAL, OptionsRead, OptionSurface, fetch_options
from tests.analysis.sandboxed import NOW, break_path
from tests.store.databases import fresh_sqlite
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.intervals import HOUR
from utils.clock import Clock
from utils.http.retry import RetryPolicy
from utils.http.session import open_session
from utils.options_api.deribit import Deribit
from utils.options_api.deribit_client import DeribitTuning
from utils.recorder.history import History
from utils.sandbox.deribit import DeribitSandbox
from utils.sandbox.exchange import ExchangeSandbox
from utils.store.option_summaries import OptionSummary
from utils.store.store import open_store

LIVE = Request("BTCUSDT", "1h")
SUMMARIES = "/api/v2/public/get_book_summary_by_currency"


@dataclass(frozen=True, slots=True)
class Reading:
    sources: Sources
    deribit_url: str

    async def read(self, request: Request = LIVE) -> OptionsRead:
        return await fetch_options(self.sources, request, await resolve_listing(self.sources, request), 100)


@pytest.fixture
async def reading(
    sandbox: ExchangeSandbox, exchange: BinanceAggregator, clock: Clock
) -> AsyncIterator[Reading]:
    server = DeribitSandbox(sandbox)
    await server.start()
    async with open_session() as session:
        deribit = Deribit(
            server.url,
            session=session,
            clock=clock,
            now_ms=exchange.market_time_ms,
            rng=random.Random(1),
            tuning=DeribitTuning(retry=RetryPolicy(attempts=1)),
        )
        history = History(exchange, lambda: None)
        yield Reading(Sources(exchange, history, {"deribit": deribit}), server.url)
        await deribit.close()
    await server.stop()


async def test_the_larger_market_is_read_first_with_its_index(reading: Reading) -> None:
    found = await reading.read()
    assert found.missing == {}
    assert found.surface is not None
    assert found.surface.source == "Deribit"
    assert found.surface.chain is not None
    assert len(found.surface.known_at) == 0
    assert found.index is not None
    assert found.index.known_at[-1] <= NOW
    assert [stamp.name for stamp in found.stamps] == [
        "deribit.get_book_summary_by_currency",
        "deribit.get_volatility_index_data",
    ]


async def test_the_exchange_answers_where_the_first_does_not(reading: Reading) -> None:
    await break_path(reading.deribit_url, "/api/*")
    found = await reading.read()
    assert found.surface is not None
    assert found.surface.source == "Binance"
    assert {name: reason.code for name, reason in found.missing.items()} == {"dvol": "source_down"}


async def test_a_second_source_that_never_answers_is_not_waited_for(
    sandbox: ExchangeSandbox, reading: Reading
) -> None:
    async with aiohttp.ClientSession() as session:
        body = {"match": {"path": "/eapi/*"}, "fault": "half_open"}
        async with session.post(f"{sandbox.options_url}/_sandbox/faults", json=body) as response:
            assert response.status == 200
    found = await reading.read()
    assert found.surface is not None
    assert found.surface.source == "Deribit"


async def test_with_both_down_the_reason_names_one(sandbox: ExchangeSandbox, reading: Reading) -> None:
    await break_path(reading.deribit_url, SUMMARIES)
    await break_path(sandbox.options_url, "/eapi/v1/mark")
    found = await reading.read()
    assert found.surface is None
    assert found.missing["options"] == Reason(
        "source_down", {"source": "deribit.get_book_summary_by_currency"}
    )
    assert found.index is not None


async def test_a_coin_without_options_and_a_source_that_is_not_there(
    reading: Reading, exchange: BinanceAggregator
) -> None:
    found = await reading.read(Request("SOLUSDT", "1h"))
    assert found.missing == {
        "options": Reason("no_options", {"asset": "SOL"}),
        "dvol": Reason("no_index", {"asset": "SOL"}),
    }
    alone = Reading(Sources(exchange, reading.sources.history), "")
    found = await alone.read()
    assert found.surface is not None
    assert found.surface.source == "Binance"
    assert found.missing["dvol"].code == "no_index"


async def test_the_past_has_what_was_recorded_of_the_same_source(
    reading: Reading, exchange: BinanceAggregator, tmp_path: Path
) -> None:
    then = NOW - 50 * HOUR
    found = await reading.read(Request("BTCUSDT", "1h", as_of=then))
    assert found.missing["options"].code == "no_history"
    assert found.index is not None
    assert found.index.known_at[-1] <= then
    rows = [
        OptionSummary(source, underlying, then - hour * HOUR, then - hour * HOUR, 1.0, {REVERSAL: value})
        for source, underlying, value in (("binance", "BTCUSDT", -2.0), ("deribit", "BTC", -5.0))
        for hour in range(-3, 3)
    ]
    async with open_store(fresh_sqlite(tmp_path)) as store:
        await store.option_summaries.append(rows)
        history = History(exchange, lambda: store)
        kept = Reading(Sources(exchange, history, reading.sources.providers), reading.deribit_url)
        past = await kept.read(Request("BTCUSDT", "1h", as_of=then))
    assert past.surface is not None
    assert (past.surface.source, past.surface.chain) == ("Deribit", None)
    assert past.surface.reversal.tolist() == [-5.0] * 3


async def test_the_past_has_the_newest_record_known_by_then(
    reading: Reading, exchange: BinanceAggregator, tmp_path: Path
) -> None:
    rows = [
        OptionSummary(
            *("deribit", "BTC", NOW - hours * HOUR, NOW - hours * HOUR + 9, float(hours)),
            {REVERSAL: -5.0},
            [{"expiry": NOW, "atm_iv_pct": float(hours)}, {"further": [1.0]}],
        )
        for hours in (50, 49, 20)
    ]
    async with open_store(fresh_sqlite(tmp_path)) as store:
        await store.option_summaries.append(rows)
        history = History(exchange, lambda: store)
        kept = Reading(Sources(exchange, history, reading.sources.providers), reading.deribit_url)

        async def at(moment: int) -> OptionSurface:
            found = (await kept.read(Request("BTCUSDT", "1h", as_of=moment))).surface
            assert found is not None
            return found

        then = NOW - 49 * HOUR
        earlier, later, aged = await at(then + 8), await at(then + 9), await at(then + 4 * HOUR)
    assert [one.as_of for one in (earlier, later)] == [then - HOUR, then]
    assert [smile.atm_iv for smile in later.smiles] == pytest.approx([0.49])
    assert later.record is not None
    assert later.record.beside == ({"further": [1.0]},)
    assert later.stamp == SourceStamp("store.deribit.options", then, then + 9, 1)
    assert (aged.record, aged.smiles, aged.as_of) == (None, [], then + 4 * HOUR)
