"""Scores on bars so long that a year holds fewer of them than a rank needs."""

from dataclasses import replace

import numpy as np
import pytest

from composite.answer import answer
from composite.asked import ScoreContext, Surroundings
from composite.defaults import default_specs
from composite.result import Composite
from tests.composite.panels import random_panel
from utils.binance_api.intervals import SHORTEST_MS

ROWS = 400
NAMES = [name for name in default_specs() if name != "optimal_allocation"]


def last(name: str, interval: str) -> Composite:
    """Return a score of fresh inputs on bars of an interval."""
    spec = default_specs()[name]
    made = random_panel(sorted(set(spec.scalars())), ROWS, 1)
    fresh = {key: replace(one, age_s=np.zeros(ROWS)) for key, one in made.columns.items()}
    whole = replace(made, time=np.arange(1, ROWS + 1) * SHORTEST_MS[interval], columns=fresh)
    moment = int(whole.time[-1])
    context = ScoreContext("BTCUSDT", "spot", interval)
    return answer(spec.changed(min_coverage=0.0), whole, context, Surroundings(moment, moment))


@pytest.mark.parametrize("interval", ["3d", "1w", "1M"])
@pytest.mark.parametrize("name", NAMES)
def test_a_score_on_long_bars_has_no_percentile(name: str, interval: str) -> None:
    found = last(name, interval)
    assert found.raw is not None
    assert found.percentile is None
    assert (found.score is None) == (name == "risk_exposure")


@pytest.mark.parametrize(("interval", "has"), [("3d", 121), ("1w", 52), ("1M", 13)])
def test_a_rank_says_how_many_values_the_year_has(interval: str, has: int) -> None:
    (reason,) = last("risk_exposure", interval).null_reasons
    assert (reason.code, reason.params) == ("few_past_values", {"needs": 250, "has": has})
