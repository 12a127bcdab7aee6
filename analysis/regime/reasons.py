"""Why a value of module B's last bar is missing, in words."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.framework.look_back import look_back_bars
from analysis.framework.reasons import Reason
from analysis.regime.features import FeatureWindows
from analysis.regime.fits import RegimeFit, fit_in_force
from analysis.regime.inputs import Funding, Quarterly, RegimeInputs
from analysis.regime.metrics import GARCH_METRICS, MARKOV_METRICS, METRICS, RANKS, bars_needed
from config.c_volat import VolatilityConfig
from utils.binance_api.intervals import SHORTEST_MS

SOURCE_OF = {
    "premium_bps": "premium",
    "premium_z": "premium",
    "funding_8h": "funding",
    "basis_annual": "quarterly",
    "days_to_delivery": "quarterly",
    "iv30": "implied",
    "iv_premium": "implied",
    "iv_rv_spread": "implied",
}
SCALARS_OF = {
    "regime.p_trend": "hurst_z",
    "regime.vol_percentile": "vol_percentile",
    "regime.stress": "markov_stressed",
}
Values = Mapping[str, Floats]


def missing_reasons(
    inputs: RegimeInputs,
    fits: Mapping[int, RegimeFit],
    config: VolatilityConfig,
    windows: FeatureWindows,
    values: Values,
    scalars: Values,
) -> dict[str, Reason]:
    """Return a reason for every metric or scalar that is not finite in the last row."""
    needs = bars_needed(config, windows, inputs.bars.interval)
    reasons = {
        spec.id: _value_reason(spec.id, needs.get(spec.id, 1), inputs, fits, config, values)
        for spec in METRICS
        if not np.isfinite(values[spec.id][-1])
    }
    for name, metric in SCALARS_OF.items():
        if np.isnan(scalars[name][-1]):
            reasons[name] = reasons.get(metric) or Reason("constant")
    return reasons


def _value_reason(
    name: str,
    needs: int,
    inputs: RegimeInputs,
    fits: Mapping[int, RegimeFit],
    config: VolatilityConfig,
    values: Values,
) -> Reason:
    source = SOURCE_OF.get(name)
    if source is not None and (beside := _beside(name, source, inputs, config, values)) is not None:
        return beside
    if name in GARCH_METRICS or name in ("garch_qlike", "iv_premium"):
        return _garch_reason(name, needs, inputs, fits, config, values)
    if name in MARKOV_METRICS:
        return _markov_reason(inputs, fits, config)
    ranked = RANKS.get("vol_percentile" if name == "stress_level" else name)
    if ranked is not None and np.isfinite(values[ranked][-1]):
        return _rank_reason(values[ranked], inputs, config)
    has = len(inputs.bars)
    return Reason("too_few_bars", {"needs": needs, "has": has}) if has < needs else Reason("constant")


def _beside(
    name: str, source: str, inputs: RegimeInputs, config: VolatilityConfig, values: Values
) -> Reason | None:
    """Why a reading beside the bars is missing; ``None`` where its own part is known."""
    found = getattr(inputs, source)
    if isinstance(found, Reason):
        return found
    if source == "quarterly":
        return _basis_reason(inputs, config, values)
    if source == "implied":
        known = np.isfinite(values["iv30"][-1])
        return None if known else Reason("no_data", {"what": "30-day implied volatility"})
    if name == "premium_z" and np.isfinite(values["premium_bps"][-1]):
        has = int(np.isfinite(values["premium_bps"]).sum()) - 1
        return Reason("few_past_values", {"needs": config.rank_min_bars, "has": has})
    return Reason("no_data", {"what": "settled funding" if isinstance(found, Funding) else "premium"})


def _basis_reason(inputs: RegimeInputs, config: VolatilityConfig, values: Values) -> Reason:
    days = float(values["days_to_delivery"][-1])
    if isinstance(inputs.quarterly, Quarterly) and days < config.delivery_days:
        return Reason("near_delivery", {"days": f"{days:.1f}", "needs": config.delivery_days})
    return Reason("no_data", {"what": "quarterly future"})


def _rank_reason(raw: Floats, inputs: RegimeInputs, config: VolatilityConfig) -> Reason:
    past = raw[-look_back_bars(inputs.bars.interval, config.look_back_days) - 1 : -1]
    has = int(np.isfinite(past).sum())
    return Reason("few_past_values", {"needs": config.rank_min_bars, "has": has})


def _garch_reason(
    name: str,
    needs: int,
    inputs: RegimeInputs,
    fits: Mapping[int, RegimeFit],
    config: VolatilityConfig,
    values: Values,
) -> Reason:
    if np.isfinite(values["garch_vol"][-1]):
        return _after_garch(name, needs, inputs, values)
    fit = fit_in_force(fits)
    if fit is None or fit.garch is None:
        return _short_fit(inputs, config.garch_fit_bars, config)
    return Reason("constant" if fit.garch.converged else "not_converged")


def _after_garch(name: str, needs: int, inputs: RegimeInputs, values: Values) -> Reason:
    """Why a figure is missing although the fit stands."""
    if name == "garch_half_life":
        return Reason("no_decay")
    if name == "garch_qlike" and len(inputs.bars) < needs:
        return Reason("too_few_bars", {"needs": needs, "has": len(inputs.bars)})
    return Reason("constant")


def _markov_reason(inputs: RegimeInputs, fits: Mapping[int, RegimeFit], config: VolatilityConfig) -> Reason:
    fit = fit_in_force(fits)
    if fit is None or fit.switching is None:
        return _short_fit(inputs, config.markov_fit_bars, config)
    return Reason("constant" if fit.switching.converged else "not_converged")


def _short_fit(inputs: RegimeInputs, wanted: int, config: VolatilityConfig) -> Reason:
    """How many bars the refit time in force has before it, of those a fit reads and the return before them."""
    closes = inputs.bars.close_time
    step = config.refit_bars * SHORTEST_MS[inputs.bars.interval]
    before = int(np.searchsorted(closes, int(closes[-1]) // step * step))
    return Reason("too_few_bars", {"needs": wanted + 1, "has": before})
