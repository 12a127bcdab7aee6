"""Numbers as texts, and rates of many intervals at once."""

from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.sandbox.exchange.market.funding import CAP, funding_rate, funding_rates
from utils.sandbox.exchange.rest.numbers import fixed, fixed_column

DAY_HOURS: Final = 24
WHOLE: Final = st.lists(st.integers(-(10**9), 10**15), max_size=20)


@given(WHOLE, st.integers(0, 8), st.integers(0, 4))
def test_a_column_is_written_as_its_numbers_are(values: list[int], digits: int, further: int) -> None:
    column = np.array(values, dtype=np.int64)
    wanted = [fixed(value, digits, digits + further) for value in values]
    assert fixed_column(column, digits, digits + further) == wanted


def test_a_recorded_column_keeps_its_decimals() -> None:
    assert fixed_column(np.array([0.1, 12.34567]), 2, 3) == ["0.100", "12.346"]


@pytest.mark.parametrize("hours", [1, 4, 8])
def test_rates_together_are_the_rates_alone(hours: int) -> None:
    rng = np.random.default_rng(hours)
    premiums = rng.normal(0.0, 0.01, (DAY_HOURS, hours))
    together = funding_rates(premiums, hours)
    assert together == [funding_rate(row, hours) for row in premiums]
    assert max(map(abs, together)) <= CAP


def test_later_premiums_weigh_more_and_the_clamp_is_of_interest() -> None:
    # (1 x 0 + 2 x 0.003) / 3 = 0.002; 0.0001 - 0.002 is clamped to -0.0005
    assert funding_rates(np.array([[0.0, 0.003]]), 8) == [0.0015]
    assert funding_rates(np.array([[0.0, 0.0]]), 4) == [0.00005]
