"""What module E estimates at a refit time: the next bar of one coin from the last bars of itself and its leaders."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.corr.inputs import CorrInputs
from analysis.features.granger import hc3, lagged
from config.c_corr import CorrelationConfig

CLIP: Final = 6.0
"""Robust deviations beyond which a return is clipped: one wick would make all weights."""
MAD: Final = 1.4826


@dataclass(frozen=True, slots=True, eq=False)
class PullFit:
    """``weights`` (lag, column) of returns on the asked coin's next one; ``spread`` is their HC3 covariance, flattened.

    Columns are the leaders, then the coin itself. Returns are clipped at ``limit`` (per column); ``r2`` is the share
    explained on the bars fitted. No weights where the bars did not suffice.
    """

    weights: Floats
    spread: Floats
    limit: Floats
    r2: float


def fit(inputs: CorrInputs, config: CorrelationConfig, refit_time: int) -> PullFit | None:
    """Fit on the ``fit_bars`` rows that closed before ``refit_time``, with the lags of least Schwarz criterion.

    ``None`` where less than half of the rows are known or nothing varies.
    """
    returns = pull_columns(inputs)
    stop = int(np.searchsorted(inputs.joint.close_time, refit_time))
    part = returns[max(0, stop - config.fit_bars) : stop]
    scale = MAD * np.nanmedian(np.abs(part), axis=0) if np.isfinite(part).any(axis=0).all() else np.zeros(1)
    if not (scale > 0).all():
        return None
    return _best(np.clip(part, -CLIP * scale, CLIP * scale), CLIP * scale, config)


def pull_columns(inputs: CorrInputs) -> Floats:
    """Return the returns of the leaders and, last, of the asked coin (n, leaders + 1)."""
    target = 0 if inputs.target is None else inputs.target
    return inputs.joint.returns[:, [*inputs.leaders, target]]


def _best(part: Floats, limit: Floats, config: CorrelationConfig) -> PullFit | None:
    most, columns = config.pull_lags, part.shape[1]
    past = lagged(part, most)
    y = part[most:, -1]
    known = np.isfinite(y) & np.isfinite(past).all(axis=(0, 2))
    if 2 * known.sum() < len(part) or known.sum() <= 4 * columns * most:
        return None
    y, past = y[known], past[:, known]
    found: tuple[float, PullFit] | None = None
    for lags in range(1, most + 1):
        design = np.column_stack([np.ones(len(y)), *past[:lags]])
        inverse = np.linalg.pinv(design.T @ design, hermitian=True)
        weights = inverse @ (design.T @ y)
        residual = y - design @ weights
        criterion = len(y) * np.log((residual**2).mean()) + design.shape[1] * np.log(len(y))
        if found is None or criterion < found[0]:
            spread = hc3(design[None], inverse[None], residual[None])[0, 1:, 1:]
            r2 = 1 - float((residual**2).sum() / ((y - y.mean()) ** 2).sum())
            found = float(criterion), PullFit(weights[1:].reshape(lags, columns), spread, limit, r2)
    return None if found is None else found[1]
