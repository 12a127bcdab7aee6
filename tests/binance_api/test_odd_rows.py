"""One odd field costs its row, never the rows beside it nor the whole answer."""

import json
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from utils.binance_api import schemas
from utils.binance_api.account import schemas as account
from utils.binance_api.options import schemas as options
from utils.binance_api.positioning import schemas as positioning
from utils.binance_api.symbol_words import parse
from utils.binance_api.symbols import SymbolProblem, symbol_table
from utils.binance_api.wire import Decodes, RowDecoder, reads_lists

FUNDING = {
    "symbol": "BTCUSDT",
    "fundingTime": 1,
    "fundingRate": "0.0001",
    "markPrice": "1.5",
    "rateType": "Regular",
}
RATIO = {"timestamp": 1, "longShortRatio": "1.2", "longAccount": "0.6", "shortAccount": "0.4"}
INTEREST = {"timestamp": 1, "sumOpenInterest": "5.0", "sumOpenInterestValue": "9.0"}
PREMIUM = {
    "symbol": "BTCUSDT",
    "markPrice": "1.5",
    "indexPrice": "1.4",
    "lastFundingRate": "0.0001",
    "nextFundingTime": 2,
    "time": 1,
}
MARK = {
    "symbol": "BTC-251123-126000-C",
    "markPrice": "1",
    "markIV": "0.5",
    "bidIV": "-1.0",
    "askIV": "0.6",
    "delta": "0.5",
    "gamma": "0.1",
    "theta": "-1",
    "vega": "2",
}
HELD = {"symbol": "X", "sumOpenInterest": "1", "sumOpenInterestUsd": "2", "timestamp": "3"}
TICKER = {"symbol": "BTCUSDT", "price": "1.5"}
STEP = {
    "bracket": 1,
    "initialLeverage": 125,
    "notionalCap": "50000",
    "notionalFloor": "0",
    "maintMarginRatio": "0.004",
}
BRACKETS = {"symbol": "BTCUSDT", "brackets": [STEP], "notionalCoef": "1"}
CASES: list[tuple[Decodes[Any], dict[str, Any], str]] = [
    (schemas.funding_rates, FUNDING, "fundingRate"),
    (schemas.premium_rows, PREMIUM, "markPrice"),
    (positioning.ratio, RATIO, "longShortRatio"),
    (positioning.open_interest, INTEREST, "sumOpenInterest"),
    (options.marks, MARK, "markIV"),
    (options.open_interest, HELD, "sumOpenInterest"),
    (schemas.ticker_prices, TICKER, "price"),
    (account.brackets, BRACKETS, "notionalCoef"),
]


@pytest.mark.parametrize(("decoder", "row", "field"), CASES)
@pytest.mark.parametrize("odd", ["", "Infinity", "NaN", None, "-", {}, [], "1e999"])
def test_an_odd_field_costs_its_row_alone(
    decoder: Decodes[Any], row: dict[str, Any], field: str, odd: object
) -> None:
    body = json.dumps([row, {**row, field: odd}, row]).encode()
    assert len(decoder.decode(body)) == 2


@pytest.mark.parametrize(("decoder", "row", "field"), CASES)
def test_an_answer_without_a_readable_row_is_refused(
    decoder: Decodes[Any], row: dict[str, Any], field: str
) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoder.decode(json.dumps([{**row, field: ""}]).encode())
    with pytest.raises(msgspec.ValidationError):
        decoder.decode(b'{"code": 0}')
    assert decoder.decode(b"[]") == []


def test_one_row_may_come_without_a_list_where_that_is_how_it_is_sent() -> None:
    assert account.brackets.decode(json.dumps(BRACKETS).encode())[0].symbol == "BTCUSDT"
    with pytest.raises(msgspec.ValidationError):
        account.brackets.decode(json.dumps({**BRACKETS, "notionalCoef": "x"}).encode())


def test_bars_stand_or_fall_together() -> None:
    row = [1, "1", "1", "1", "1", "2", 2, "200", 7, "1", "100", "0"]
    with pytest.raises(msgspec.ValidationError):
        schemas.klines.decode(json.dumps([row, [*row[:1], "", *row[2:]]]).encode())


def test_odd_rows_are_logged_once_until_all_can_be_read() -> None:
    decoder = RowDecoder(positioning.RatioRow)
    odd, good = json.dumps([RATIO, {}]).encode(), json.dumps([RATIO]).encode()
    with capture_logs() as lines:
        for body in (odd, odd, good, good, odd):
            decoder.decode(body)
    assert [(line["event"], line["left_out"]) for line in lines] == [("odd rows are left out", 1)] * 2


