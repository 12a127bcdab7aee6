"""Weights as the exchange documents them, and the pages that cost least."""

import pytest

from utils.binance_api import urls
from utils.binance_api.urls import Endpoint
from utils.binance_api.weights import FUTURES_KLINES, Flat, cheapest_page


@pytest.mark.parametrize(
    ("endpoint", "params", "pool", "cost"),
    [
        (urls.SPOT_EXCHANGE_INFO, {}, "spot", 20),
        (urls.SPOT_KLINES, {"limit": 1000}, "spot", 2),
        (urls.SPOT_TICKER_24H, {"symbol": "A"}, "spot", 2),
        (urls.SPOT_TICKER_24H, {}, "spot", 80),
        (urls.SPOT_TICKER_PRICE, {"symbol": "A"}, "spot", 2),
        (urls.SPOT_TICKER_PRICE, {}, "spot", 4),
        (urls.SPOT_AVG_PRICE, {"symbol": "A"}, "spot", 2),
        (urls.SPOT_DEPTH_BOOK, {"limit": 100}, "spot", 5),
        (urls.SPOT_DEPTH_BOOK, {"limit": 101}, "spot", 25),
        (urls.SPOT_DEPTH_BOOK, {"limit": 5000}, "spot", 250),
        (urls.SPOT_DEPTH_BOOK, {}, "spot", 5),
        (urls.FUTURES_TRADE_KLINES, {"limit": 99}, "futures", 1),
        (urls.FUTURES_TRADE_KLINES, {"limit": 100}, "futures", 2),
        (urls.FUTURES_TRADE_KLINES, {"limit": 500}, "futures", 5),
        (urls.FUTURES_TRADE_KLINES, {}, "futures", 5),
        (urls.FUTURES_TRADE_KLINES, {"limit": 1500}, "futures", 10),
        (urls.FUTURES_DEPTH_BOOK, {}, "futures", 10),
        (urls.FUTURES_DEPTH_BOOK, {"limit": 1000}, "futures", 20),
        (urls.FUTURES_PREMIUM_INDEX, {}, "futures", 10),
        (urls.FUTURES_BOOK_TICKER, {}, "futures", 5),
        (urls.FUTURES_TICKER_PRICE, {}, "futures", 2),
        (urls.FUTURES_FUNDING_RATE, {"limit": 1000}, "funding", 1),
        (urls.FUTURES_FUNDING_INFO, {}, "funding", 1),
    ],
)
def test_documented_weights(endpoint: Endpoint, params: dict[str, str | int], pool: str, cost: int) -> None:
    assert (endpoint.pool, endpoint.weight.of(params)) == (pool, cost)


@pytest.mark.parametrize(
    ("need", "size"), [(1, 1), (99, 99), (300, 300), (600, 499), (1500, 499), (998, 499)]
)
def test_futures_pages_cost_least(need: int, size: int) -> None:
    assert cheapest_page(need, FUTURES_KLINES, 1500) == size


@pytest.mark.parametrize(("need", "size"), [(5, 5), (1000, 1000), (4000, 1000)])
def test_where_pages_cost_the_same_the_largest_is_taken(need: int, size: int) -> None:
    assert cheapest_page(need, Flat(2), 1000) == size


@pytest.mark.parametrize("need", [1, 98, 101, 499, 500, 501, 777, 1000, 1234, 1500, 5000])
def test_no_other_page_size_is_cheaper(need: int) -> None:
    def bill(size: int) -> int:
        rest = need % size
        weigh = FUTURES_KLINES.of
        return need // size * weigh({"limit": size}) + (weigh({"limit": rest}) if rest else 0)

    chosen = bill(cheapest_page(need, FUTURES_KLINES, 1500))
    assert chosen == min(bill(size) for size in range(1, min(need, 1500) + 1))
