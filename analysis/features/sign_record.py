"""How often a factor's sign was that of the move after it, and how they correlate, with errors that know of overlap."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.price_impact import long_run_variance

LEAST_SEEN: Final = 30


@dataclass(frozen=True, slots=True)
class SignRecord:
    """``hit_rate`` of signs in [0, 1] and rank ``correlation`` in [-1, 1], each with one standard error.

    ``count`` moments whose factor and move were both non-zero.
    """

    hit_rate: float
    hit_error: float
    correlation: float
    correlation_error: float
    count: int


def sign_record(factor: Floats, later: Floats, overlap: int) -> SignRecord | None:
    """Return the record of a factor (n) against the move after each moment (n), ``None`` below 30 usable moments.

    Moves over ``overlap`` steps that begin one step apart share steps: errors are Newey and West's with as many lags.
    Moments whose factor or move is 0 or unknown do not count; the correlation is Spearman's, over the same moments.
    """
    usable = np.isfinite(factor) & np.isfinite(later) & (factor != 0.0) & (later != 0.0)
    x, y = factor[usable], later[usable]
    if len(x) < LEAST_SEEN:
        return None
    hits = (np.sign(x) == np.sign(y)).astype(np.float64)
    product = _standard_ranks(x) * _standard_ranks(y)
    return SignRecord(
        float(hits.mean()),
        _error_of_mean(hits, overlap),
        float(product.mean()),
        _error_of_mean(product, overlap),
        len(x),
    )


def _standard_ranks(values: Floats) -> Floats:
    _, place, ties = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[place]
    spread = ranks.std()
    return np.asarray((ranks - ranks.mean()) / spread) if spread > 0.0 else np.zeros(len(values))


def _error_of_mean(values: Floats, lags: int) -> float:
    return float(np.sqrt(long_run_variance(values - values.mean(), min(lags, len(values) - 1)))) / len(values)
