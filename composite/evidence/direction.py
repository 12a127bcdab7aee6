"""What a score with a direction was worth: rank and value correlation, hits, spreads of tenths, beside its placebo.

Scores are (n, k) on a regular grid of bars, row t known at the close of bar t; ``opened`` are the opens (n, k), at
which a position is entered one row later. Edges of tenths and fifths are those of each score's own past.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.evidence import forward_returns, rank_rows, value_rows
from analysis.features.row_ratio import RowRatio, drawn_ratios, interval_of
from analysis.features.stationary_bootstrap import stationary_rows
from composite.evidence.estimate import Estimate, Resampling
from composite.evidence.outcomes import entered_return
from composite.evidence.trading import Costs

PLACEBO_DRAWS: Final = 20


@dataclass(frozen=True, slots=True)
class TailSpread:
    """Log return of the top share minus that of the bottom one over the horizon; ``net`` pays fees and funding."""

    share: float
    mean: Estimate
    median: Estimate
    net: float
    top: int
    bottom: int


@dataclass(frozen=True, slots=True)
class DirectionRecord:
    """The record of one score at one horizon (bars), ``count`` moments, ``independent`` of them without overlap.

    ``ic`` is the rank correlation with Newey and West's ``ic_error``, ``placebo`` the mean of the same estimator on
    moves with random signs and ``placebo_spread`` its standard deviation. ``hit_rate`` is of signs against the
    score's neutral, ``base_rate`` the hit rate of always saying the commoner sign.
    """

    horizon: int
    count: int
    independent: int
    ic: Estimate
    ic_error: float
    placebo: float
    placebo_spread: float
    pearson: Estimate
    hit_rate: Estimate
    base_rate: float
    tenth: TailSpread
    fifth: TailSpread


def direction_record(
    score: Floats,
    opened: Floats,
    ranks: Floats,
    horizon: int,
    costs: Costs,
    how: Resampling,
) -> DirectionRecord | None:
    """Return the record of ``score`` (n, k), neutral 0; ``None`` below 60 known moments or where it is constant.

    ``ranks`` are its `trailing_ranks`. Correlations rank within each symbol over the whole sample, as every
    estimator of an information coefficient does; only tenths and fifths are those that could have been traded.
    """
    later = entered_return(opened, horizon)
    ranked, plain = rank_rows(score, later), value_rows(score, later)
    if ranked is None or plain is None:
        return None
    hits, ups = sign_hits(score, later)
    block = how.block(horizon)
    drawn = drawn_ratios((ranked, plain, hits), block, how.draws, how.seed)
    placebo = placebo_coefficients(score, opened, horizon, how.seed)
    count = int((ranked.below > 0).sum())
    return DirectionRecord(
        horizon=horizon,
        count=count,
        independent=count // max(1, horizon),
        ic=Estimate(ranked.value, *interval_of(drawn[:, 0])),
        ic_error=ranked.error(2 * horizon),
        placebo=float(np.mean(placebo)),
        placebo_spread=float(np.std(placebo)),
        pearson=Estimate(plain.value, *interval_of(drawn[:, 1])),
        hit_rate=Estimate(hits.value, *interval_of(drawn[:, 2])),
        base_rate=max(ups, 1 - ups),
        tenth=spread_of(ranks, later, 0.1, horizon, costs, how),
        fifth=spread_of(ranks, later, 0.2, horizon, costs, how),
    )


def sign_hits(score: Floats, later: Floats) -> tuple[RowRatio, float]:
    """Return the hit rate of the score's sign by moment, and the share of outcomes that were up."""
    known = np.isfinite(score) & np.isfinite(later) & (score != 0) & (later != 0)
    hit = known & (np.sign(score) == np.sign(later))
    ups = float((later[known] > 0).mean()) if known.any() else float("nan")
    return RowRatio(hit.sum(axis=1).astype(np.float64), known.sum(axis=1).astype(np.float64)), ups


def placebo_coefficients(
    score: Floats, opened: Floats, horizon: int, seed: int, draws: int = PLACEBO_DRAWS
) -> list[float]:
    """Return the rank correlation where each bar's move has a random sign, the same for all symbols.

    Moves keep their size and outcomes their overlap, but nothing is predictable.
    """
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        signs = generator.choice([-1.0, 1.0], size=(len(opened), 1))
        ratio = rank_rows(score, turned_outcome(opened, signs, horizon))
        found.append(ratio.value if ratio is not None else float("nan"))
    return found


def turned_outcome(opened: Floats, signs: Floats, horizon: int) -> Floats:
    """Return the `entered_return` of a market whose move from each open to the next is multiplied by ``signs``."""
    moves = np.diff(np.log(opened), axis=0, prepend=np.nan) * signs
    later = np.full(moves.shape, np.nan)
    later[:-1] = forward_returns(moves, horizon)[1:]
    return later


def spread_of(
    ranks: Floats, later: Floats, share: float, horizon: int, costs: Costs, how: Resampling
) -> TailSpread:
    """Return what the top ``share`` of trailing ranks earned over the bottom one, entered once each, both closed.

    Net: each leg pays the fee twice; over the horizon the long pays the funding that the short receives, which cancels.
    """
    known = np.isfinite(later)
    top, bottom = known & (ranks >= 1 - share), known & (ranks <= share)
    rows = np.flatnonzero((top | bottom).any(axis=1))
    if not top.any() or not bottom.any():
        nothing = Estimate(float("nan"), float("nan"), float("nan"))
        return TailSpread(share, nothing, nothing, float("nan"), int(top.sum()), int(bottom.sum()))
    means = tuple(_mean_rows(later, chosen) for chosen in (top, bottom))
    drawn = drawn_ratios(means, how.block(horizon), how.draws, how.seed)
    mean = means[0].value - means[1].value
    medians = _drawn_medians(later, top, bottom, rows, horizon, how)
    return TailSpread(
        share,
        Estimate(mean, *interval_of(drawn[:, 0] - drawn[:, 1])),
        Estimate(float(np.median(later[top]) - np.median(later[bottom])), *interval_of(medians)),
        mean - 4 * costs.fee,
        int(top.sum()),
        int(bottom.sum()),
    )


def _mean_rows(later: Floats, chosen: NDArray[np.bool_]) -> RowRatio:
    return RowRatio(np.where(chosen, later, 0.0).sum(axis=1), chosen.sum(axis=1).astype(np.float64))


def _drawn_medians(
    later: Floats,
    top: NDArray[np.bool_],
    bottom: NDArray[np.bool_],
    rows: NDArray[np.intp],
    horizon: int,
    how: Resampling,
) -> Floats:
    """Medians of bootstraps over the moments that are in a tail; fewer of them, since each one sorts."""
    draws = max(1, how.draws // 4)
    high, low = (np.where(part, later, np.nan)[rows] for part in (top, bottom))
    share = len(rows) / len(later)
    block = max(2.0, how.block(horizon) * share)
    found = np.empty(draws)
    for at, chosen in enumerate(stationary_rows(len(rows), block, draws, how.seed)):
        found[at] = _median(high[chosen]) - _median(low[chosen])
    return found


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")
