"""One sigma of a raw score: errors of its inputs, disagreement of its groups, and what is not covered.

sqrt(sum((w_i se_i)^2) + variance between groups / G + (1 - coverage)^2 s0^2), s0 the score's own deviation over the
trailing year, or that of an even spread over its range while too little of that is known. w_i se_i is half of what the
score moves between an input's value less and plus its error. The second term is the jackknife over groups, which for a
mean is the variance between them over their number. Where a score takes the worst group beside the mean, the mean alone
counts here: which group is the worst is what the score says, not what its groups disagree on.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.windows import lag
from analysis.framework.look_back import YEAR_DAYS
from analysis.framework.scoring import jackknife_error
from composite.blend.average import RowTimes
from composite.game import ScoreGame, Worth

MIN_PAST: Final = 250
SMALLEST: Final = 1e-9
"""A sigma below it is none: it is not known where an input keeps its error to itself."""
FEW_ROWS: Final = 16
"""Rows up to which a worth costs more for being called than for what it computes."""
EVEN_DEVIATION: Final = 12**-0.5
"""Standard deviation of an even spread over a range of length 1."""


def uncertainty(game: ScoreGame, raw: Floats, coverage: Floats, usual: Floats, rows: slice) -> Floats:
    """Return one sigma of the raw score (n) in some rows, NaN in all others and where nothing of it is known.

    ``usual`` (n) is the deviation of the score itself.
    """
    between = _between_groups(game, rows) if game.spreads else 0.0
    total = _from_errors(game, rows) + between**2 + ((1 - coverage[rows]) * usual[rows]) ** 2
    found = np.full(len(raw), np.nan)
    known = np.isfinite(raw[rows]) & ((total > SMALLEST**2) | ~_some_unknown(game, rows))
    found[rows] = np.where(known, np.sqrt(total), np.nan)
    return found


def _some_unknown(game: ScoreGame, rows: slice) -> NDArray[np.bool_]:
    """Say in which rows (m) an explained input is there without its error."""
    there, errors = np.isfinite(game.values[:, rows]), np.isfinite(game.errors[:, rows])
    return np.asarray((there & ~errors & game.explained[:, None]).any(axis=0))


def own_deviation(raw: Floats, times: RowTimes, width: float, rows: slice = slice(None)) -> Floats:
    """Return the deviation of the year's raw scores before each row; the even spread's below 250 of them.

    ``width`` is the length of the score's scale. Of one row alone that of others is the even spread's.
    """
    even, year = EVEN_DEVIATION * width, times.in_days(YEAR_DAYS)
    asked, found = range(len(raw))[rows], np.full(len(raw), EVEN_DEVIATION * width)
    if year < MIN_PAST:
        return found
    if len(asked) == 1:
        past = raw[max(0, asked[0] - year) : asked[0]]
        past = past[np.isfinite(past)]
        found[asked[0]] = past.std() if len(past) >= MIN_PAST else even
        return found
    known = np.asarray(pd.Series(lag(raw, 1)).rolling(year, min_periods=MIN_PAST).std(ddof=0), np.float64)
    return np.where(np.isfinite(known), known, even)


def _from_errors(game: ScoreGame, rows: slice) -> Floats:
    """Return the sum over inputs of squared half differences (m); an unknown error counts as 0."""
    values, errors = game.values[:, rows], np.nan_to_num(game.errors[:, rows])
    moving = np.flatnonzero((errors > 0).any(axis=1))
    if not len(moving):
        return np.zeros(values.shape[1])
    sides = np.stack([values - errors, values + errors])
    moved = np.tile(values[None, None], (2, len(moving), 1, 1))
    moved[:, np.arange(len(moving)), moving] = np.clip(sides[:, moving], -1.0, 1.0)
    low, high = _worths(game, game.worth, moved.reshape(-1, *values.shape), rows).reshape(2, len(moving), -1)
    return np.asarray((np.nan_to_num((high - low) / 2) ** 2).sum(axis=0))


def _between_groups(game: ScoreGame, rows: slice) -> Floats:
    """Return the jackknife error over groups (m), 0 with fewer than two."""
    effective, values = game.weights.effective[:, rows], game.values[:, rows]
    held = np.array([effective[members].sum(axis=0) for members in game.groups])
    without = np.tile(values, (len(game.groups) + 1, 1, 1))
    for number, members in enumerate(game.groups):
        without[number, members] = np.nan
    *found, whole = _worths(game, game.worth if game.mean is None else game.mean, without, rows)
    return np.nan_to_num(jackknife_error(whole, np.where(held > 0, np.array(found), np.nan), held))


def _worths(game: ScoreGame, worth: Worth, values: Floats, rows: slice) -> Floats:
    """Return the worth (c, m) of c variants of the values (c, k, m) of some rows, of few rows all in one go."""
    variants, inputs, count = values.shape
    if count > FEW_ROWS:
        return np.array([worth(one, rows) for one in values])
    places = np.tile(np.arange(game.values.shape[1])[rows], variants)
    return worth(values.transpose(1, 0, 2).reshape(inputs, -1), places).reshape(variants, count)
