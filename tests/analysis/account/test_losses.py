"""Losses of a whole account against numpy's order statistics, scipy's normal distribution and exact hedges."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from analysis.account.fits import FitMemory
from analysis.account.losses import KINDS, LossPanel, account_losses, histories, panel_of
from analysis.framework.question import Instrument
from config.c_account import AccountConfig
from tests.support.accounts import CONFIG, some_bars
from utils.binance_api.bars import Bars

A = Instrument("futures", "AUSDT")
B = Instrument("spot", "BUSDT")
PAST: dict[Instrument, Bars] = {A: some_bars(1), B: some_bars(2)}
DAILY: dict[Instrument, Bars] = {A: some_bars(11, 1000, "1d"), B: some_bars(12, 1000, "1d")}
EXPOSED = {A: 1000.0, B: -400.0}
GARCH = FitMemory().recursions(PAST, CONFIG)


def returns(bars: Bars, count: int) -> np.ndarray:
    return np.diff(np.log(bars.close))[-count:]


def worst(pnl: np.ndarray, confidence: float) -> tuple[float, float]:
    """numpy: the (floor(a) + 1)-th worst loss and the mean of the worst a, a a whole number here."""
    losses, a = np.sort(-pnl)[::-1], round((1 - confidence) * len(pnl))
    return float(losses[a]), float(losses[:a].mean())


def test_every_kind_of_loss_is_told() -> None:
    result = account_losses(EXPOSED, PAST, DAILY, "4h", {}, CONFIG)
    assert {(row.method, row.horizon, row.confidence) for row in result.rows} == set(KINDS)
    assert all(row.value_at_risk is not None and row.reason is None for row in result.rows)
    assert all((row.expected_shortfall or 0) > (row.value_at_risk or 0) > 0 for row in result.rows)


@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_historical_bar_is_the_baskets_own_past(confidence: float) -> None:
    result = account_losses(EXPOSED, PAST, DAILY, "4h", {}, CONFIG).find("historical", "bar", confidence)
    moved = [np.expm1(returns(PAST[one], 2000)) for one in (A, B)]
    expected = worst(1000 * moved[0] - 400 * moved[1], confidence)
    assert (result.value_at_risk, result.expected_shortfall) == pytest.approx(expected, rel=1e-9)


def test_historical_day_reads_days() -> None:
    result = account_losses({A: 50.0}, PAST, DAILY, "1h", {}, CONFIG).find("historical", "day", 0.95)
    pnl = 50 * np.expm1(returns(DAILY[A], 999))
    losses = np.sort(-pnl)[::-1]
    assert result.value_at_risk == pytest.approx(losses[49], rel=1e-9)
    assert result.expected_shortfall == pytest.approx(
        (losses[:49].sum() + 0.95 * losses[49]) / 49.95, rel=1e-9
    )


def test_filtered_bar_of_a_calm_walk_is_the_normal_one() -> None:
    """Reference: scipy's normal quantile of w'Sw for two independent walks of 1 % a bar."""
    result = account_losses(EXPOSED, PAST, DAILY, "4h", {}, CONFIG).find("filtered", "bar", 0.95)
    deviation = 0.01 * np.hypot(1000, 400)
    assert result.value_at_risk == pytest.approx(-deviation * stats.norm.ppf(0.05), rel=0.1)


def test_filtered_day_of_a_calm_walk_grows_as_six_bars_do() -> None:
    result = account_losses(EXPOSED, PAST, DAILY, "4h", GARCH, replace_paths(20_000)).find(
        "filtered", "day", 0.95
    )
    deviation = 0.01 * np.hypot(1000, 400) * np.sqrt(6)
    assert result.value_at_risk == pytest.approx(-deviation * stats.norm.ppf(0.05), rel=0.1)


def replace_paths(paths: int) -> AccountConfig:
    return CONFIG.model_copy(update={"paths": paths})


def test_what_moves_as_one_hedges_exactly() -> None:
    """Independent draws would leave most of the risk; joint ones leave none."""
    same = {A: PAST[A], B: PAST[A]}
    days = {A: DAILY[A], B: DAILY[A]}
    result = account_losses({A: 700.0, B: -700.0}, same, days, "4h", {}, CONFIG)
    assert all(abs(row.expected_shortfall or 0) < 1e-9 for row in result.rows)


def test_parts_of_the_risk_add_up_and_a_hedge_is_negative() -> None:
    both = {A: PAST[A], B: PAST[A]}
    result = account_losses({A: 700.0, B: -200.0}, both, DAILY, "4h", {}, CONFIG)
    assert sum(result.shares.values()) == pytest.approx(1, abs=1e-12)
    assert result.shares == pytest.approx({A: 1.4, B: -0.4}, rel=1e-9)


def test_order_and_size_of_the_account_change_nothing_else() -> None:
    straight = account_losses(EXPOSED, PAST, DAILY, "4h", {}, CONFIG)
    turned = account_losses({B: -400.0, A: 1000.0}, dict(reversed(PAST.items())), DAILY, "4h", {}, CONFIG)
    tenfold = account_losses({A: 10_000.0, B: -4000.0}, PAST, DAILY, "4h", {}, CONFIG)
    for kind in KINDS:
        loss = straight.find(*kind).expected_shortfall or 0
        assert turned.find(*kind).expected_shortfall == pytest.approx(loss, rel=1e-9)
        assert tenfold.find(*kind).expected_shortfall == pytest.approx(10 * loss, rel=1e-9)


def test_only_shared_bars_are_drawn() -> None:
    """The second series lacks every tenth bar: rows without it, and the returns over its holes, are in no draw."""
    keep = np.arange(len(PAST[B])) % 10 != 5
    columns = {name: getattr(PAST[B], name)[keep] for name in ("open_time", "close_time", "close", "open")}
    rest = {name: getattr(PAST[B], name)[keep] for name in ("high", "low", "volume", "quote_volume")}
    more = {
        name: getattr(PAST[B], name)[keep] for name in ("taker_base", "taker_quote", "trades", "is_final")
    }
    holey = replace(PAST[B], **columns, **rest, **more)
    panel = panel_of(EXPOSED, histories({A: PAST[A], B: holey}, {}, CONFIG), "4h", 0.95, CONFIG)
    assert isinstance(panel, LossPanel)
    assert np.isfinite(panel.returns).all()
    assert len(panel.returns) == pytest.approx(0.8 * 2199, abs=3)


def test_too_few_bars_for_the_higher_level_only() -> None:
    short = {one: bars.tail(1000) for one, bars in PAST.items()}
    result = account_losses(EXPOSED, short, DAILY, "4h", {}, CONFIG)
    assert result.find("historical", "bar", 0.95).value_at_risk is not None
    missing = result.find("filtered", "bar", 0.99)
    assert missing.value_at_risk is None
    assert missing.reason is not None
    assert missing.reason.code == "uncovered"
    assert result.shares == {}


def test_a_small_newcomer_is_left_out_by_name_and_a_large_one_is_not_passed_over() -> None:
    young = {A: PAST[A], B: PAST[B].tail(40)}
    small = account_losses({A: 1000.0, B: 100.0}, young, DAILY, "4h", {}, CONFIG).find(
        "filtered", "bar", 0.95
    )
    assert small.left_out == ("BUSDT",)
    assert small.value_at_risk == pytest.approx(
        account_losses({A: 1000.0}, PAST, DAILY, "4h", {}, CONFIG).find("filtered", "bar", 0.95).value_at_risk
    )
    large = account_losses({A: 1000.0, B: 600.0}, young, DAILY, "4h", {}, CONFIG).find(
        "filtered", "bar", 0.95
    )
    assert large.value_at_risk is None
    assert large.reason is not None


def test_nothing_held_loses_nothing() -> None:
    result = account_losses({}, {}, {}, "4h", {}, CONFIG)
    assert {row.expected_shortfall for row in result.rows} == {0.0}


def test_standing_prices_have_no_residuals_and_say_so() -> None:
    still = replace(PAST[A], close=np.full(len(PAST[A]), 5.0))
    result = account_losses({A: 10.0}, {A: still}, {A: DAILY[A]}, "4h", {}, CONFIG)
    assert result.find("filtered", "bar", 0.95).value_at_risk is None
    assert result.find("filtered", "bar", 0.95).reason is not None
    assert result.find("historical", "day", 0.95).value_at_risk is not None


def test_bars_longer_than_a_day_leave_the_day_to_days() -> None:
    result = account_losses(EXPOSED, {}, DAILY, "1w", {}, CONFIG)
    assert result.find("filtered", "bar", 0.95).value_at_risk is None
    assert result.find("filtered", "day", 0.95).value_at_risk is not None
