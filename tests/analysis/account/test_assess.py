"""An account's figures by hand, its level, and what is said when a part of it cannot be had."""

import pickle
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace as changed

from analysis.account.assess import assess, in_ranges, nearest_liquidation, risk_level
from analysis.account.holdings import HeldPosition, coins_of, exposures, positions_of
from analysis.account.inputs import AccountInputs
from analysis.account.result import AccountRisk
from analysis.framework.question import Instrument
from analysis.framework.reasons import Reason
from tests.support.accounts import (
    COIN,
    CONFIG,
    FUTURES,
    LONG,
    ODD_NUMBERS,
    SHORT,
    sample_account,
    sample_inputs,
    some_bars,
)
from utils.binance_api.account.schemas import Position, SpotAccount, SpotBalance, SymbolConfig
from utils.binance_api.symbols import Listed, SymbolTable

DOWN = Reason("source_down", {"source": "binance.futures.account"})


def test_totals_by_hand() -> None:
    result = sample_account()
    assert result.equity == 31_337.61
    assert result.wealth == pytest.approx(31_337.61 + 4669.21 + 71.5)
    assert result.gross == pytest.approx(27_182.81 + 7357.29)
    assert result.net == pytest.approx(27_182.81 - 7357.29)
    assert result.leverage == pytest.approx((27_182.81 + 7357.29) / 31_337.61)
    assert result.margin_ratio == pytest.approx(172.70 / 31_337.61)


def test_positions_by_hand() -> None:
    long, short = sample_account().positions
    assert long.leverage == pytest.approx(27_182.81 / 31_337.61)
    assert long.distance == pytest.approx(1 - 41_234.5 / 54_365.62)
    assert short.distance == pytest.approx(3300.25 / 2942.916 - 1)
    assert (long.held.setting, short.held.side) == (20.0, "short")
    assert long.share is not None
    assert long.share > 0 > (short.share or 0) - 1


def test_a_distance_in_ranges_by_hand() -> None:
    """Bars that all range over exactly 10 have a true range of 10."""
    bars = some_bars(1, 30)
    flat = np.full(30, 54_365.62)
    ranged = replace(bars, close=flat, open=flat, high=flat + 5, low=flat - 5)
    assert in_ranges(LONG, ranged, 14) == pytest.approx((54_365.62 - 41_234.5) / 10)
    assert in_ranges(LONG, ranged.tail(14), 14) is None
    assert in_ranges(LONG, replace(ranged, high=flat, low=flat), 14) is None
    near = nearest_liquidation((LONG, SHORT), {Instrument("futures", "BTCUSDT"): ranged}, 14)
    assert near == pytest.approx((54_365.62 - 41_234.5) / 10)


def test_a_price_beyond_its_liquidation_has_no_way_left() -> None:
    assert replace(LONG, liquidation=60_000.0).distance == 0
    assert replace(SHORT, liquidation=1.0).distance == 0


def test_level_anchors_and_direction() -> None:
    assert risk_level(10.0, 100.0, None, 0.10, 3.0) == pytest.approx(0.5)
    assert risk_level(0.0, 100.0, 3.0, 0.10, 3.0) == pytest.approx(0.5)
    assert risk_level(10.0, 100.0, 3.0, 0.10, 3.0) == pytest.approx(0.75)
    assert risk_level(0.0, 100.0, None, 0.10, 3.0) == 0
    assert risk_level(5.0, 0.0, None, 0.10, 3.0) == 1
    assert risk_level(5.0, 100.0, 0.0, 0.10, 3.0) == 1
    losses = [risk_level(x, 100.0, 5.0, 0.10, 3.0) for x in (0, 1, 5, 50, 500)]
    ways = [risk_level(5.0, 100.0, d, 0.10, 3.0) for d in (0.0, 0.1, 1.0, 10.0, 1e9)]
    assert losses == sorted(losses)
    assert ways == sorted(ways, reverse=True)
    assert all(0 <= level <= 1 for level in losses + ways)


def test_the_scalar_is_the_level() -> None:
    result = sample_account()
    assert result.risk is not None
    assert 0 < result.risk < 1
    assert (result.scalar.name, result.scalar.kind, result.scalar.value) == (
        "risk.account",
        "intensity",
        result.risk,
    )
    assert (result.scalar.horizon_s, result.scalar.is_final) == (86_400.0, False)


def test_more_of_the_same_is_more_dangerous() -> None:
    heavier = sample_inputs()
    double = {one: 3 * amount for one, amount in heavier.exposures.items()}
    assert (sample_account(exposures=double).risk or 0) > (sample_account().risk or 0)


def missing(**changes: Any) -> AccountRisk:
    return sample_account(**changes)


def test_without_the_futures_account_totals_are_missing_and_positions_stand() -> None:
    result = missing(futures=None, reasons={"futures": DOWN})
    for name in ("equity", "wealth", "leverage", "margin_ratio", "risk"):
        assert getattr(result, name) is None
        assert result.reasons[name] == DOWN
    assert result.gross is not None
    assert result.positions[0].distance is not None
    assert result.positions[0].reasons["leverage"] == DOWN
    assert result.unread == {"futures": DOWN}
    assert result.losses[0].value_at_risk is not None
    assert result.scalar.value is None
    assert result.scalar.reason == DOWN


def test_without_positions_no_level_is_told() -> None:
    result = missing(positions=None, exposures=exposures((), (COIN,)), reasons={"positions": DOWN})
    assert (result.gross, result.risk, result.positions) == (None, None, ())
    assert result.reasons["risk"] == DOWN
    assert result.losses[0].value_at_risk is not None


