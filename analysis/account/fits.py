"""Volatility models of the instruments held, fitted at refit times and kept: they depend on bars alone."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from analysis.account.inputs import REFIT_BARS
from analysis.features.filtered_returns import Recursion, ewma
from analysis.features.garch import fit_garch
from analysis.features.look_backs import MIN_COUNT
from analysis.framework.bar_rules import bar_returns, refit_times
from analysis.framework.question import Instrument
from config.c_account import AccountConfig
from utils.binance_api.bars import Bars
from utils.caching import LruMap

KEPT: Final = 512
Recursions = Mapping[tuple[Instrument, str], Recursion]
"""By instrument and interval; what is absent is smoothed exponentially."""


class FitMemory:
    """The fits made so far, by instrument, interval, refit time and configuration."""

    def __init__(self) -> None:
        self._kept: LruMap[tuple[Instrument, str, int, str], Recursion] = LruMap(KEPT)

    def recursions(
        self, bars: Mapping[Instrument, Bars], config: AccountConfig
    ) -> dict[tuple[Instrument, str], Recursion]:
        """Return each instrument's recursion at its last refit time, fitting what was not fitted yet."""
        found = {}
        for instrument, rows in bars.items():
            times = refit_times(rows, MIN_COUNT, REFIT_BARS, last=1)
            if times:
                found[instrument, rows.interval] = self._recursion(instrument, rows, times[-1], config)
        return found

    def _recursion(
        self, instrument: Instrument, bars: Bars, refit_time: int, config: AccountConfig
    ) -> Recursion:
        key = (instrument, bars.interval, refit_time, config.digest)
        fit = self._kept.get(key)
        if fit is None:
            fit = recursion_before(bars, refit_time, config)
            self._kept.put(key, fit)
        return fit


def recursion_before(bars: Bars, refit_time: int, config: AccountConfig) -> Recursion:
    """Return GARCH(1,1) of the ``tail_window`` known returns before a refit time (UTC ms), or exponential weights.

    The fitted variance reverts to its long-run level, which exponential weights never do; they are used where the
    fit does not converge, is at a bound of its range or is not stationary.
    """
    returns = bar_returns(bars)[: int(np.searchsorted(bars.close_time, refit_time))]
    fit = fit_garch(returns[np.isfinite(returns)][-config.tail_window :])
    usable = fit.converged and not fit.at_bound and fit.persistence < 1
    return Recursion(fit.omega, fit.alpha, fit.beta) if usable else ewma(config.decay)
