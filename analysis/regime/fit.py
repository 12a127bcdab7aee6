"""What module B estimates at a refit time: GARCH, the switching variance and HAR on ranges."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Floats
from analysis.features.garch import Garch, fit_garch
from analysis.features.markov_fit import SwitchingFit, fit_switching
from analysis.features.oscillators import log_returns
from analysis.features.range_har import RangeHar, fit_range_har, usual_spans
from analysis.framework.bar_rules import bridged, rows_before
from analysis.framework.range_forecast import ranges_of
from analysis.regime.horizons import range_har_bars, range_har_horizons
from analysis.regime.inputs import RegimeInputs
from config.c_volat import VolatilityConfig
from utils.binance_api.bars import Bars


@dataclass(frozen=True, slots=True)
class RegimeFit:
    """What was estimated before a refit time; ``None`` where there were too few bars for it."""

    garch: Garch | None
    switching: SwitchingFit | None
    variance: float
    """Of the returns GARCH was fitted on, around its mean; NaN without a fit."""
    range_har: RangeHar | None = None

    @property
    def reverting(self) -> Garch | None:
        """GARCH with the long-run variance held at that of its own sample (variance targeting, Engle and Mezrich 1996).

        Horizons are forecast with it: under heavy tails the maximum-likelihood omega often implies a long-run variance
        far above anything observed. At persistence 1 there is none, and the forecast stays constant.
        """
        if self.garch is None or not self.garch.converged:
            return None
        return replace(self.garch, omega=(1 - self.garch.persistence) * self.variance)


def fit(inputs: RegimeInputs, config: VolatilityConfig, refit_time: int) -> RegimeFit:
    """Estimate every model on the bars that closed before the refit time, each on its own number of them."""
    most, fewest = (f(config.garch_fit_bars, config.markov_fit_bars) + 1 for f in (max, min))
    rows_before(inputs.bars, refit_time, fewest)
    read = max(most, range_har_bars(config, inputs.bars.interval) + 1)
    bars = bridged(inputs.bars.closed(refit_time).tail(read))
    returns = log_returns(bars.close[-most:])[1:]
    return replace(fit_returns(returns, config), range_har=_fit_ranges(bars, config))


def _fit_ranges(bars: Bars, config: VolatilityConfig) -> RangeHar | None:
    count, interval = range_har_bars(config, bars.interval), bars.interval
    if len(bars) < count:
        return None
    rows = ranges_of(bars).select(slice(len(bars) - count, None))
    return fit_range_har(rows, usual_spans(rows.bar_ms), range_har_horizons(interval))


def fit_returns(returns: Floats, config: VolatilityConfig) -> RegimeFit:
    """Fit GARCH and the switching variance on the newest ``returns``, each on its own configured number of them."""
    of_garch, of_switching = returns[-config.garch_fit_bars :], returns[-config.markov_fit_bars :]
    garch = fit_garch(of_garch) if len(of_garch) == config.garch_fit_bars else None
    switching = fit_switching(of_switching) if len(of_switching) == config.markov_fit_bars else None
    variance = np.nan if garch is None else float(np.mean((of_garch - garch.mean) ** 2))
    return RegimeFit(garch, switching, variance)
