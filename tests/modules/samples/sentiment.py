"""Module C on the seeded walk."""

from collections.abc import Mapping

from analysis.arrays import Floats
from analysis.framework.result import Analysis
from analysis.sentiment.inputs import STATISTIC_WORDS, SUPPLY_WORDS
from tests.render.samples import candles, result

PARTS: Mapping[tuple[str, ...], frozenset[str]] = {}
NAMES: frozenset[str] = frozenset()
WORDS: frozenset[str] = frozenset({*STATISTIC_WORDS.values(), SUPPLY_WORDS})


def series(rows: int = 300) -> dict[str, Floats]:
    return candles(rows)


def sample(of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    facts: dict[str, object] = {
        "module": "sentiment",
        "score_name": "sentiment_score",
        "score": 0.31,
        "low": -1.0,
        "neutral": 0.0,
        "groups": (),
        "metrics": (),
    }
    return result(series() if of is None else of, **(facts | changes))
