"""Lists of changes by hand, by their accounts, and by what an exchange accepts."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.features.rebalancing import TradeLine, cash_after, rebalancing, whole_steps


def test_buying_and_selling_by_hand() -> None:
    lines = [
        TradeLine("BTC", 50_000.0, 0.1, 2_500.0, 0.00001, 5.0),
        TradeLine("ETH", 2_500.0, 0.0, 2_500.0, 0.0001, 5.0),
    ]
    sold, bought = rebalancing(lines, 0.001)
    assert (sold.quantity, sold.value, sold.fee) == pytest.approx((-0.05, -2_500.0, 2.5))
    assert bought.quantity == pytest.approx(0.999)
    assert bought.value + bought.fee <= 2_500.0
    assert cash_after(100.0, [sold, bought]) == pytest.approx(100 + 2_500 - 2.5 - bought.value - bought.fee)


def test_what_the_exchange_refuses_is_left_with_its_reason() -> None:
    lines = [
        TradeLine("A", 100.0, 0.0, 4.0, 0.001, 5.0),
        TradeLine("B", 100.0, 0.0, 4.0, 1.0, None),
        TradeLine("C", 100.0, 1.0, 100.0, 0.01, 5.0),
        TradeLine("D", 100.0, 0.0, 4.0),
    ]
    assert [change.why for change in rebalancing(lines, 0.0)] == ["below_least", "below_step", "", ""]
    assert [change.quantity for change in rebalancing(lines, 0.0)] == [0, 0, 0, pytest.approx(0.04)]


@pytest.mark.parametrize(
    ("quantity", "step", "expected"),
    [(0.3, 0.1, 0.3), (0.29999, 0.1, 0.2), (-1.27, 0.01, -1.27), (-1.279, 0.01, -1.27), (7.0, None, 7.0)],
)
def test_steps_round_towards_zero(quantity: float, step: float | None, expected: float) -> None:
    assert whole_steps(quantity, step) == pytest.approx(expected, abs=1e-15)


@settings(max_examples=300, deadline=None)
@given(st.integers(-8, 2), st.floats(1e-6, 1e5), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 0.01))
def test_nothing_is_spent_or_sold_that_is_not_there(
    exponent: int, price: float, have: float, wanted: float, fee: float
) -> None:
    step = 10.0**exponent
    (change,) = rebalancing([TradeLine("X", price, have / price, wanted, step, 5.0)], fee)
    assert change.quantity >= -have / price * (1 + 1e-9)
    if change.quantity > 0:
        assert change.value + change.fee <= (wanted - have) * (1 + 1e-9) + 1e-9
    if change.quantity:
        assert abs(change.value) >= 5.0
        steps = Decimal(repr(change.quantity)) / Decimal(repr(step))
        assert abs(float(steps - round(steps))) < 1e-6 * max(1.0, float(abs(steps)))


def test_a_coin_without_a_price_is_refused() -> None:
    with pytest.raises(ValueError, match="no price"):
        rebalancing([TradeLine("X", 0.0, 1.0, 1.0)], 0.001)
