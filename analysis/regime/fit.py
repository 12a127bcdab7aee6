"""What module B estimates at a refit time: GARCH, the switching variance and HAR on ranges."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Floats
from analysis.features.garch import Garch, fit_garch
from analysis.features.markov_fit import SwitchingFit, fit_switchings
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
    return fits(inputs, config, (refit_time,))[refit_time]


def fits(inputs: RegimeInputs, config: VolatilityConfig, refit_times: Sequence[int]) -> dict[int, RegimeFit]:
    """Return ``fit`` at each refit time: the switching variances are searched for together."""
    most, fewest = (f(config.garch_fit_bars, config.markov_fit_bars) + 1 for f in (max, min))
    count = max(most, range_har_bars(config, inputs.bars.interval) + 1)
    read = []
    for at in refit_times:
        rows_before(inputs.bars, at, fewest)
        read.append(bridged(inputs.bars.closed(at).tail(count)))
    models = fit_each([log_returns(bars.close[-most:])[1:] for bars in read], config)
    return {
        at: replace(model, range_har=_fit_ranges(bars, config))
        for at, model, bars in zip(refit_times, models, read, strict=True)
    }


def _fit_ranges(bars: Bars, config: VolatilityConfig) -> RangeHar | None:
    count, interval = range_har_bars(config, bars.interval), bars.interval
    if len(bars) < count:
        return None
    rows = ranges_of(bars).select(slice(len(bars) - count, None))
    return fit_range_har(rows, usual_spans(rows.bar_ms), range_har_horizons(interval))


def fit_each(samples: Sequence[Floats], config: VolatilityConfig) -> list[RegimeFit]:
    """Fit GARCH and the switching variance on the newest returns of each, each on its configured number of them."""
    switching = _fit_switching([returns[-config.markov_fit_bars :] for returns in samples], config)
    return [
        _with_garch(returns[-config.garch_fit_bars :], found, config)
        for returns, found in zip(samples, switching, strict=True)
    ]


def _fit_switching(samples: Sequence[Floats], config: VolatilityConfig) -> list[SwitchingFit | None]:
    long = [row for row, returns in enumerate(samples) if len(returns) == config.markov_fit_bars]
    found = dict(zip(long, fit_switchings([samples[row] for row in long]), strict=True))
    return [found.get(row) for row in range(len(samples))]


def _with_garch(returns: Floats, switching: SwitchingFit | None, config: VolatilityConfig) -> RegimeFit:
    garch = fit_garch(returns) if len(returns) == config.garch_fit_bars else None
    variance = np.nan if garch is None else float(np.mean((returns - garch.mean) ** 2))
    return RegimeFit(garch, switching, variance)
