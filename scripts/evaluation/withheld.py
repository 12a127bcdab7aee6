"""What happened where a score is withheld: how often, why, and what came after, beside where it is shown."""

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.row_ratio import RowRatio, drawn_ratios, interval_of
from composite.evidence.estimate import Estimate
from composite.evidence.outcomes import entered_return, realised_variance_ahead
from scripts.evaluation.cases import Case
from scripts.evaluation.results import Withheld
from scripts.evaluation.study import HOW
from scripts.evaluation.variants import ScoredRows

UNKNOWN = float("nan")


def withheld_of(whole: ScoredRows, case: Case, rows: slice) -> Withheld:
    """Return how often and why a score is withheld in some rows, and what came after."""
    there = np.isfinite(case.ahead.opened[rows])
    raw, gated, vague = whole.raw[rows], whole.gated[rows], whole.vague[rows]
    later = _later(case, rows)
    shown, hidden = there & np.isfinite(whole.score[rows]), there & np.isfinite(raw) & (gated | vague)
    means = [_mean_rows(later, part) for part in (shown, hidden)]
    gap = Estimate(UNKNOWN, UNKNOWN, UNKNOWN)
    if all(part.any() for part in (shown, hidden)):
        drawn = drawn_ratios(tuple(means), HOW.block(case.horizon), HOW.draws, HOW.seed)
        gap = Estimate(means[1].value - means[0].value, *interval_of(drawn[:, 1] - drawn[:, 0]))
    return Withheld(
        gated=_share(gated, there),
        vague=_share(vague, there),
        missing=_share(~np.isfinite(raw) & ~gated, there),
        shown=means[0].value if shown.any() else UNKNOWN,
        hidden=means[1].value if hidden.any() else UNKNOWN,
        gap=gap,
    )


def _later(case: Case, rows: slice) -> Floats:
    inside = case.ahead.select(rows)
    if case.claim.kind == "direction":
        return entered_return(inside.opened, case.horizon)
    variance = realised_variance_ahead(inside.returns, case.horizon)
    return np.asarray(variance / np.nanmean(variance, axis=0))


def _share(part: NDArray[np.bool_], there: NDArray[np.bool_]) -> float:
    return float(part[there].mean()) if there.any() else UNKNOWN


def _mean_rows(later: Floats, chosen: NDArray[np.bool_]) -> RowRatio:
    known = chosen & np.isfinite(later)
    return RowRatio(np.where(known, later, 0.0).sum(axis=1), known.sum(axis=1).astype(np.float64))
