"""Volatility models of what is held, fitted at fixed moments and kept: they depend on bars alone, never on amounts."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from analysis.account.fetch import REFIT_BARS
from analysis.account.holdings import Instrument
from analysis.features.filtered_returns import Recursion, ewma
from analysis.features.garch import fit_garch
from analysis.features.tail_loss import MIN_COUNT
from analysis.framework.refit import refit_times_of
from analysis.risk.forecasts import log_returns
from config.c_account import AccountConfig
from utils.binance_api.bars import Bars
from utils.caching import LruMap

KEPT: Final = 512
FitKey = tuple[Instrument, str, int, str]
Recursions = Mapping[tuple[Instrument, str], Recursion]
"""By instrument and interval; what is absent is smoothed exponentially."""


class FitMemory:
    """The fits made so far, by instrument, interval, refit time and configuration."""

    def __init__(self) -> None:
        self._kept: LruMap[FitKey, Recursion] = LruMap(KEPT)

    def recursions(
        self, bars: Mapping[Instrument, Bars], config: AccountConfig
    ) -> dict[tuple[Instrument, str], Recursion]:
        """Return each instrument's recursion at its last refit time, fitting what was not fitted yet."""
        found = {}
        for one, rows in bars.items():
            moments = refit_times_of(rows, MIN_COUNT, REFIT_BARS, last=1)
            if not moments:
                continue
            key = (one, rows.interval, moments[-1], config.digest())
            fit = self._kept.get(key)
            if fit is None:
                fit = recursion_before(rows, moments[-1], config)
                self._kept.put(key, fit)
            found[one, rows.interval] = fit
        return found


def recursion_before(bars: Bars, refit_time: int, config: AccountConfig) -> Recursion:
    """Return GARCH(1,1) of the ``tail_window`` known returns before a refit time (UTC ms), or exponential weights.

    Over many bars the fitted one comes back to its long-run level, which exponential weights never do; they stand in
    where the fit does not converge, stands at a bound or would not come back.
    """
    returns = log_returns(bars)[: int(np.searchsorted(bars.close_time, refit_time))]
    fit = fit_garch(returns[np.isfinite(returns)][-config.tail_window :])
    usable = fit.converged and not fit.at_bound and fit.persistence < 1
    return Recursion(fit.omega, fit.alpha, fit.beta) if usable else ewma(config.decay)
