"""Bars: closed parts, tails, gaps, and arrays nobody can change."""

import numpy as np
import pytest

from utils.binance_api.bars import Bars

HOUR = 3_600_000


def bars(opens: list[int], *, unfinished: bool = True, length: int | None = None) -> Bars:
    n = len(opens)
    price = np.arange(n, dtype=np.float64)
    open_time = np.array(opens, np.int64) * HOUR
    return Bars(
        symbol="BTCUSDT",
        market="spot",
        interval="1h",
        series="trade",
        open_time=open_time,
        close_time=open_time + HOUR - 1,
        open=price,
        high=price,
        low=price,
        close=price if length is None else np.zeros(length),
        volume=price,
        quote_volume=price,
        taker_base=price,
        taker_quote=price,
        trades=np.zeros(n, np.int64),
        is_final=np.array([True] * (n - unfinished) + [False] * unfinished),
        as_of=opens[-1] * HOUR + 5,
        source="binance.spot.klines",
        fetched_at=opens[-1] * HOUR + 9,
    )


def test_closed_drops_the_unfinished_bar() -> None:
    whole = bars([1, 2, 3])
    assert whole.closed().open_time.tolist() == [HOUR, 2 * HOUR]
    assert whole.closed().as_of == whole.as_of


@pytest.mark.parametrize(
    ("moment", "kept"), [(3 * HOUR - 1, 1), (3 * HOUR, 2), (3 * HOUR + 1, 2), (99 * HOUR, 2), (0, 0)]
)
def test_closed_at_a_moment_keeps_what_had_closed_before_it(moment: int, kept: int) -> None:
    past = bars([1, 2, 3]).closed(moment)
    assert len(past) == kept
    assert past.as_of == min(moment, 3 * HOUR + 5)


def test_tail_age_and_gaps() -> None:
    some = bars([1, 2, 5, 6, 8], unfinished=False)
    assert some.tail(2).close.tolist() == [3.0, 4.0]
    assert len(some.tail(50)) == 5
    assert (some.gaps() // HOUR).tolist() == [3, 4, 7]
    assert some.age_ms(8 * HOUR + 105) == 100
    assert some.closed() is some


def test_arrays_are_read_only_and_of_one_length() -> None:
    with pytest.raises(ValueError, match="read-only"):
        bars([1, 2]).close[0] = 1.0
    with pytest.raises(ValueError, match="close has shape"):
        bars([1, 2], length=3)
