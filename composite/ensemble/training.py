"""How a model is trained: chosen and calibrated inside the training years, judged on what came after each of them."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import sklearn

from analysis.arrays import Floats
from composite.ensemble.calibration import Isotonic, Sigmoid
from composite.ensemble.comparison import UnseenForecasts, compared
from composite.ensemble.fitting import (
    Candidate,
    LogisticCandidate,
    TooFewRowsError,
    TreesCandidate,
    calibrated,
)
from composite.ensemble.folds import walk_forward
from composite.ensemble.leaks import PLAUSIBLE_IC, refuse_leaks
from composite.ensemble.logistic import PatternLogistic
from composite.ensemble.model import Label, TrainedEnsemble
from composite.ensemble.record import TrainingRecord
from composite.ensemble.sample import LabelledRows
from composite.ensemble.trees import BoostedTrees
from composite.evidence.splits import Split

CANDIDATES: Final[tuple[Candidate, ...]] = (
    LogisticCandidate(0.05),
    LogisticCandidate(0.2),
    LogisticCandidate(1.0),
    TreesCandidate(50, 2),
    TreesCandidate(150, 2),
    TreesCandidate(100, 3),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained and how: the model's identity, the candidates, and the folds.

    The score looks ``horizon_s`` ahead and outcomes span ``horizon_ms``; rows closer than ``embargo_ms`` to what is
    tested do not train. Time is cut into ``outer`` parts of which the ``outer_first`` only train, and every training
    span again into ``inner`` ones. Beyond a rank correlation of ``plausible_ic`` an input is suspected of a leak.
    """

    score: str
    label: Label
    inputs: tuple[str, ...]
    polarities: tuple[int, ...]
    interval: str
    horizon_s: float
    horizon_ms: float
    embargo_ms: float
    seed: int = 1
    candidates: Sequence[Candidate] = CANDIDATES
    outer: int = 8
    outer_first: int = 4
    inner: int = 6
    inner_first: int = 2
    plausible_ic: float = PLAUSIBLE_IC


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    """The candidate that lost least inside the training rows, fitted on all of them, with its calibration."""

    chosen: Candidate
    model: PatternLogistic | BoostedTrees
    calibration: Sigmoid | Isotonic

    def log_odds(self, x: Floats) -> Floats:
        return self.calibration.log_odds(self.model.log_odds(x))


def train(sample: LabelledRows, plan: Plan, symbols: Sequence[str]) -> TrainedEnsemble:
    """Train on all rows and judge by walk-forward; the result says itself whether it may be used.

    ``LeakError`` where an input knows its outcome, ``TooFewRowsError`` where there is too little to learn from.
    """
    refuse_leaks(sample, plan.inputs, plan.horizon_ms, plan.plausible_ic)
    comparison = compared(out_of_sample(sample, plan), plan.horizon_ms, plan.seed)
    fitted = _fit(sample, plan)
    record = TrainingRecord(
        int(sample.time[0]),
        int(sample.until.max()),
        tuple(symbols),
        plan.interval,
        len(sample),
        sample.independent(plan.horizon_ms),
        str(fitted.chosen),
        len(plan.candidates),
        plan.seed,
        {"python": platform.python_version(), "numpy": np.__version__, "scikit-learn": sklearn.__version__},
        comparison,
    )
    return TrainedEnsemble(
        plan.score,
        plan.label,
        plan.horizon_s,
        plan.inputs,
        plan.polarities,
        fitted.model,
        fitted.calibration,
        record,
    )


def out_of_sample(sample: LabelledRows, plan: Plan) -> UnseenForecasts:
    """Return forecasts of the later parts, each by a model that was chosen, fitted and calibrated before it began.

    The weighted mean is calibrated on the same earlier rows, and the base rate is theirs.
    """
    tested = []
    for fold in _folds(sample, plan, plan.outer, plan.outer_first):
        earlier, later = sample.of(fold.train), sample.of(fold.test)
        model = _fit(earlier, plan, later.x).log_odds(later.x)
        rate = earlier.y.mean()
        base = np.full(len(later), np.log(rate / (1 - rate)))
        tested.append((fold.test, model, _calibrated_mean(earlier, later, plan), base))
    if not tested:
        raise TooFewRowsError("expected rows to test on")
    tests, *parts = zip(*tested, strict=True)
    return UnseenForecasts(sample.of(np.any(tests, axis=0)), *(np.concatenate(part) for part in parts))


def _calibrated_mean(earlier: LabelledRows, later: LabelledRows, plan: Plan) -> Floats:
    known = earlier.of(np.isfinite(earlier.mean))
    line = calibrated(known.mean, known.y, known.independent(plan.horizon_ms))
    return line.log_odds(later.mean)


def _fit(sample: LabelledRows, plan: Plan, asked: Floats | None = None) -> _Fitted:
    """Choose by log loss on folds inside the sample, calibrate on the same forecasts, and fit on every row."""
    unseen = np.array([_unseen(one, sample, plan) for one in plan.candidates])
    able = np.isfinite(unseen).any(axis=1)
    shared = np.isfinite(unseen[able]).all(axis=0)
    if not (able.any() and shared.any()):
        raise TooFewRowsError("expected more rows: no candidate can be chosen")
    losses = [
        _log_loss(raw[shared], sample.y[shared]) if fits else np.inf
        for raw, fits in zip(unseen, able, strict=True)
    ]
    best = int(np.argmin(losses))
    chosen, rows = plan.candidates[best], np.isfinite(unseen[best])
    calibration = calibrated(unseen[best][rows], sample.y[rows], sample.of(rows).independent(plan.horizon_ms))
    model = chosen.fit(sample.x, sample.y, _overlap(sample, plan), seed=plan.seed, asked=asked)
    return _Fitted(chosen, model, calibration)


def _unseen(candidate: Candidate, sample: LabelledRows, plan: Plan) -> Floats:
    """Return the candidate's log-odds (n) of rows after those it is fitted on; NaN elsewhere and where they are few."""
    found = np.full(len(sample), np.nan)
    for fold in _folds(sample, plan, plan.inner, plan.inner_first):
        earlier, asked = sample.of(fold.train), sample.x[fold.test]
        try:
            model = candidate.fit(earlier.x, earlier.y, _overlap(earlier, plan), seed=plan.seed, asked=asked)
        except TooFewRowsError:
            continue  # a later fold has more rows
        found[fold.test] = model.log_odds(asked)
    return found


def _folds(sample: LabelledRows, plan: Plan, parts: int, first: int) -> Iterator[Split]:
    return walk_forward(
        sample.time,
        sample.until,
        parts=parts,
        first=first,
        horizon_ms=plan.horizon_ms,
        embargo_ms=plan.embargo_ms,
    )


def _overlap(sample: LabelledRows, plan: Plan) -> float:
    """Return the rows that count as one independent row."""
    return len(sample) / max(sample.independent(plan.horizon_ms), 1.0)


def _log_loss(log_odds: Floats, y: Floats) -> float:
    return float(np.mean(np.logaddexp(0.0, log_odds) - y * log_odds))
