"""Series on both databases: idempotent, in order, and never knowing more than was known."""

import asyncio
import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from utils.store.observations import Observation
from utils.store.store import Store

ALL = 2**62
SERIES = "um.open_interest_base"
_names = itertools.count()


def row(ts: int, value: float = 1.0, *, known_at: int | None = None, symbol: str = "BTCUSDT") -> Observation:
    return Observation(SERIES, symbol, ts, ts if known_at is None else known_at, value)


async def test_a_window_comes_back_in_order_as_float64_and_int64(store: Store) -> None:
    values = [0.1, 1e-308, 1.7976931348623157e308, -3.5]
    assert (
        await store.observations.append(
            row(ts, value) for ts, value in zip((30, 10, 20, 40), values, strict=True)
        )
        == 4
    )
    window = await store.observations.window(SERIES, "BTCUSDT", 10, 40, as_of=ALL)
    assert window.ts.tolist() == [10, 20, 30]
    assert window.value.tolist() == [1e-308, 1.7976931348623157e308, 0.1]
    assert window.ts.dtype == window.known_at.dtype == np.int64
    assert window.value.dtype == np.float64


async def test_nothing_that_was_not_known_yet_is_read(store: Store) -> None:
    await store.observations.append([row(10, 1.0, known_at=15), row(20, 2.0, known_at=25)])
    assert (await store.observations.window(SERIES, "BTCUSDT", 0, ALL, as_of=24)).ts.tolist() == [10]
    latest = await store.observations.latest(SERIES, "BTCUSDT", as_of=24)
    assert latest == row(10, 1.0, known_at=15)
    assert await store.observations.latest(SERIES, "BTCUSDT", as_of=14) is None


async def test_the_first_value_of_a_stamp_stays(store: Store) -> None:
    assert await store.observations.append([row(10, 1.0, known_at=11)]) == 1
    assert await store.observations.append([row(10, 2.0, known_at=99), row(20)]) == 1
    assert (await store.observations.latest(SERIES, "BTCUSDT", as_of=15)) == row(10, 1.0, known_at=11)


async def test_symbols_and_series_do_not_mix_and_an_empty_window_is_empty(store: Store) -> None:
    await store.observations.append([row(10), row(10, 5.0, symbol="币安USDT")])
    assert (await store.observations.window(SERIES, "币安USDT", 0, ALL, as_of=ALL)).value.tolist() == [5.0]
    assert len(await store.observations.window("other", "BTCUSDT", 0, ALL, as_of=ALL)) == 0
    assert await store.observations.append([]) == 0


async def test_more_rows_than_one_statement_or_page_may_hold(store: Store) -> None:
    rows = [row(ts, float(ts)) for ts in range(9_000)]
    assert await store.observations.append(rows) == len(rows)
    window = await store.observations.window(SERIES, "BTCUSDT", 0, ALL, as_of=ALL)
    assert np.array_equal(window.ts, np.arange(9_000))
    assert np.array_equal(window.value, np.arange(9_000.0))


async def test_numbers_of_numpy_are_stored_as_numbers(store: Store) -> None:
    stamp = np.int64(1_700_000_000_000)
    await store.observations.append([Observation(SERIES, "BTCUSDT", stamp, stamp, np.float64(0.25))])  # type: ignore[arg-type]
    assert await store.observations.latest(SERIES, "BTCUSDT", as_of=ALL) == row(1_700_000_000_000, 0.25)


async def test_twenty_appenders_at_once_lose_and_double_nothing(store: Store) -> None:
    async def append(worker: int) -> int:
        own = [
            row(ts, float(ts)) for ts in range(worker * 50, worker * 50 + 100)
        ]  # half of it is the neighbour's too
        return sum([await store.observations.append(own[at : at + 20]) for at in range(0, 100, 20)])

    counts = await asyncio.gather(*(append(worker) for worker in range(20)))
    window = await store.observations.window(SERIES, "BTCUSDT", 0, ALL, as_of=ALL)
    assert window.ts.tolist() == list(range(1_050))
    assert sum(counts) == 1_050


@pytest.mark.parametrize(
    "change",
    [
        {"series": ""},
        {"symbol": "BTC\x00"},
        {"symbol": "\ud800"},
        {"ts": -1},
        {"known_at": 2**63},
        {"value": float("nan")},
        {"value": float("inf")},
    ],
)
def test_what_no_database_could_keep_is_refused_before_it_waits(change: dict[str, object]) -> None:
    sound = {"series": SERIES, "symbol": "BTCUSDT", "ts": 1, "known_at": 1, "value": 1.0}
    with pytest.raises(ValueError, match=next(iter(change))):
        Observation(**(sound | change))  # type: ignore[arg-type]


_rows = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 2**62), st.floats(allow_nan=False, allow_infinity=False)),
    max_size=40,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=_rows, cut=st.integers(0, 40), as_of=st.integers(0, 2**62))
async def test_appending_again_and_in_parts_equals_a_dictionary_that_keeps_the_first(
    store: Store, data: list[tuple[int, int, float]], cut: int, as_of: int
) -> None:
    series = f"property.{next(_names)}"
    rows = [Observation(series, "X", ts, known_at, value) for ts, known_at, value in data]
    expected: dict[int, Observation] = {}
    for each in rows:
        expected.setdefault(each.ts, each)
    added = [await store.observations.append(part) for part in (rows[:cut], rows[cut:], rows)]
    assert sum(added) == len(expected)
    assert added[2] == 0
    window = await store.observations.window(series, "X", 0, 31, as_of=as_of)
    known = [expected[ts] for ts in sorted(expected) if expected[ts].known_at <= as_of]
    assert window.ts.tolist() == [each.ts for each in known]
    assert window.value.tolist() == [each.value for each in known]
