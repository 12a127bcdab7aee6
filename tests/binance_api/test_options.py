"""The option chain: joined by symbol, coins only, quotes that are none, and what happens when a part is missing."""

import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import numpy as np
import pytest

from tests.binance_api.exchange import Canned, Exchange, SkippingClock
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.urls import BinanceUrls
from utils.http.errors import Rejected, Unavailable

DAY = 86_400_000
LIMIT = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400}


def line(symbol: str, expiry: int, **other: Any) -> dict[str, Any]:
    asset, _, strike, side = symbol.split("-")
    return {
        "symbol": symbol,
        "side": "CALL" if side == "C" else "PUT",
        "strikePrice": strike,
        "expiryDate": expiry,
        "underlying": f"{asset}USDT",
        "unit": 1,
        "quoteAsset": "USDT",
        "contractType": "CRYPTO_OPTIONS",
        "underlyingType": "CRYPTO",
        "status": "TRADING",
        **other,
    }


def mark(symbol: str, **other: str) -> dict[str, str]:
    return {
        "symbol": symbol,
        "markPrice": "2.439",
        "bidIV": "-1.0",
        "askIV": "0.74930251",
        "markIV": "0.709",
        "delta": "0.00065535",
        "theta": "-0.84070424",
        "gamma": "0.00000012",
        "vega": "0.46744754",
        "highPriceLimit": "750",
        "lowPriceLimit": "5",
        "riskFreeInterest": "0.0454",
        **other,
    }


@pytest.fixture
async def options(exchange: Exchange, clock: SkippingClock) -> AsyncIterator[BinanceAggregator]:
    near, far, now = clock.now_ms() + DAY, clock.now_ms() + 40 * DAY, clock.now_ms()
    listed = [
        line("BTC-231116-40000-C", near),
        line("BTC-231116-40000-P", near),
        line("BTC-231116-36000-C", near, unit=2),
        line("BTC-231224-50000-C", far),
        line("BTC-231113-30000-C", now - DAY),
        line("BTC-231224-60000-C", far, status="SETTLING"),
        line("TSLA-231224-300-C", far, underlyingType="EQUITY"),
        line("ETH-231224-2000-P", far),
    ]
    contracts = [{"baseAsset": a, "underlying": f"{a}USDT"} for a in ("BTC", "ETH", "TSLA")]
    exchange.bodies = {
        "/eapi/v1/exchangeInfo": {
            "optionContracts": contracts,
            "optionSymbols": listed,
            "rateLimits": [LIMIT],
        },
        "/eapi/v1/mark": [mark(row["symbol"]) for row in listed[:-1]]
        + [mark("BTC-231116-36000-C", bidIV="0", askIV="0", markIV="0.5")],
        "/eapi/v1/index": {"time": now - 1500, "indexPrice": "40123.5"},
        "/eapi/v1/openInterest": [
            {
                "symbol": "BTC-231116-40000-C",
                "sumOpenInterest": "12.5",
                "sumOpenInterestUsd": "500000",
                "timestamp": str(now - 60_000),
            }
        ],
        "/eapi/v1/ticker": [
            {
                "symbol": "BTC-231116-40000-C",
                "lastPrice": "9",
                "volume": "5",
                "amount": "45",
                "bidPrice": "8.5",
                "askPrice": "0",
                "tradeCount": 3,
            }
        ],
    }
    urls = BinanceUrls(spot=exchange.url, futures=exchange.url, options=exchange.url)
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(urls, session=session, clock=clock, rng=random.Random(1))
        await made.open()
        yield made
        await made.close()


