"""How much of each coin's forecast error comes from the shocks of others, whatever their order.

Generalised impulse responses and forecast error variance (Koop, Pesaran and Potter 1996; Pesaran and Shin 1998), and
the spillover table of Diebold and Yilmaz (2012, "Better to give than to receive"): rows are normalised to one.
"""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Spillover:
    """``table`` (k, k): share of the forecast error of row i that the shocks of column j account for; rows sum to 1.

    ``received`` and ``given`` (k) are shares from and to the others, ``net`` what is given beyond what is received,
    ``total`` the mean received.
    """

    table: Floats

    @property
    def received(self) -> Floats:
        """Share of each row that comes from others."""
        return np.asarray(self.table.sum(axis=1) - np.diag(self.table))

    @property
    def given(self) -> Floats:
        """Share that each column gives to others."""
        return np.asarray(self.table.sum(axis=0) - np.diag(self.table))

    @property
    def net(self) -> Floats:
        """What each gives beyond what it receives."""
        return self.given - self.received

    @property
    def total(self) -> float:
        """The mean share that comes from others."""
        return float(self.received.mean())


def spillover(moving_average: Floats, sigma: Floats) -> Spillover:
    """Return the table over H = len(moving_average) steps, from shock weights (H, k, k) and covariance (k, k)."""
    through = moving_average @ sigma
    own = (through**2).sum(axis=0) / np.diag(sigma)
    whole = np.einsum("hij,hij->i", through, moving_average)
    shares = own / whole[:, None]
    return Spillover(shares / shares.sum(axis=1, keepdims=True))


def impulse_responses(moving_average: Floats, sigma: Floats) -> Floats:
    """Return generalised responses (H, k, k): [h, i, j] of series i, h steps after a shock of one deviation in j."""
    return np.asarray(moving_average @ sigma / np.sqrt(np.diag(sigma)))
