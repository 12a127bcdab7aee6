"""What module G estimates at a refit time: GARCH, HAR on ranges, and the Cornish-Fisher losses of one bar."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Floats
from analysis.features.filtered_returns import Recursion, ewma
from analysis.features.garch import Garch, fit_garch
from analysis.features.range_har import RangeHar, fit_range_har, usual_spans
from analysis.features.tail_loss import cornish_fisher, pnl_of
from analysis.framework.bar_rules import bar_returns, bridged
from analysis.framework.look_back import day_bars
from analysis.framework.range_forecast import ranges_of
from analysis.risk.inputs import RiskInputs, window_bars
from analysis.risk.returns import known_before
from analysis.risk.specs import LEVELS
from config.c_risk import RiskExposureConfig


@dataclass(frozen=True, slots=True)
class RiskFit:
    """The variance recursion of ``garch`` and Cornish-Fisher's one-bar losses at ``LEVELS``.

    Where ``garch.converged`` is False its parameters are those of exponential smoothing (RiskMetrics 1996). Losses
    are fractions of notional, NaN where the expansion fails. ``range_har`` forecasts the volatility that is shown,
    ``None`` where the bars hardly move.
    """

    garch: Garch
    cornish: tuple[float, float]
    range_har: RangeHar | None = None

    @property
    def recursion(self) -> Recursion:
        """The variance recursion."""
        return Recursion(self.garch.omega, self.garch.alpha, self.garch.beta)


def fit(inputs: RiskInputs, config: RiskExposureConfig, refit_time: int) -> RiskFit:
    """Fit on the bars before the refit time: GARCH and Cornish-Fisher on their returns, HAR on their ranges."""
    row = int(np.searchsorted(inputs.bars.close_time, refit_time))
    bars = bridged(inputs.bars.closed(refit_time).tail(window_bars(config) + 1))
    window = ranges_of(bars).select(slice(-window_bars(config), None))
    horizons = sorted({1, day_bars(inputs.bars.interval)})
    found = _fit_before(bar_returns(inputs.bars), row, config)
    return replace(found, range_har=fit_range_har(window, usual_spans(window.bar_ms), horizons))


def _fit_before(returns: Floats, row: int, config: RiskExposureConfig) -> RiskFit:
    """Fit on the last ``fit_bars`` known returns before a row."""
    sample = known_before(returns, row, config)[-config.fit_bars :]
    garch = fit_garch(sample)
    if not garch.converged:
        smooth = ewma(config.ewma_decay)
        garch = replace(garch, omega=0.0, alpha=smooth.alpha, beta=smooth.beta)
    losses = [cornish_fisher(pnl_of(sample, 1), level / 100).value_at_risk for level in LEVELS]
    return RiskFit(garch, (losses[0], losses[1]))
