"""An account's figures by hand, its level, and what is said when a part of it cannot be had."""

import pickle
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace as changed

from analysis.account.fetch import AccountInputs
from analysis.account.holdings import OwnPosition, exposures, own_coins, own_positions
from analysis.account.result import AccountRisk
from analysis.account.risk import assess, in_ranges, nearest_liquidation, risk_level
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
    told = sample_account()
    assert told.equity == 31_337.61
    assert told.wealth == pytest.approx(31_337.61 + 4669.21 + 71.5)
    assert told.gross == pytest.approx(27_182.81 + 7357.29)
    assert told.net == pytest.approx(27_182.81 - 7357.29)
    assert told.leverage == pytest.approx((27_182.81 + 7357.29) / 31_337.61)
    assert told.margin_ratio == pytest.approx(172.70 / 31_337.61)


def test_positions_by_hand() -> None:
    long, short = sample_account().positions
    assert long.leverage == pytest.approx(27_182.81 / 31_337.61)
    assert long.distance == pytest.approx(1 - 41_234.5 / 54_365.62)
    assert short.distance == pytest.approx(3300.25 / 2942.916 - 1)
    assert (long.own.setting, short.own.side) == (20.0, "short")
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
    near = nearest_liquidation((LONG, SHORT), {("futures", "BTCUSDT"): ranged}, 14)
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
    told = sample_account()
    assert told.risk is not None
    assert 0 < told.risk < 1
    assert (told.scalar.name, told.scalar.kind, told.scalar.value) == ("risk.account", "intensity", told.risk)
    assert (told.scalar.horizon_s, told.scalar.is_final) == (86_400.0, False)


def test_more_of_the_same_is_more_dangerous() -> None:
    heavier = sample_inputs()
    double = {one: 3 * amount for one, amount in heavier.exposures.items()}
    assert (sample_account(exposures=double).risk or 0) > (sample_account().risk or 0)


def missing(**changes: Any) -> AccountRisk:
    return sample_account(**changes)


def test_without_the_futures_account_totals_are_missing_and_positions_stand() -> None:
    told = missing(futures=None, reasons={"futures": DOWN})
    for name in ("equity", "wealth", "leverage", "margin_ratio", "risk"):
        assert getattr(told, name) is None
        assert told.reasons[name] == DOWN
    assert told.gross is not None
    assert told.positions[0].distance is not None
    assert told.positions[0].reasons["leverage"] == DOWN
    assert told.unread == {"futures": DOWN}
    assert told.losses[0].value_at_risk is not None
    assert told.scalar.value is None
    assert told.scalar.reason == DOWN


def test_without_positions_no_level_is_told() -> None:
    told = missing(positions=None, exposures=exposures((), (COIN,)), reasons={"positions": DOWN})
    assert (told.gross, told.risk, told.positions) == (None, None, ())
    assert told.reasons["risk"] == DOWN
    assert told.losses[0].value_at_risk is not None


def test_without_spot_wealth_is_missing() -> None:
    told = missing(coins=None, exposures=exposures((LONG, SHORT), ()), reasons={"spot": DOWN})
    assert (told.wealth, told.risk) == (None, None)
    assert told.leverage is not None


def test_without_bars_there_is_no_loss_and_no_level() -> None:
    told = missing(bars={}, daily={})
    assert told.risk is None
    assert told.reasons["risk"].code == "uncovered"
    assert {row.value_at_risk for row in told.losses} == {None}
    assert told.positions[0].distance_atr is None
    assert told.positions[0].reasons["distance_atr"].code == "no_data"
    assert told.leverage is not None


def test_a_position_without_a_liquidation_price_says_so() -> None:
    safe = replace(LONG, liquidation=None)
    told = missing(positions=(safe,), exposures=exposures((safe,), ()))
    assert told.positions[0].distance is None
    assert told.positions[0].reasons["distance"].code == "no_own_liquidation"
    assert told.nearest is None
    assert told.risk is not None


def test_a_lever_setting_that_was_not_read_says_so() -> None:
    unset = replace(LONG, setting=None)
    told = missing(positions=(unset,), exposures=exposures((unset,), ()), reasons={"leverage": DOWN})
    assert told.positions[0].reasons["setting"] == DOWN


@pytest.mark.parametrize("equity", [0.0, -5.0])
def test_without_equity_there_is_no_leverage(equity: float) -> None:
    told = missing(futures=changed(FUTURES, total_margin_balance=equity))
    assert told.leverage is None
    assert told.reasons["leverage"].code == "no_equity"


def test_an_empty_account_is_safe() -> None:
    nothing = changed(FUTURES, total_margin_balance=0.0, total_maint_margin=0.0)
    told = missing(futures=nothing, positions=(), coins=(), exposures={}, bars={}, daily={})
    assert (told.risk, told.leverage, told.gross, told.wealth) == (0.0, 0.0, 0, 0.0)


def test_hedge_legs_are_one_exposure_and_two_positions() -> None:
    legs = (LONG, replace(LONG, amount=-0.2, notional=-10_873.12))
    assert exposures(legs, ()) == {("futures", "BTCUSDT"): pytest.approx(27_182.81 - 10_873.12)}
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
    (first, second), foreign = own_positions([*rows, row("ETHBTC", 1.0, margin_asset="BTC")], configs)
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
    coins, unpriced = own_coins(
        SpotAccount(balances, 0, False, False), table, {"BTCUSDT": 100.0, "XFDUSD": 7.0}
    )
    assert {(coin.asset, coin.value, coin.is_stable) for coin in coins} == {
        ("BTC", 75.0, False),
        ("X", 14.0, False),
        ("USDC", 3.0, True),
    }
    assert unpriced == ("Q",)


def test_no_number_shows_in_what_might_be_logged() -> None:
    told = sample_account()
    shown = " ".join(map(repr, (told, sample_inputs(), *told.positions, LONG, COIN, *told.losses)))
    plain = [number.replace(",", "") for number in ODD_NUMBERS]
    assert not [number for number in plain if number in shown or number in f"{told}"]
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
    broken: OwnPosition = replace(LONG, mark=0.0)
    assert broken.distance is None
