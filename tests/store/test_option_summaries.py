"""Option summaries: figures over time as arrays, the newest surface whole, JSON the same on both databases."""

from dataclasses import replace

import numpy as np
import pytest

from utils.store.option_summaries import OptionSummary
from utils.store.store import Store

ALL = 2**62
SURFACE = [
    {"expiry": 1_771_574_400_000, "strikes": [60_000.0, 1e22], "iv_pct": [36.24, None], "name": "Vadeli ½"}
]
SUMMARY = OptionSummary(
    "deribit", "BTC", 1_000, 1_100, 89_520.01, {"atm_iv_30d_pct": 36.24, "zero_gamma_usd": None}, SURFACE
)


async def test_a_summary_comes_back_as_it_was(store: Store) -> None:
    assert await store.option_summaries.append([SUMMARY]) == 1
    read = await store.option_summaries.latest("deribit", "BTC", as_of=ALL)
    assert read == SUMMARY
    assert read is not None
    assert isinstance(read.surface[0]["strikes"][1], float)  # type: ignore[index]


async def test_a_figure_over_time_has_nan_where_it_could_not_be_computed(store: Store) -> None:
    later = replace(SUMMARY, ts=2_000, known_at=2_100, figures={"zero_gamma_usd": 90_000.0})
    await store.option_summaries.append([later, SUMMARY, replace(SUMMARY, source="binance")])
    window = await store.option_summaries.figure("deribit", "BTC", "zero_gamma_usd", 0, ALL, as_of=ALL)
    assert window.ts.tolist() == [1_000, 2_000]
    assert np.array_equal(window.value, [np.nan, 90_000.0], equal_nan=True)
    assert window.value.dtype == np.float64
    missing = await store.option_summaries.figure("deribit", "ETH", "zero_gamma_usd", 0, ALL, as_of=ALL)
    assert len(missing) == 0


async def test_a_past_moment_sees_the_summary_of_its_time(store: Store) -> None:
    await store.option_summaries.append([SUMMARY, replace(SUMMARY, ts=2_000, known_at=2_100)])
    assert await store.option_summaries.latest("deribit", "BTC", as_of=2_099) == SUMMARY
    assert await store.option_summaries.latest("deribit", "BTC", as_of=1_099) is None
    assert len(await store.option_summaries.figure("deribit", "BTC", "x", 0, ALL, as_of=2_099)) == 1


async def test_the_first_summary_of_a_moment_stays(store: Store) -> None:
    await store.option_summaries.append([SUMMARY])
    assert await store.option_summaries.append([replace(SUMMARY, index_price=1.0)]) == 0
    assert await store.option_summaries.latest("deribit", "BTC", as_of=ALL) == SUMMARY


@pytest.mark.parametrize(
    "change",
    [{"figures": {"iv": float("nan")}}, {"surface": [{"iv": float("inf")}]}, {"index_price": float("nan")}],
)
def test_what_json_cannot_keep_is_refused_before_it_waits(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"finite|JSON compliant"):
        replace(SUMMARY, **change)  # type: ignore[arg-type]
