"""Deribit's names and units, on the recorded ETH summary and the samples."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.support import recorded_options, vollib_reference
from utils.option_chain import OptionChain
from utils.options_api import deribit_wire
from utils.options_api.delta import black_delta
from utils.options_api.deribit_chain import OptionName, chain_of, parse_name, settlement_of
from utils.options_api.deribit_wire import BookSummary

NOW = 1_704_712_781_414  # 2024-01-08 11:19:41 UTC
EXPIRY = 1_704_787_200_000  # 2024-01-09 08:00 UTC


def row(name: str, **fields: float | str | None) -> BookSummary:
    facts = {"creation_timestamp": NOW, "underlying_price": 2_000.0, "estimated_delivery_price": 1_990.0}
    return msgspec.convert({"instrument_name": name, **facts, **fields}, BookSummary)


def built(asset: str, *rows: BookSummary) -> OptionChain:
    found = chain_of(asset, rows, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ETH-9JAN24-2200-C", OptionName("ETH", False, EXPIRY, 2_200.0, True)),
        ("XRP_USDC-9JAN24-0d55-P", OptionName("XRP", True, EXPIRY, 0.55, False)),
        ("BTC-PERPETUAL", None),
        ("BTC-9JAN24", None),
        ("BTC-31FEB24-1-C", None),
        ("BTC-9MAI24-1-C", None),
        ("btc-9JAN24-1-C", None),
    ],
)
def test_names(text: str, name: OptionName | None) -> None:
    assert parse_name(text) == name


def test_coins_are_listed_under_their_settlement() -> None:
    assert [settlement_of(asset) for asset in ("BTC", "ETH", "SOL")] == ["BTC", "ETH", "USDC"]


def test_coin_prices_become_dollars_and_percent_fractions() -> None:
    chain = built(
        "ETH", row("ETH-9JAN24-2200-C", mark_price=0.01, bid_price=0.009, mark_iv=62.5, open_interest=7)
    )
    assert (chain.mark_price[0], chain.bid_price[0]) == pytest.approx((20.0, 18.0))
    assert np.isnan(chain.ask_price[0])
    assert chain.mark_iv[0] == pytest.approx(0.625)
    assert (chain.open_interest[0], chain.unit[0], chain.open_interest_usd[0]) == (7.0, 1.0, 7 * 1_990.0)
    assert (chain.index_price, chain.index_at, chain.underlying_price[0]) == (1_990.0, NOW, 2_000.0)


def test_delta_is_that_of_vollib_to_the_second() -> None:
    chain = built("ETH", row("ETH-9JAN24-2200-C", mark_iv=62.5), row("ETH-9JAN24-2200-P", mark_iv=62.5))
    years = (EXPIRY - NOW) / (365 * 86_400_000)
    expected = [
        vollib_reference.delta(forward=2_000.0, strike=2_200.0, years=years, volatility=0.625, is_call=side)
        for side in (False, True)
    ]
    assert_array_equal(chain.is_call, [False, True])
    assert_allclose(chain.delta, expected, rtol=1e-9)
    unknown = black_delta(
        forward=np.array([1.0, 1.0]),
        strike=np.array([1.0, 1.0]),
        years=np.array([0.0, 1.0]),
        volatility=np.array([0.5, np.nan]),
        is_call=np.array([True, False]),
    )
    assert np.isnan(unknown).all()


def test_linear_options_are_in_dollars_already(shared_data: Path) -> None:
    sample = json.loads((shared_data / "samples" / "deribit_book_summary_usdc_row.json").read_text())
    (read,) = deribit_wire.summaries.decode(json.dumps({"result": [sample]}).encode()).result
    assert chain_of("BTC", [read], NOW) is None  # the options on BTC are the inverse ones
    linear = built("SOL", msgspec.structs.replace(read, instrument_name="SOL_USDC-23OCT26-650-C"))
    assert (linear.bid_price[0], linear.ask_price[0], linear.mark_iv[0]) == (500.0, 510.0, 0.5)
    assert linear.index_price == 60_010.0  # the forward, where no index is told


def test_what_is_not_asked_for_expired_or_without_forward_is_left_out() -> None:
    rows = [
        row("ETH-8JAN24-2200-C"),
        row("BTC-9JAN24-2200-C"),
        row("ETH-9JAN24-2200-C", underlying_price=None),
        row("ETH-PERPETUAL"),
    ]
    assert chain_of("ETH", rows, NOW) is None
    expired = row("ETH-9JAN24-2200-P", estimated_delivery_price="expired")
    assert built("ETH", *rows, expired, expired).symbols == ("ETH-9JAN24-2200-P",)
    assert built("ETH", expired).index_price == 2_000.0


def test_an_odd_row_costs_that_row_only() -> None:
    rows = [
        {"instrument_name": "ETH-9JAN24-2200-C", "creation_timestamp": NOW, "mark_iv": value}
        for value in (50, -1)
    ]
    read = deribit_wire.summaries.decode(json.dumps({"result": [*rows, {"mark_iv": 1}]}).encode())
    assert [found.mark_iv for found in read.result] == [50.0]


def test_parity_of_the_recorded_prices(shared_data: Path) -> None:
    """Call minus put is worth forward minus strike, in dollars, between the quotes and to the marks' last digit."""
    read = deribit_wire.summaries.decode(recorded_options.eth_body(shared_data)).result
    chain = built("ETH", *read)
    assert len(chain) == len(read) == 684
    pairs = recorded_options.pairs(expiry=chain.expiry, strike=chain.strike, is_call=chain.is_call)
    worth = (chain.underlying_price - chain.strike)[pairs.call]
    low = chain.bid_price[pairs.call] - chain.ask_price[pairs.put]
    high = chain.ask_price[pairs.call] - chain.bid_price[pairs.put]
    quoted = np.isfinite(low + high)
    assert quoted.sum() > 80
    assert ((low <= worth + 1e-6) & (worth <= high + 1e-6))[quoted].all()
    marks = chain.mark_price[pairs.call] - chain.mark_price[pairs.put]
    assert_allclose(marks, worth, atol=2_500 * 1e-4)
    assert abs(marks - worth).max() < 0.01 * np.median(chain.mark_price)
