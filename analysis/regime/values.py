"""Module B's values per bar: one function for each family of metrics, every formula from ``analysis.features``."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features import bands, ordinal, variance_ratio
from analysis.features import range_volatility as ranges
from analysis.features import volatility_forecast as forecasts
from analysis.features.hurst import Hurst, dfa_hurst, rescaled_range_hurst
from analysis.features.look_backs import HURST_RETURNS
from analysis.features.oscillators import log_returns
from analysis.features.range_expansion import range_expansion_index
from analysis.features.rank_counts import share_below
from analysis.features.robust import mid_rank
from analysis.features.windows import divide, on_last
from analysis.framework.bar_rules import bridged
from analysis.framework.look_back import look_back_bars
from analysis.framework.measured import Measured
from analysis.regime.derivatives import basis_values, funding_values, implied_values, premium_values
from analysis.regime.features import now_features, regime_features
from analysis.regime.fit import RegimeFit
from analysis.regime.fitted import garch_rows, switching_rows
from analysis.regime.forecasts import (
    annual_percent,
    best_forecast,
    day_forecasts,
    range_forecasts,
)
from analysis.regime.horizons import horizons
from analysis.regime.inputs import RegimeInputs
from analysis.regime.metrics import METRICS
from analysis.regime.now_table import hindsight_of, shipped_now
from analysis.regime.odds_table import FeatureWindows, shipped_table
from analysis.regime.state import stress_level
from config.c_volat import VolatilityConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import MINUTE, SHORTEST_MS
from utils.units import PERCENT

RATIO_HORIZONS = (2, 4, 8, 16)
RATIOS = ("vr_2", "vr_4", "vr_8", "vr_16")
RATIOS_Z = ("vr_2_z", "vr_4_z", "vr_8_z", "vr_16_z")
PLAIN_RATIOS = ("vr_2_plain", "vr_4_plain", "vr_8_plain", "vr_16_plain")
MEMORIES = (
    *("hurst_dfa", "hurst_dfa_low", "hurst_dfa_high", "hurst_z"),
    *("hurst_rs", "hurst_rs_low", "hurst_rs_high"),
)
ENTROPY_ORDERS = (3, 4, 5)
ENTROPIES = ("entropy_3", "entropy_4", "entropy_5")
DISPLAYED_RANKS = {
    "hv_close_rank": "hv_close",
    "hv_parkinson_rank": "hv_parkinson",
    "hv_garman_klass_rank": "hv_garman_klass",
}


@dataclass(frozen=True, slots=True)
class Tail:
    """How many last rows are computed of what score and labels read, and of what is displayed; ``None`` for all."""

    scored: int | None = None
    displayed: int | None = None


def regime_values(
    inputs: RegimeInputs, fits: Mapping[int, RegimeFit], config: VolatilityConfig, tail: Tail
) -> Measured:
    """Return every metric's value per bar (n), NaN where missing; expensive ones NaN before their ``tail`` too.

    Volatilities are percent per year, ranks the mid-rank among the past values of the look-back, 0..1. Nothing moves
    over a hole in the bars.
    """
    bars, windows = bridged(inputs.bars), shipped_table().windows
    returns = log_returns(bars.close)
    values = Measured(len(bars))
    values.part("features", lambda: regime_features(bars, windows, tail.scored))
    hindsight, now_windows = hindsight_of(bars.interval), shipped_now().windows
    values.part("now", lambda: now_features(bars, hindsight, now_windows, tail.scored))
    values.part("volatility", lambda: _volatility_values(bars, config, tail))
    values.part("range", lambda: _range_values(bars, config, tail))
    values.part("variance ratio", lambda: _variance_ratio_values(bars, windows, tail))
    values.part("memory", lambda: _memory_values(returns, tail))
    values.part("structure", lambda: _structure_values(returns, config, tail))
    values.part("fits", lambda: _fitted_values(bars, returns, fits, config, tail))
    values.part("stress", lambda: _stress_values(values, config))
    values.part("ranges", lambda: range_forecasts(bars, fits, config, tail.displayed))
    known = {name: values.column(name) for name in ("garch_day", "range_har_day")}
    values.part("forecasts", lambda: day_forecasts(bars, returns, known, config, tail.displayed))
    values.part("first forecast", lambda: {"vol_day": best_forecast(values)})
    values.part("premium", lambda: premium_values(bars, inputs.premium, config, tail.displayed))
    values.part("funding", lambda: funding_values(bars, inputs.funding))
    values.part("basis", lambda: basis_values(bars, inputs.quarterly, config))
    month = values.column("garch_month")
    values.part("implied", lambda: _implied_values(inputs, returns, month, config, tail))
    return values.complete(METRICS)


def _stress_values(values: Measured, config: VolatilityConfig) -> dict[str, Floats]:
    rank, stressed = values.column("vol_percentile"), values.column("markov_stressed")
    return {"stress_level": stress_level(rank, stressed, config.stress_bars)}


def _ranked(values: Floats, bars: Bars, config: VolatilityConfig, rows: int | None) -> Floats:
    n = look_back_bars(bars.interval, config.look_back_days)
    if rows == 1:  # one row is ranked by counting, at a tenth of the cost
        return _last_ranked(values, n, config.rank_min_bars)
    if n < config.rank_min_bars:
        return np.full(len(values), np.nan)
    return mid_rank(values, n, config.rank_min_bars, rows)


def _last_ranked(values: Floats, n: int, min_count: int) -> Floats:
    rank, past = np.full(len(values), np.nan), values[-n - 1 : -1]
    if np.isfinite(values[-1]) and np.isfinite(past).sum() >= min_count:
        rank[-1] = share_below(float(values[-1]), past)
    return rank


def _volatility_values(bars: Bars, config: VolatilityConfig, tail: Tail) -> dict[str, Floats]:
    n, minutes = config.hv_bars, SHORTEST_MS[bars.interval] / MINUTE
    per_bar = {
        "hv_yang_zhang": ranges.yang_zhang(bars.open, bars.high, bars.low, bars.close, n),
        "hv_close": ranges.close_to_close(bars.close, n),
        "hv_parkinson": ranges.parkinson(bars.high, bars.low, n),
        "hv_garman_klass": ranges.garman_klass(bars.open, bars.high, bars.low, bars.close, n),
    }
    moving = {name: np.where(sigma > 0, sigma, np.nan) for name, sigma in per_bar.items()}
    values = {name: PERCENT * ranges.annualised(sigma, minutes) for name, sigma in moving.items()}
    values["vol_percentile"] = _ranked(values["hv_yang_zhang"], bars, config, tail.scored)
    return values | {
        rank: _ranked(values[of], bars, config, tail.displayed) for rank, of in DISPLAYED_RANKS.items()
    }


def _range_values(bars: Bars, config: VolatilityConfig, tail: Tail) -> dict[str, Floats]:
    atr = PERCENT * divide(bands.atr(bars.high, bars.low, bars.close, config.atr_period), bars.close)
    atr = np.where(atr > 0, atr, np.nan)
    width = bands.bandwidth(*bands.bollinger(bars.close, config.bb_period, config.bb_width))
    width = np.where(width > 0, width, np.nan)
    return {
        "atr_pct": atr,
        "atr_rank": _ranked(atr, bars, config, tail.displayed),
        "bb_width": width,
        "bb_rank": _ranked(width, bars, config, tail.displayed),
        "rei": range_expansion_index(bars.high, bars.low, bars.close),
    }


def _variance_ratio_values(bars: Bars, windows: FeatureWindows, tail: Tail) -> dict[str, Floats]:
    n = windows.variance_ratio

    def measured(log_price: Floats) -> tuple[Floats, ...]:
        found = variance_ratio.variance_ratios(log_price, n, RATIO_HORIZONS, clip=True)
        plain = variance_ratio.variance_ratios(log_price, n, RATIO_HORIZONS, clip=False)
        return (*found.ratio, *found.z, *variance_ratio.chow_denning(found.z), *plain.ratio)

    columns = on_last(tail.displayed, n + 1, measured, np.log(bars.close))
    return dict(zip((*RATIOS, *RATIOS_Z, "vr_joint", "vr_joint_p", *PLAIN_RATIOS), columns, strict=True))


def _memory_values(returns: Floats, tail: Tail) -> dict[str, Floats]:
    def measured(window: Floats) -> tuple[Floats, ...]:
        fluctuation, by_range = dfa_hurst(window, HURST_RETURNS), rescaled_range_hurst(window, HURST_RETURNS)
        return (*_memory(fluctuation), fluctuation.z, *_memory(by_range))

    return dict(zip(MEMORIES, on_last(tail.displayed, HURST_RETURNS, measured, returns), strict=True))


def _memory(found: Hurst) -> tuple[Floats, ...]:
    return found.exponent, found.low, found.high


def _structure_values(returns: Floats, config: VolatilityConfig, tail: Tail) -> dict[str, Floats]:
    n, last = config.entropy_bars, tail.displayed

    def entropies(r: Floats) -> tuple[Floats, ...]:
        orders = tuple(ordinal.permutation_entropy(r, n, order) for order in ENTROPY_ORDERS)
        return (*orders, ordinal.sign_word_entropy(r, n, config.sign_word))

    def jumps(r: Floats) -> tuple[Floats, ...]:
        found = forecasts.jump_share(r, config.jump_bars)
        return found.share, found.z

    values = dict(zip((*ENTROPIES, "sign_entropy"), on_last(last, n, entropies, returns), strict=True))
    return values | dict(
        zip(("jump_share", "jump_z"), on_last(last, config.jump_bars, jumps, returns), strict=True)
    )


def _fitted_values(
    bars: Bars, returns: Floats, fits: Mapping[int, RegimeFit], config: VolatilityConfig, tail: Tail
) -> dict[str, Floats]:
    ahead = horizons(bars.interval)
    garch = garch_rows(bars, returns, fits, ahead, config, tail.displayed)
    switching = switching_rows(bars, returns, fits, config)
    month = annual_percent(garch["month"], bars.interval)
    return {
        "garch_vol": annual_percent(garch["next"], bars.interval),
        "garch_day": annual_percent(garch["day"], bars.interval),
        "garch_month": month,
        "garch_persistence": garch["persistence"],
        "garch_half_life": garch["half_life"],
        "garch_degrees": garch["degrees"],
        "garch_residual": garch["residual"],
        "garch_tail": garch["tail"],
        "markov_stressed": switching["stressed"],
        "markov_calm_vol": annual_percent(switching["calm_variance"], bars.interval),
        "markov_stressed_vol": annual_percent(switching["stressed_variance"], bars.interval),
    }


def _implied_values(
    inputs: RegimeInputs, returns: Floats, garch_month: Floats, config: VolatilityConfig, tail: Tail
) -> dict[str, Floats]:
    bars = inputs.bars
    month = horizons(bars.interval).month
    (summed,) = on_last(tail.displayed, month, lambda r: (forecasts.realised_variance(r, month),), returns)
    trailing = annual_percent(np.where(summed > 0, summed, np.nan) / month, bars.interval)
    iv = implied_values(bars, inputs.implied, config)
    return {
        "iv30": iv,
        "rv30": trailing,
        "iv_premium": iv - garch_month,
        "iv_rv_spread": iv - trailing,
    }