SYMBOL = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.01"}],
}
OTHERS = [SYMBOL | {"symbol": f"{base}USDT", "baseAsset": base} for base in ("ETH", "SOL")]
LIMIT = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000}


def listing(*rows: object, limits: tuple[object, ...] = (LIMIT,)) -> bytes:
    return json.dumps({"timezone": "UTC", "rateLimits": limits, "symbols": rows}).encode()


@pytest.mark.parametrize(
    "odd",
    [
        {"status": None},
        {"status": 5},
        {"baseAsset": []},
        {"filters": None},
        {"filters": [{"filterType": "PRICE_FILTER", "tickSize": "Infinity"}]},
        {"filters": [{"filterType": "PRICE_FILTER", "tickSize": ""}]},
        {"onboardDate": "soon"},
        {"permissionSets": "SPOT"},
    ],
)
def test_an_odd_symbol_costs_its_own_row_of_the_listing(odd: dict[str, object]) -> None:
    info = schemas.exchange_info.decode(listing(OTHERS[0], SYMBOL | odd, OTHERS[1]))
    assert [row.symbol for row in info.symbols] == ["ETHUSDT", "SOLUSDT"]
    assert info.unreadable == ("BTCUSDT",)
    assert info.rate_limits[0].limit == 6000


@pytest.mark.parametrize("odd", [{"symbol": None}, {"symbol": 7}, [], "BTCUSDT", None])
def test_a_row_without_a_name_is_left_out_unnamed(odd: object) -> None:
    row = SYMBOL | odd if isinstance(odd, dict) else odd
    info = schemas.exchange_info.decode(listing(row, *OTHERS))
    assert (len(info.symbols), info.unreadable) == (2, ())


def test_an_odd_limit_costs_no_symbol() -> None:
    info = schemas.exchange_info.decode(listing(*OTHERS, limits=(LIMIT | {"limit": "many"}, LIMIT)))
    assert (len(info.symbols), len(info.rate_limits), info.unreadable) == (2, 1, ())


@pytest.mark.parametrize("body", [listing(SYMBOL | {"status": None}), b"[]", b'{"rateLimits": []}', b"{}"])
def test_a_listing_without_a_readable_symbol_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        schemas.exchange_info.decode(body)


def test_odd_symbols_are_counted_and_logged_once_until_all_can_be_read() -> None:
    decoder = reads_lists(schemas.ExchangeInfo, symbols=schemas.SymbolInfo, rateLimits=schemas.RateLimit)
    odd, good = listing(SYMBOL | {"status": None}, *OTHERS), listing(SYMBOL, *OTHERS)
    with capture_logs() as lines:
        for body in (odd, odd, good, odd):
            decoder.decode(body)
    assert [(line["rows"], line["left_out"]) for line in lines] == [("SymbolInfo", 1)] * 2
    assert decoder.left_out == 3


def test_a_question_about_an_odd_symbol_says_so_and_the_others_are_answered() -> None:
    info = schemas.exchange_info.decode(listing(SYMBOL | {"status": None}, *OTHERS))
    table = symbol_table(info, "spot", 1)
    for word in ("btc", "BTCUSDT", "btc/usdt", "bitcoin"):
        with pytest.raises(SymbolProblem, match="is unreadable") as caught:
            parse(table, word)
        assert caught.value.why == "unreadable"
    assert parse(table, "eth").listed.symbol == "ETHUSDT"


def test_what_cannot_be_read_now_is_not_taken_for_delisted() -> None:
    earlier = symbol_table(schemas.exchange_info.decode(listing(SYMBOL, *OTHERS)), "spot", 1)
    odd = listing(SYMBOL | {"status": None}, OTHERS[0])
    now = symbol_table(schemas.exchange_info.decode(odd), "spot", 2).remembering(earlier)
    assert now.get("BTCUSDT") is None
    assert now.unreadable == {"BTCUSDT"}
    gone = now.get("SOLUSDT")
    assert gone is not None
    assert gone.state == "delisted"


def test_an_odd_option_costs_its_own_row() -> None:
    option = {
        "symbol": "BTC-251123-126000-C",
        "side": "CALL",
        "strikePrice": "126000",
        "expiryDate": 1,
        "underlying": "BTCUSDT",
        "unit": 1,
    }
    body = {"optionContracts": [{"baseAsset": "BTC", "underlying": "BTCUSDT"}]}
    body["optionSymbols"] = [option, option | {"strikePrice": "NaN"}]  # type: ignore[list-item]
    assert len(options.info.decode(json.dumps(body).encode()).option_symbols) == 1