def test_without_spot_wealth_is_missing() -> None:
    result = missing(coins=None, exposures=exposures((LONG, SHORT), ()), reasons={"spot": DOWN})
    assert (result.wealth, result.risk) == (None, None)
    assert result.leverage is not None


def test_without_bars_there_is_no_loss_and_no_level() -> None:
    result = missing(bars={}, daily={})
    assert result.risk is None
    assert result.reasons["risk"].code == "uncovered"
    assert {row.value_at_risk for row in result.losses} == {None}
    assert result.positions[0].distance_atr is None
    assert result.positions[0].reasons["distance_atr"].code == "no_data"
    assert result.leverage is not None


def test_a_position_without_a_liquidation_price_says_so() -> None:
    safe = replace(LONG, liquidation=None)
    result = missing(positions=(safe,), exposures=exposures((safe,), ()))
    assert result.positions[0].distance is None
    assert result.positions[0].reasons["distance"].code == "no_own_liquidation"
    assert result.nearest is None
    assert result.risk is not None


def test_a_lever_setting_that_was_not_read_says_so() -> None:
    unset = replace(LONG, setting=None)
    result = missing(positions=(unset,), exposures=exposures((unset,), ()), reasons={"leverage": DOWN})
    assert result.positions[0].reasons["setting"] == DOWN


@pytest.mark.parametrize("equity", [0.0, -5.0])
def test_without_equity_there_is_no_leverage(equity: float) -> None:
    result = missing(futures=changed(FUTURES, total_margin_balance=equity))
    assert result.leverage is None
    assert result.reasons["leverage"].code == "no_equity"


def test_an_empty_account_is_safe() -> None:
    nothing = changed(FUTURES, total_margin_balance=0.0, total_maint_margin=0.0)
    result = missing(futures=nothing, positions=(), coins=(), exposures={}, bars={}, daily={})
    assert (result.risk, result.leverage, result.gross, result.wealth) == (0.0, 0.0, 0, 0.0)


def test_hedge_legs_are_one_exposure_and_two_positions() -> None:
    legs = (LONG, replace(LONG, amount=-0.2, notional=-10_873.12))
    assert exposures(legs, ()) == {Instrument("futures", "BTCUSDT"): pytest.approx(27_182.81 - 10_873.12)}
    assert len(missing(positions=legs, exposures=exposures(legs, ())).positions) == 2


def row(symbol: str, amount: float, **changes: Any) -> Position:
    facts: dict[str, Any] = {
        "symbol": symbol,
        "position_side": "BOTH",
        "position_amt": amount,
        "entry_price": 10.0,
        "mark_price": 12.0,
        "un_realized_profit": 2.0 * amount,
        "liquidation_price": 0.0,
        "notional": 12.0 * amount,
        "update_time": 0,
        "margin_asset": "USDT",
    }
    return Position(**facts | changes)


def test_positions_are_read_with_their_settings() -> None:
    configs = {"AUSDT": SymbolConfig("AUSDT", "ISOLATED", 7, 1e6)}
    rows = [
        row("AUSDT", -3.0, isolated_wallet=9.0, liquidation_price=15.0),
        row("BUSDC", 100.0, margin_asset="USDC"),
    ]
    (first, second), foreign = positions_of([*rows, row("ETHBTC", 1.0, margin_asset="BTC")], configs)
    assert (first.symbol, first.setting, first.isolated, first.liquidation) == ("BUSDC", None, False, None)
    assert (second.symbol, second.side, second.setting, second.margin) == ("AUSDT", "short", 7.0, 3.0)
    assert foreign == ("ETHBTC",)


def test_coins_are_priced_and_unpriced_ones_named() -> None:
    table = SymbolTable(
        "spot",
        {
            s: Listed(s, a, q, "trading", a, 1)
            for s, a, q in (("BTCUSDT", "BTC", "USDT"), ("XFDUSD", "X", "FDUSD"))
        },
        0,
    )
    balances = (
        SpotBalance("BTC", 0.5, 0.25),
        SpotBalance("USDC", 3.0, 0.0),
        SpotBalance("X", 2.0, 0.0),
        SpotBalance("Q", 1.0, 0.0),
    )
    coins, unpriced = coins_of(
        SpotAccount(balances, 0, False, False), table, {"BTCUSDT": 100.0, "XFDUSD": 7.0}
    )
    assert {(coin.asset, coin.value, coin.is_stable) for coin in coins} == {
        ("BTC", 75.0, False),
        ("X", 14.0, False),
        ("USDC", 3.0, True),
    }
    assert unpriced == ("Q",)


def test_no_number_shows_in_what_might_be_logged() -> None:
    result = sample_account()
    shown = " ".join(map(repr, (result, sample_inputs(), *result.positions, LONG, COIN, *result.losses)))
    plain = [number.replace(",", "") for number in ODD_NUMBERS]
    assert not [number for number in plain if number in shown or number in f"{result}"]
    assert "31337" not in shown


def carried(inputs: AccountInputs) -> AccountInputs:
    back = pickle.loads(pickle.dumps(inputs))  # noqa: S301 - our own bytes
    assert isinstance(back, AccountInputs)
    return back


def test_the_same_account_is_the_same_answer_and_can_be_handed_over() -> None:
    first, again = sample_account(), assess(carried(sample_inputs()), {}, CONFIG)
    assert [getattr(first, field.name) for field in fields(first)] == [
        getattr(again, field.name) for field in fields(again)
    ]


def test_a_position_through_zero_mark_has_no_distance() -> None:
    broken: HeldPosition = replace(LONG, mark=0.0)
    assert broken.distance is None