async def test_the_lines_of_a_coin_in_order(
    options: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    assert options.weight_used()["options"] == (0, 400)
    answer = await options.options.option_chain("BTCUSDT")
    chain = answer.value
    assert chain.symbols == (
        "BTC-231116-36000-C",
        "BTC-231116-40000-P",
        "BTC-231116-40000-C",
        "BTC-231224-50000-C",
    )
    assert chain.expiries.tolist() == [clock.now_ms() + DAY, clock.now_ms() + 40 * DAY]
    assert chain.is_call.tolist() == [True, False, True, True]
    assert chain.unit.tolist() == [2.0, 1.0, 1.0, 1.0]
    assert chain.index_price == 40123.5
    assert (answer.as_of, answer.source) == (clock.now_ms() - 1500, "binance.options.mark")
    assert chain.open_interest_at == clock.now_ms() - 60_000
    assert options.weight_used()["options"] == (7, 2400)
    asked = [query for path, query in exchange.calls if path.endswith("openInterest")]
    assert sorted(query["expiration"] for query in asked) == ["231116", "231224"]
    assert {query["underlyingAsset"] for query in asked} == {"BTC"}


async def test_what_is_no_quote_is_nan(options: BinanceAggregator) -> None:
    chain = (await options.options.option_chain("BTCUSDT", quotes=True)).value
    assert np.isnan(chain.bid_iv).all()
    assert np.isnan(chain.ask_iv).tolist() == [True, False, False, False]
    assert chain.mark_iv.tolist() == [0.5, 0.709, 0.709, 0.709]
    assert chain.open_interest[2] == 12.5
    assert np.isnan(chain.open_interest[[0, 1, 3]]).all()
    assert (chain.bid_price[2], chain.volume[2]) == (8.5, 5.0)
    assert np.isnan(chain.ask_price[2])
    assert chain.missing == ()


async def test_a_line_without_marks_is_kept_and_not_known(options: BinanceAggregator) -> None:
    chain = (await options.options.option_chain("ETHUSDT")).value
    assert chain.symbols == ("ETH-231224-2000-P",)
    assert np.isnan(chain.mark_iv).all()
    assert np.isnan(chain.gamma).all()


async def test_an_expiry_that_does_not_answer_is_named(
    options: BinanceAggregator, exchange: Exchange
) -> None:
    body = exchange.bodies.pop("/eapi/v1/openInterest")

    def refuse_one() -> None:
        path, query = exchange.calls[-1]
        wrong = {"code": -6010, "msg": "OI data error"}
        if path.endswith("/openInterest"):
            exchange.bodies["/openInterest"] = wrong if query["expiration"] == "231224" else body

    exchange.before_reply = refuse_one
    chain = (await options.options.option_chain("BTCUSDT")).value
    assert chain.missing == ("open interest 231224",)
    assert chain.open_interest[2] == 12.5
    assert options.requests["binance.options.openInterest", "rejected"] == 1


async def test_shares_and_unknown_names_have_no_chain(options: BinanceAggregator) -> None:
    assert (await options.options.underlyings()).value == ("BTCUSDT", "ETHUSDT")
    for name in ("TSLAUSDT", "NOPEUSDT", "btcusdt"):
        with pytest.raises(Rejected) as refused:
            await options.options.option_chain(name)
        assert refused.value.parameter == "underlying"


async def test_two_coins_share_the_marks(options: BinanceAggregator, exchange: Exchange) -> None:
    await options.options.option_chain("BTCUSDT")
    await options.options.option_chain("ETHUSDT")
    paths = [path for path, _ in exchange.calls]
    assert paths.count("/eapi/v1/mark") == 1
    assert paths.count("/eapi/v1/exchangeInfo") == 1


async def test_an_expired_line_leaves_without_a_new_listing(
    options: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    await clock.advance(DAY - 60_000)
    await options.options.option_chain("BTCUSDT")
    await clock.advance(61_000)
    chain = (await options.options.option_chain("BTCUSDT")).value
    assert chain.symbols == ("BTC-231224-50000-C",)
    assert [path for path, _ in exchange.calls].count("/eapi/v1/exchangeInfo") == 1


async def test_a_ban_of_options_leaves_the_rest_alone(options: BinanceAggregator, exchange: Exchange) -> None:
    exchange.canned.append(Canned(418, "{}"))
    with pytest.raises(Unavailable, match="banned"):
        await options.options.option_chain("BTCUSDT")
    exchange.bodies["/ticker/price"] = {"symbol": "B", "price": "1"}
    assert (await options.spot.ticker_price("B")).value.price == 1.0
    assert (await options.futures.ticker_price("B")).value.price == 1.0
