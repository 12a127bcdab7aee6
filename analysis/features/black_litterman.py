"""Black and Litterman (1992): expected returns of the market's own weights, moved by views with a stated uncertainty.

He and Litterman (2002), "The intuition behind Black-Litterman model portfolios", and Idzorek (2005) for confidences in
percent. The uncertainty of every view is always explicit; tau only scales it and the prior's, and with confidences the
mean does not depend on it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats

TAU: Final = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class MarketViews:
    """Views on v portfolios: ``pick`` (v, k), expected ``returns`` (v) and error variances ``omega`` (v).

    An ``omega`` of 0 is certain, of infinity says nothing.
    """

    pick: Floats
    returns: Floats
    omega: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Expected returns (k), and the covariance (k, k) of returns whose mean is itself uncertain."""

    returns: Floats
    covariance: Floats


def equilibrium_returns(covariance: Floats, market: Floats, risk_aversion: float) -> Floats:
    """Return the expected returns (k) that make ``market`` weights optimal: risk aversion * C w."""
    return np.asarray(risk_aversion * covariance @ market)


def confident_omega(pick: Floats, covariance: Floats, confidence: Floats, tau: float = TAU) -> Floats:
    """Return Idzorek's error variances (v) of confidences in [0, 1]: (1 - c) / c * p tau C p'.

    Confidence 0 gives infinity (the prior stands), 1 gives 0 (the view holds exactly), 0.5 the prior's own variance.
    """
    own = np.einsum("vi,ij,vj->v", pick, tau * covariance, pick)
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(confidence > 0, (1 - confidence) / confidence, np.inf) * own)


def posterior(prior: Floats, covariance: Floats, views: MarketViews, tau: float = TAU) -> Posterior:
    """Return the returns after the views, and C plus the covariance of their mean."""
    said = np.isfinite(views.omega)
    pick, told, spread = views.pick[said], views.returns[said], tau * covariance
    if not len(pick):
        return Posterior(prior, covariance + spread)
    across = spread @ pick.T
    gain = np.linalg.lstsq(pick @ across + np.diag(views.omega[said]), across.T, rcond=None)[0].T
    return Posterior(
        np.asarray(prior + gain @ (told - pick @ prior)), np.asarray(covariance + spread - gain @ across.T)
    )
