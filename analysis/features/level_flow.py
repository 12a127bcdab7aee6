"""Order flow at ten levels as one number: the first principal component of depth-normalised level flows.

Cont, Cucuringu and Zhang (2023), "Cross-impact of order flow imbalance in equity markets". One fixed combination beats
the touch of the same depth stream; free or ridge coefficients lose to it. Order flow from ``bookTicker`` beats both.
"""

import numpy as np

from analysis.arrays import Floats
from analysis.features.price_impact import LEAST_BUCKETS


def normalised(flows: Floats, depth: Floats) -> Floats:
    """Return flows (n, levels) over the mean quantity of one level in the same step, ``depth`` (n); NaN at 0."""
    usable = depth > 0.0
    return np.where(usable[:, None], flows / np.where(usable, depth, 1.0)[:, None], np.nan)


def first_component(flows: Floats) -> Floats | None:
    """Return the weights (levels) of the first principal component, their sizes adding up to 1; ``None`` below 30 rows.

    The sign is chosen so that the weights add up to something positive: more bids are more.
    """
    known = flows[np.isfinite(flows).all(axis=1)]
    if len(known) < LEAST_BUCKETS:
        return None
    _, vectors = np.linalg.eigh(np.cov(known, rowvar=False))
    leading = vectors[:, -1]
    return np.asarray(np.copysign(1.0, leading.sum()) * leading / np.abs(leading).sum())


def integrated_flow(flows: Floats, fitted_on: int) -> Floats | None:
    """Return the component of the rows after the first ``fitted_on``, (n - fitted_on), fitted on those before them."""
    weights = first_component(flows[:fitted_on])
    return None if weights is None else np.asarray(flows[fitted_on:] @ weights)
