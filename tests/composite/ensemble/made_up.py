"""Rows with a known truth: independent ones, and ones whose outcomes overlap."""

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from composite.ensemble.calibration import Sigmoid
from composite.ensemble.logistic import PatternLogistic
from composite.ensemble.model import TrainedEnsemble, probability_of
from composite.ensemble.record import Comparison, Difference, ForecastLosses, TrainingRecord
from composite.ensemble.sample import LabelledRows

HOUR = 3_600_000
START = 1_577_836_800_000  # 2020-01-01
INTERCEPT, SLOPES = -0.2, np.array([1.2, -0.6, 0.0])


def truth(x: Floats) -> Floats:
    """The odds that outcomes are drawn with."""
    return probability_of(INTERCEPT + x @ SLOPES)


def known_truth(n: int, seed: int, *, strength: float = 1.0) -> LabelledRows:
    """Hourly rows whose outcome an hour later follows ``SLOPES``; the weighted mean has one sign of them wrong."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 3))
    y = (rng.random(n) < truth(strength * x)).astype(np.float64)
    size = np.abs(rng.standard_normal(n)) * 0.01
    return sample_of(x, y, np.where(y == 1, size, -size), horizon=1)


def noise(n: int, seed: int, *, horizon: int = 6, width: int = 3) -> LabelledRows:
    """Hourly rows of slow inputs that know nothing of the sums of the next ``horizon`` returns."""
    rng = np.random.default_rng(seed)
    steps = rng.standard_normal((n, width))
    x = np.empty((n, width))
    x[0] = steps[0]
    for row in range(1, n):
        x[row] = 0.95 * x[row - 1] + np.sqrt(1 - 0.95**2) * steps[row]
    forward = overlapping(rng.standard_normal(n + horizon), horizon)
    return sample_of(np.tanh(x), (forward > 0).astype(np.float64), 0.01 * forward, horizon=horizon)


def overlapping(returns: Floats, horizon: int) -> Floats:
    """The sum of the next ``horizon`` returns of all but the last ``horizon``."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(returns[1:], horizon).sum(axis=1))


def sample_of(x: Floats, y: Floats, forward: Floats, *, horizon: int) -> LabelledRows:
    """Hourly rows of one symbol."""
    time = START + HOUR * np.arange(len(y), dtype=np.int64)
    mean = 0.5 + x.mean(axis=1) / 2
    return LabelledRows(time, time + horizon * HOUR, x, y, forward, mean, np.zeros(len(y), dtype=np.int64))


def holed(x: Floats, share: float, seed: int) -> Floats:
    """The same with some values missing, never a whole row."""
    rng = np.random.default_rng(seed)
    gone: NDArray[np.bool_] = rng.random(x.shape) < share
    gone[gone.all(axis=1), 0] = False
    return np.where(gone, np.nan, x)


BETTER = Difference(0.02, 0.01, 0.03)
COMPARED = Comparison(
    rows=5000,
    independent=5000.0,
    base_rate=0.5,
    model=ForecastLosses(0.66, 0.23, 0.2),
    weighted_mean=ForecastLosses(0.68, 0.245, 0.1),
    base=ForecastLosses(0.69, 0.25, 0.0),
    log_loss_gain=BETTER,
    brier_gain=BETTER,
    ic_gain=BETTER,
    gain_on_base=BETTER,
    slope=1.0,
    mean_spread=0.001,
    median_spread=0.001,
)
RECORD = TrainingRecord(
    first=START,
    last=START + 10_000 * HOUR,
    symbols=("BTCUSDT",),
    interval="4h",
    rows=10_000,
    independent=10_000.0,
    chosen="logistic regression",
    tried=1,
    seed=1,
    versions={"numpy": "2"},
    comparison=COMPARED,
)


def small_model(
    inputs: tuple[str, ...], slopes: Floats, *, score: str, horizon_s: float, record: TrainingRecord = RECORD
) -> TrainedEnsemble:
    """A logistic model of every combination of a few inputs, each with the same slope wherever it is known."""
    known = np.array(
        [[bool(number >> place & 1) for place in range(len(inputs))] for number in range(2 ** len(inputs))]
    )
    return TrainedEnsemble(
        score=score,
        label="net_return",
        horizon_s=horizon_s,
        inputs=inputs,
        polarities=(1,) * len(inputs),
        model=PatternLogistic(known[1:], -0.3 * known[1:].sum(axis=1), slopes * known[1:]),
        calibration=Sigmoid(1.0, 0.1),
        record=record,
    )
