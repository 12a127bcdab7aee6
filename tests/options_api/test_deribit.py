"""The client on real sockets: bounds, faults as reasons, pages of the volatility index."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.binance_api.exchange import Canned, Exchange, SkippingClock, serving
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError, Unavailable
from utils.http.session import open_session
from utils.options_api.deribit import INDEX_DATA, SUMMARIES, Deribit
from utils.providers import OptionProvider

HOUR = 3_600_000
NOW = 1_704_712_781_414
ROW = {
    "instrument_name": "BTC-26JAN24-45000-C",
    "creation_timestamp": NOW,
    "underlying_price": 46_000.0,
    "mark_iv": 50.0,
    "mark_price": 0.05,
}


@asynccontextmanager
async def deribit(clock: SkippingClock) -> AsyncIterator[tuple[Exchange, Deribit]]:
    async with serving(Exchange(clock)) as server, open_session() as session:
        server.bodies[SUMMARIES] = {"jsonrpc": "2.0", "result": [ROW]}
        made = Deribit(server.url, session=session, clock=clock, now_ms=clock.now_ms, rng=random.Random(1))
        yield server, made
        await made.close()


async def test_the_chain_is_asked_once_and_kept_for_seconds() -> None:
    clock = SkippingClock(NOW)
    async with deribit(clock) as (server, source):
        assert isinstance(source, OptionProvider)
        first, second = await asyncio.gather(source.option_chain("BTC"), source.option_chain("BTC"))
        assert first is second
        assert first.value.symbols == ("BTC-26JAN24-45000-C",)
        assert (first.as_of, first.source) == (NOW, "deribit.get_book_summary_by_currency")
        assert server.calls == [
            ("/api/v2/public/get_book_summary_by_currency", {"currency": "BTC", "kind": "option"})
        ]
        await clock.advance(10_000)
        await source.option_chain("BTC")
        assert len(server.calls) == 2


async def test_coins_listed_under_one_currency_share_a_request() -> None:
    clock = SkippingClock(NOW)
    async with deribit(clock) as (server, source):
        rows = [{**ROW, "instrument_name": f"{coin}_USDC-26JAN24-2-C"} for coin in ("SOL", "XRP")]
        server.bodies[SUMMARIES] = {"jsonrpc": "2.0", "result": rows}
        sol, xrp = await asyncio.gather(source.option_chain("SOL"), source.option_chain("XRP"))
        assert (sol.value.symbols, xrp.value.symbols) == (
            ("SOL_USDC-26JAN24-2-C",),
            ("XRP_USDC-26JAN24-2-C",),
        )
        for _ in range(2):
            with pytest.raises(Rejected, match="no options are listed on 'DOGE'"):
                await source.option_chain("DOGE")
        assert len(server.calls) == 1
        await clock.advance(10_000)
        await source.option_chain("XRP")
        assert len(server.calls) == 2


async def test_a_coin_without_options_is_a_rejected_question() -> None:
    async with deribit(SkippingClock(NOW)) as (server, source):
        with pytest.raises(Rejected, match="no options are listed on 'DOGE'"):
            await source.option_chain("DOGE")
        assert server.calls[0][1]["currency"] == "USDC"
        assert source.requests == {("deribit.get_book_summary_by_currency", "ok"): 1}


@pytest.mark.parametrize(
    ("reply", "error", "asked"),
    [
        (Canned(500, "later"), Retryable, 2),
        (Canned(400, '{"error": {"code": 13028, "message": "temporarily_unavailable"}}'), Retryable, 2),
        (Canned(200, '{"result": ['), Retryable, 2),
        (Canned(400, '{"error": {"code": -32602, "message": "Invalid params"}}'), Rejected, 1),
        (Canned(400, '{"error": {"code": -32601, "message": "Method not found"}}'), Misconfigured, 1),
        (Canned(404, "<html>"), Misconfigured, 1),
        (Canned(403, "<html>"), Unavailable, 1),
        (Canned(302, "", {"Location": "/x"}), Unavailable, 1),
        (Canned(200, '{"result": {"a": 1}}'), Unavailable, 1),
        (Canned(200, '{"error": "odd"}'), Unavailable, 1),
    ],
)
async def test_every_fault_is_an_error_of_the_tree(
    reply: Canned, error: type[SourceError], asked: int
) -> None:
    async with deribit(SkippingClock(NOW)) as (server, source):
        server.canned.extend([reply] * 4)
        with pytest.raises(error):
            await source.option_chain("BTC")
        assert len(server.calls) == asked


@pytest.mark.parametrize(
    "reply",
    [Canned(400, '{"error": {"code": 10028, "message": "too_many_requests"}}'), Canned(429, "slow down")],
)
async def test_after_too_many_requests_all_calls_pause(reply: Canned) -> None:
    clock = SkippingClock(NOW)
    async with deribit(clock) as (server, source):
        server.canned.append(reply)
        for asset in ("BTC", "ETH"):
            with pytest.raises(Unavailable, match="request limit of Deribit"):
                await source.option_chain(asset)
        assert len(server.calls) == 1
        await clock.advance(60_000)
        await source.option_chain("BTC")
        assert len(server.calls) == 2


async def test_more_requests_than_a_second_allows_wait_for_the_next() -> None:
    clock = SkippingClock(NOW)
    async with deribit(clock) as (server, source):
        server.bodies[INDEX_DATA] = {"result": {"data": [], "continuation": None}}
        spans = [(n * HOUR, (n + 1) * HOUR) for n in range(17)]
        await asyncio.gather(*(source.series("dvol_btc", *span, as_of=None) for span in spans))
        assert len(server.calls) == 17
        assert sum(clock.slept) > 0


async def test_volatilities_that_cannot_be_percent_are_refused(shared_data: Path) -> None:
    """The documentation's own sample has 0.21, which is not the unit of today's answers."""
    sample = json.loads((shared_data / "samples" / "deribit_get_volatility_index_data.json").read_text())
    async with deribit(SkippingClock(NOW)) as (server, source):
        server.bodies[SUMMARIES] = {"result": [{**ROW, "mark_iv": 0.5}]}
        server.bodies[INDEX_DATA] = sample
        with pytest.raises(Unavailable, match=r"0\.5 is not in percent"):
            await source.option_chain("BTC")
        with pytest.raises(Unavailable, match=r"0\.2.* is not in percent"):
            await source.series("dvol_btc", 0, NOW, as_of=None)
        with pytest.raises(Rejected, match="no series 'dvol_sol'"):
            await source.series("dvol_sol", 0, NOW, as_of=None)


async def test_the_index_is_read_page_by_page_and_known_at_its_close() -> None:
    clock = SkippingClock(NOW)
    end = NOW // HOUR * HOUR + HOUR
    times = list(range(end - 5 * HOUR, end, HOUR))
    asked: list[dict[str, str]] = []

    def page(query: dict[str, str]) -> dict[str, Any]:
        until = int(query["end_timestamp"])
        kept = [time for time in times if time < until][-2:]
        older = kept[0] if kept and kept[0] > times[0] else None
        return {"data": [[time, 50, 52, 49, 40 + times.index(time)] for time in kept], "continuation": older}

    async with deribit(clock) as (server, source):

        def answer() -> None:
            asked.append(server.calls[-1][1])
            server.bodies[INDEX_DATA] = {"result": page(asked[-1])}

        server.before_reply = answer
        found = await source.series("dvol_btc", times[0], end, as_of=None)
        assert_array_equal(found.time, times[:4])  # the last hour is still running
        assert_array_equal(found.known_at, np.array(times[:4]) + HOUR)
        assert_array_equal(found.value, [40, 41, 42, 43])
        assert [int(query["end_timestamp"]) for query in asked] == [end, times[3], times[1]]
        assert asked[0] == {
            "currency": "BTC",
            "start_timestamp": str(times[0]),
            "end_timestamp": str(end),
            "resolution": "3600",
        }
        past = await source.series("dvol_btc", times[0], end, as_of=times[2])
        assert_array_equal(past.value, [40, 41])
        assert len(asked) == 3
