"""Published scores: the first one of a key stays, withheld ones too, the same on both databases."""

from dataclasses import replace

import numpy as np
import pytest

from utils.store.scores import PublishedScore, ScoreSeries
from utils.store.store import Store

ALL = 2**62
PUBLISHED = PublishedScore(
    composite="trend_strength",
    subject="BTCUSDT",
    market="spot",
    interval="4h",
    ts=14_399_999,
    config_hash="9f3c2a71b0de",
    as_of=15_000_000,
    bar_close=14_399_999,
    horizon_s=14_400.0,
    score=0.3257,
    raw=0.31,
    uncertainty=0.09,
    coverage=0.974,
    method="weighted_mean",
    inputs={"contributions": [{"input": "trend.direction", "value": -0.78}], "price": None},
)
SERIES = ScoreSeries("trend_strength", "BTCUSDT", "spot", "4h")


def later(bars: int, **changes: int) -> PublishedScore:
    shift = bars * 14_400_000
    moved = {name: getattr(PUBLISHED, name) + shift for name in ("ts", "as_of", "bar_close")}
    return replace(PUBLISHED, **(moved | changes))


async def test_a_score_comes_back_as_it_was_shown(store: Store) -> None:
    assert await store.scores.append([PUBLISHED]) == 1
    (found,) = await store.scores.latest(SERIES, until=ALL, most=10)
    assert found == PUBLISHED
    assert found.key == (SERIES, 14_399_999, "9f3c2a71b0de")


async def test_a_withheld_score_is_kept_as_one(store: Store) -> None:
    withheld = replace(PUBLISHED, score=None, raw=None, uncertainty=None)
    await store.scores.append([withheld])
    assert await store.scores.latest(SERIES, until=ALL, most=10) == (withheld,)


async def test_the_first_score_of_a_bar_stays_and_another_configuration_is_another_score(
    store: Store,
) -> None:
    assert await store.scores.append([PUBLISHED, replace(PUBLISHED, score=0.9)]) == 1
    assert await store.scores.append([replace(PUBLISHED, score=0.9)]) == 0
    other = replace(PUBLISHED, config_hash="abcdef", score=0.4)
    assert await store.scores.append([other]) == 1
    found = await store.scores.latest(SERIES, until=ALL, most=10)
    assert {row.config_hash: row.score for row in found} == {"9f3c2a71b0de": 0.3257, "abcdef": 0.4}


async def test_the_newest_are_read_the_oldest_of_them_first(store: Store) -> None:
    await store.scores.append([later(bars) for bars in (3, 1, 2, 0)])
    found = await store.scores.latest(SERIES, until=ALL, most=2)
    assert found == (later(2), later(3))


async def test_nothing_later_than_the_moment_is_read(store: Store) -> None:
    shown_late = later(1, as_of=90_000_000)
    await store.scores.append([PUBLISHED, shown_late])
    assert await store.scores.latest(SERIES, until=89_999_999, most=10) == (PUBLISHED,)
    assert await store.scores.latest(SERIES, until=14_399_998, most=10) == ()


@pytest.mark.parametrize(
    "change",
    [{"composite": "risk_exposure"}, {"subject": "ETHUSDT"}, {"market": "futures"}, {"interval": "1h"}],
)
async def test_series_are_apart(store: Store, change: dict[str, str]) -> None:
    other = replace(PUBLISHED, **change)  # type: ignore[arg-type]
    assert await store.scores.append([PUBLISHED, other]) == 2
    assert await store.scores.latest(SERIES, until=ALL, most=10) == (PUBLISHED,)
    assert await store.scores.latest(other.series, until=ALL, most=10) == (other,)


async def test_numbers_of_numpy_are_kept(store: Store) -> None:
    made = replace(PUBLISHED, ts=np.int64(5), score=np.float64(0.5))  # type: ignore[arg-type]
    await store.scores.append([made])
    (found,) = await store.scores.latest(SERIES, until=ALL, most=1)
    assert (found.ts, found.score) == (5, 0.5)


@pytest.mark.parametrize(
    "change",
    [
        {"score": float("nan")},
        {"coverage": float("inf")},
        {"subject": ""},
        {"as_of": -1},
        {"inputs": {"value": float("nan")}},
    ],
)
def test_what_no_database_keeps_is_refused_before_it_waits(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"score|coverage|subject|as_of|JSON"):
        replace(PUBLISHED, **change)  # type: ignore[arg-type]
