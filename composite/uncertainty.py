"""One sigma of a raw score: errors of its inputs, disagreement of its groups, and what is not covered.

sqrt(sum((w_i se_i)^2) + variance between groups / G + (1 - coverage)^2 s0^2), s0 the score's own deviation over the
trailing year, or that of an even spread over its range while too little of that is known. w_i se_i is half of what the
score moves between an input's value less and plus its error. The second term is the jackknife over groups, which for a
mean is the error of the mean.
"""

from typing import Final

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.features.windows import lag
from analysis.framework.scoring import jackknife_error
from composite.blend.average import RowTimes
from composite.game import ScoreGame

YEAR_DAYS: Final = 365
MIN_PAST: Final = 250
EVEN_DEVIATION: Final = 12**-0.5
"""Standard deviation of an even spread over a range of length 1."""


def uncertainty(
    game: ScoreGame, raw: Floats, coverage: Floats, effective: Floats, times: RowTimes, width: float
) -> Floats:
    """Return one sigma of the raw score per row (n), NaN where it is missing; ``width`` is the length of its scale."""
    usual = own_deviation(raw, times, width)
    between = _between_groups(game, raw, effective) if game.spreads else np.zeros_like(raw)
    total = _from_errors(game) + between**2 + ((1 - coverage) * usual) ** 2
    return np.where(np.isfinite(raw), np.sqrt(total), np.nan)


def own_deviation(raw: Floats, times: RowTimes, width: float) -> Floats:
    """Return the deviation of the year's raw scores before each row; the even spread's below 250 of them."""
    even, rows = EVEN_DEVIATION * width, times.in_days(YEAR_DAYS)
    if rows < MIN_PAST:
        return np.full(len(raw), even)
    known = np.asarray(pd.Series(lag(raw, 1)).rolling(rows, min_periods=MIN_PAST).std(ddof=0), np.float64)
    return np.where(np.isfinite(known), known, even)


def _from_errors(game: ScoreGame) -> Floats:
    """Return the sum over inputs of squared half differences; an unknown error counts as 0."""
    total = np.zeros(game.values.shape[1])
    for place in np.flatnonzero((game.errors > 0).any(axis=1)):
        low, high = (_moved(game, int(place), side) for side in (-1.0, 1.0))
        total += np.nan_to_num((high - low) / 2) ** 2
    return total


def _moved(game: ScoreGame, place: int, side: float) -> Floats:
    values = game.values.copy()
    values[place] = np.clip(values[place] + side * np.nan_to_num(game.errors[place]), -1.0, 1.0)
    return game.worth(values, slice(None))


def _between_groups(game: ScoreGame, raw: Floats, effective: Floats) -> Floats:
    """Return the jackknife error over groups (n), 0 with fewer than two."""
    groups = game.groups
    held = np.array([effective[members].sum(axis=0) for members in groups])
    without = np.array([_without(game, members) for members in groups])
    error = jackknife_error(raw, np.where(held > 0, without, np.nan), held)
    return np.nan_to_num(error)


def _without(game: ScoreGame, members: np.typing.NDArray[np.intp]) -> Floats:
    values = game.values.copy()
    values[members] = np.nan
    return game.worth(values, slice(None))
