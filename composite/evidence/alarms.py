"""Alarms at a set rate: how many of them were followed by what they warn of, against how often that happens anyway."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.row_ratio import RowRatio, drawn_ratios, interval_of
from composite.evidence.estimate import Estimate, Resampling
from composite.evidence.persistence import trailing_ranks

Events = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """``precision`` of ``alarms`` raised, the ``base`` rate of the event and the ``lift`` between them.

    ``per_day`` is the rate asked for, a symbol; ``raised`` what its trailing edge really gave.
    """

    per_day: float
    raised: float
    alarms: int
    precision: float
    base: float
    lift: Estimate


def alarms(ranks: Floats, per_day: float, bars_per_day: float) -> Events:
    """Return where a score's trailing rank (n, k) is in the top ``per_day`` / ``bars_per_day`` of its past."""
    return np.asarray(ranks >= 1 - per_day / bars_per_day)


def alarm_record(
    ranks: Floats,
    event: Floats,
    per_day: float,
    bars_per_day: float,
    horizon: int,
    how: Resampling,
) -> AlarmRecord | None:
    """Return precision at ``per_day`` alarms a day for ``event`` (n, k; 0/1 or NaN); ``None`` where none was raised."""
    known = np.isfinite(ranks) & np.isfinite(event)
    raised = known & alarms(ranks, per_day, bars_per_day)
    if not raised.any():
        return None
    happened = np.where(known, event, 0.0)
    hits = RowRatio((happened * raised).sum(axis=1), raised.sum(axis=1).astype(np.float64))
    base = RowRatio(happened.sum(axis=1), known.sum(axis=1).astype(np.float64))
    drawn = drawn_ratios((hits, base), how.block(horizon), how.draws, how.seed)
    lift = Estimate(hits.value - base.value, *interval_of(drawn[:, 0] - drawn[:, 1]))
    share = float(raised.sum() / known.sum())
    return AlarmRecord(per_day, share * bars_per_day, int(raised.sum()), hits.value, base.value, lift)


def large_moves(size: Floats, window: int, share: float, min_count: int) -> Floats:
    """Return 1 where a size (n, k) is in the top ``share`` of its own past, 0 elsewhere, NaN where unknown."""
    ranks = trailing_ranks(size, window, min_count)
    return np.where(np.isfinite(ranks), (ranks >= 1 - share).astype(np.float64), np.nan)
