"""Crashes replayed by hand: losses, isolated and joint liquidations."""

from dataclasses import replace

import pytest

from analysis.account.stress import CrashPaths, account_crashes, cross_breaks, liquidations
from analysis.features.stress import EVENTS
from analysis.framework.question import Instrument
from analysis.framework.reasons import Reason
from tests.support.accounts import COIN, LONG, SHORT, crash_path

EXPOSED = {
    Instrument("futures", "BTCUSDT"): LONG.notional,
    Instrument("futures", "ETHUSDT"): SHORT.notional,
    Instrument("spot", "SOLUSDT"): COIN.value,
}


def through(*lows: float, equity: float | None = 31_337.61) -> list[tuple[float | None, int | None]]:
    crashes = {event.id: crash_path(*lows) for event in EVENTS}
    result = account_crashes(EXPOSED, (LONG, SHORT), equity, crashes)
    return [(row.loss, row.liquidations) for row in result]


def test_the_loss_is_that_of_the_worst_hour() -> None:
    """Down 30 %: the long and the coin lose it, the short wins it."""
    expected = 0.3 * (LONG.notional + COIN.value + SHORT.notional)
    for loss, closed in through(1.0, 0.7, 0.9):
        assert loss == pytest.approx(expected)
        assert closed == 0


def test_a_rise_closes_the_isolated_short_alone() -> None:
    """Its price of 3300.25 over the mark of 2942.916 is a rise of 12.1 %."""
    assert through(1.0, 1.121)[0][1] == 0
    assert through(1.0, 1.122)[0][1] == 1


def test_cross_positions_fall_together_when_their_backing_does() -> None:
    """Backing is the equity without the isolated margin; a long of 27,182.81 needs 135.91 * (1 + move)."""
    backing = 31_337.61 - SHORT.margin
    assert through(1.0, 0.01)[0][1] == 0  # even a whole loss of the long leaves backing
    poor = 5000.0 + SHORT.margin
    move = (5000.0 - LONG.maintenance) / (LONG.maintenance - LONG.notional)
    assert through(1.0, 1 + move + 1e-6, equity=poor)[0][1] == 0
    assert through(1.0, 1 + move - 1e-6, equity=poor)[0][1] == 1
    assert backing > LONG.notional


def test_two_cross_positions_count_as_two_and_back_each_other() -> None:
    hedge = replace(LONG, symbol="ETHUSDT", amount=-LONG.amount, notional=-LONG.notional)
    paths = crash_path(1.0, 0.5).paths
    assert liquidations((LONG,), 5000.0, paths) == 1
    assert liquidations((LONG, hedge), 5000.0, paths) == 0
    assert liquidations((LONG, replace(LONG, symbol="ETHUSDT")), 5000.0, paths) == 2
    assert not cross_breaks((), 0.0, paths)


def test_without_equity_closings_are_unknown_and_losses_known() -> None:
    loss, closed = through(1.0, 0.7, equity=None)[0]
    assert loss is not None
    assert closed is None


def test_what_has_no_path_says_why() -> None:
    why = Reason("not_traded_then", {"symbol": "SOLUSDT", "event": "March 2020"})
    known = crash_path(1.0, 0.7).paths
    missing = CrashPaths(
        {one: path for one, path in known.items() if one.market == "futures"},
        {Instrument("spot", "SOLUSDT"): why},
    )
    first = account_crashes(EXPOSED, (LONG, SHORT), 1.0, {EVENTS[0].id: missing})[0]
    assert (first.loss, first.liquidations, first.reason) == (None, None, why)
    other = account_crashes(EXPOSED, (LONG, SHORT), 1.0, {})[1]
    assert other.reason is not None


def test_an_empty_account_loses_nothing() -> None:
    assert {(row.loss, row.liquidations) for row in account_crashes({}, (), 0.0, {})} == {(0.0, 0)}


def test_positions_that_are_too_small_to_have_a_path_are_left_alone() -> None:
    assert liquidations((LONG,), -1.0, {}) == 0
