"""The distribution of a channel's past values, small enough to keep with a fit: exact in the tail."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats

EXACT_TAIL: Final = 512  # the largest values are all kept, so that small p-values are exact
BODY_KNOTS: Final = 256  # of the other values; between them the share above is interpolated


@dataclass(frozen=True, slots=True, eq=False)
class Ecdf:
    """Empirical distribution of ``count`` past values: how many of them are above, and at or above, each knot."""

    knots: Floats
    above: NDArray[np.int32]
    at_least: NDArray[np.int32]
    count: int

    def upper_tail_p(self, values: Floats) -> Floats:
        """Return (1 + past values above + half the equal ones) / (count + 1) of each value, NaN where unknown.

        As ``tail_probability.upper_tail_p``, among past values that stay the same until the next fit.
        """
        place = np.searchsorted(self.knots, values)
        here = np.minimum(place, len(self.knots) - 1)
        before = np.maximum(place - 1, 0)
        ties = (self.above[here] + self.at_least[here]) / 2
        above = np.where(place > 0, self.above[before], self.count)
        under = np.where(place < len(self.knots), self.at_least[here], 0)
        width = self.knots[here] - self.knots[before]
        share = np.where(width > 0, (values - self.knots[before]) / np.where(width > 0, width, 1.0), 0.0)
        between = above + np.clip(share, 0, 1) * (under - above)
        found = np.where(self.knots[here] == values, ties, between)
        found = np.where(place == len(self.knots), 0.0, found)
        return np.where(np.isfinite(values), (1 + found) / (self.count + 1), np.nan)

    def own_p(self, values: Floats) -> Floats:
        """Return p as ``upper_tail_p`` of values that are in the distribution, each among the others.

        As the next bar's p is: ranked among values it is none of.
        """
        return (self.upper_tail_p(values) * (self.count + 1) - 0.5) / self.count

    def running_p(self, values: Floats) -> Floats:
        """Return p as ``upper_tail_p``, the past of each value reaching to the value before it."""
        since = np.tril(np.isfinite(values)[None, :] & np.ones((len(values), 1), np.bool_), -1)
        above = (since & (values[None, :] > values[:, None])).sum(axis=1)
        equal = (since & (values[None, :] == values[:, None])).sum(axis=1)
        before = self.upper_tail_p(values) * (self.count + 1)
        return np.asarray((before + above + equal / 2) / (self.count + since.sum(axis=1) + 1), np.float64)


def ecdf_of(sample: Floats, min_count: int) -> Ecdf | None:
    """Return the distribution of the known values of ``sample``, ``None`` below ``min_count`` of them."""
    known = np.sort(sample[np.isfinite(sample)])
    count = len(known)
    if count < max(min_count, 1):
        return None
    body = max(0, count - EXACT_TAIL)
    picks = np.concatenate([np.linspace(0, body, BODY_KNOTS).astype(np.int64), np.arange(body, count)])
    knots = np.unique(known[np.minimum(picks, count - 1)])
    above = count - np.searchsorted(known, knots, side="right")
    at_least = count - np.searchsorted(known, knots, side="left")
    return Ecdf(knots, above.astype(np.int32), at_least.astype(np.int32), count)
