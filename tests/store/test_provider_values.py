"""Daily values of providers: the first vintage stays, known when it was known, the same on both databases."""

from dataclasses import replace

import numpy as np
import pytest

from utils.store.provider_values import ProviderValue
from utils.store.store import Store

ALL = 2**62
VALUE = ProviderValue("coinmetrics", "mvrv", "BTC", 86_400_000, 180_000_000, 190_000_000, 2.25)


async def test_a_value_comes_back_with_the_moment_it_was_known(store: Store) -> None:
    values = store.provider_values
    later = replace(VALUE, ts=2 * 86_400_000, known_at=270_000_000, value=-0.1)
    assert await values.append([later, VALUE]) == 2
    window = await values.window("coinmetrics", "mvrv", "BTC", as_of=ALL)
    assert (window.ts.tolist(), window.value.tolist()) == ([86_400_000, 172_800_000], [2.25, -0.1])
    past = await values.window("coinmetrics", "mvrv", "BTC", as_of=269_999_999)
    assert past.known_at.tolist() == [180_000_000]
    assert len(await values.window("coinmetrics", "mvrv", "ETH", as_of=ALL)) == 0


async def test_the_first_vintage_stays(store: Store) -> None:
    values = store.provider_values
    await values.append([VALUE])
    revised = replace(VALUE, value=9.0, known_at=181_000_000)
    assert await values.append([revised]) == 0
    assert (await values.window("coinmetrics", "mvrv", "BTC", as_of=ALL)).value.tolist() == [2.25]


async def test_a_reading_is_noted_even_without_values_and_never_goes_back(store: Store) -> None:
    values = store.provider_values
    assert await values.read_at("farside", "etf", "BTC") is None
    await values.note_reading("farside", "etf", "BTC", 20)
    await values.note_reading("farside", "etf", "BTC", 10)
    assert await values.read_at("farside", "etf", "BTC") == 20
    assert await values.read_at("farside", "etf", "ETH") is None


async def test_integers_of_numpy_are_kept_as_integers(store: Store) -> None:
    made = replace(VALUE, ts=np.int64(86_400_000), known_at=np.int64(5), first_seen=np.int64(6))  # type: ignore[arg-type]
    await store.provider_values.append([made])
    assert (await store.provider_values.window("coinmetrics", "mvrv", "BTC", as_of=5)).ts.tolist() == [
        86_400_000
    ]


@pytest.mark.parametrize("change", [{"value": float("nan")}, {"fact": ""}, {"ts": -1}])
def test_what_no_database_keeps_is_refused_before_it_waits(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"value|fact|ts"):
        replace(VALUE, **change)  # type: ignore[arg-type]
