"""Module A's metrics per bar: each family of values in the order they are tail, every formula from ``features``."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.features import bands, directional, fractal, hilbert, kalman, oscillators, regression, wavelet
from analysis.features import moving_average as averages
from analysis.features import volume_profile as profile
from analysis.features.windows import divide, on_last, rolling_correlation
from analysis.framework.bar_rules import rows_served
from analysis.framework.measured import Measured
from analysis.trend.inputs import TrendInputs, average_bars
from analysis.trend.metrics import METRICS
from config.c_trend import TrendConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, FIRST_MONDAY, WEEK
from utils.units import BASIS_POINTS


def trend_values(
    inputs: TrendInputs,
    fits: Mapping[int, kalman.TrendEstimate],
    config: TrendConfig,
    tail: int | None = None,
) -> Measured:
    """Return every metric's value per bar (n), NaN where missing.

    ``tail`` spares the expensive metrics that are displayed only: they are measured in that many last rows, NaN before.
    """
    bars = inputs.bars
    values = Measured(len(bars))
    values.part("range", lambda: _range_values(bars, config))
    atr = values.column("atr_14")
    values.part("averages", lambda: _average_values(bars, atr, config))
    values.part("oscillators", lambda: _oscillator_values(bars.close, config))
    values.part("bands", lambda: _band_values(bars.close, config))
    values.part("direction", lambda: _directional_values(bars, config))
    values.part("kalman", lambda: _kalman_values(inputs, fits, config))
    values.part("waves", lambda: _wave_values(bars.close, atr, config, tail))
    values.part("path", lambda: _path_values(bars.close, config, tail))
    values.part("perpetual", lambda: _perpetual_values(inputs, values.column("ols_slope"), config))
    values.part("volume", lambda: _volume_values(bars, atr, config, tail))
    values.part("live", lambda: _live_values(inputs, atr))
    return values.complete(METRICS)


def _range_values(bars: Bars, config: TrendConfig) -> dict[str, Floats]:
    atr = bands.atr(bars.high, bars.low, bars.close, config.atr_period)
    return {"atr_14": atr, "atr_pct": 100 * atr / bars.close}


def _average_values(bars: Bars, atr: Floats, config: TrendConfig) -> dict[str, Floats]:
    close, count = bars.close, average_bars(config, bars.interval)
    periods = (config.ema_fast, config.ema_mid, config.ema_slow)
    fast, mid, slow = (averages.ema_of_last(close, n, count) for n in periods)
    line, average, histogram = averages.macd(close, config.macd_fast, config.macd_slow, config.macd_signal)
    return {
        "ema_20": fast,
        "ema_50": mid,
        "ema_200": slow,
        "ema_alignment": averages.alignment(close, fast, mid, slow),
        "ema_slope": averages.slope_in_atr(mid, atr, config.slope_bars),
        "macd": line,
        "macd_signal": average,
        "macd_hist": divide(histogram, atr),
    }


def _oscillator_values(close: Floats, config: TrendConfig) -> dict[str, Floats]:
    index = oscillators.rsi(close, config.rsi_period)
    k, d = oscillators.stochastic_rsi(index, config.stoch_period, config.stoch_k, config.stoch_d)
    return {
        "rsi_14": index,
        "stochrsi_k": k,
        "stochrsi_d": d,
        "mom_10": oscillators.momentum(close, config.momentum_period),
        "roc_10": oscillators.rate_of_change(close, config.momentum_period),
        "roc_vol": oscillators.scaled_rate_of_change(close, config.momentum_period, config.volatility_bars),
    }


def _band_values(close: Floats, config: TrendConfig) -> dict[str, Floats]:
    upper, middle, lower = bands.bollinger(close, config.bb_period, config.bb_width)
    return {
        "bb_upper": upper,
        "bb_middle": middle,
        "bb_lower": lower,
        "percent_b": bands.percent_b(close, upper, lower, config.bb_period),
        "bb_width": bands.bandwidth(upper, middle, lower),
        "zscore": bands.zscore(close, config.zscore_period),
    }


def _directional_values(bars: Bars, config: TrendConfig) -> dict[str, Floats]:
    adx, plus, minus = directional.directional(bars.high, bars.low, bars.close, config.adx_period)
    return {"adx_14": adx, "plus_di": plus, "minus_di": minus, "di_diff": plus - minus}


def _kalman_values(
    inputs: TrendInputs, fits: Mapping[int, kalman.TrendEstimate], config: TrendConfig
) -> dict[str, Floats]:
    logs = np.log(inputs.bars.close)
    level, slope, error, memory = (np.full(len(logs), np.nan) for _ in range(4))
    for refit_time, estimate in fits.items():
        rows = rows_served(inputs.bars, refit_time, config.kalman_refit_bars)
        if rows.start == rows.stop or not estimate.converged:
            continue
        path = _after_fit(logs[rows], estimate, config.kalman_refit_bars)
        level[rows], slope[rows] = np.exp(path.level), path.slope
        error[rows] = np.sqrt(path.slope_variance * estimate.noise.scale)
        memory[rows] = estimate.noise.memory
    t = divide(slope, error)
    return {
        "kalman_level": level,
        "kalman_slope": BASIS_POINTS * slope,
        "kalman_slope_t": t,
        "kalman_abs_t": np.abs(t),
        "kalman_memory": memory,
    }


def _after_fit(logs: Floats, estimate: kalman.TrendEstimate, refit_bars: int) -> kalman.TrendPath:
    noise, state = estimate.noise, estimate.state
    gains = kalman.kept_gain_path(noise, state.p_level, state.p_cross, state.p_slope, refit_bars)
    return kalman.filter_trend(logs, noise, state, gains)


def _wave_values(close: Floats, atr: Floats, config: TrendConfig, tail: int | None) -> dict[str, Floats]:
    window, name, level = config.wavelet_window, config.wavelet, config.wavelet_level
    trendline = hilbert.hilbert_trendline(close)
    period, phase = hilbert.dominant_cycle(close)
    (energy,) = on_last(
        tail,
        window,
        lambda returns: (wavelet.low_band_share(returns, window, name, level),),
        oscillators.log_returns(close),
    )
    return {
        "wavelet_slope": BASIS_POINTS * wavelet.approximation_slope(np.log(close), window, name, level),
        "wavelet_energy": energy,
        "hilbert_slope": averages.slope_in_atr(trendline, atr, config.slope_bars),
        "hilbert_period": period,
        "hilbert_phase": phase,
    }


def _path_values(close: Floats, config: TrendConfig, tail: int | None) -> dict[str, Floats]:
    logs, n = np.log(close), config.ols_window
    (dimension,) = on_last(
        tail, config.fdi_window, lambda c: (fractal.fractal_dimension(c, config.fdi_window),), close
    )
    (slope_t,) = on_last(tail, n, lambda y: (regression.ols_slope_t(y, n, config.ols_lags),), logs)
    return {
        "fdi": dimension,
        "fdi_z": fractal.persistence_z(dimension, config.fdi_window),
        "efficiency_ratio": regression.efficiency_ratio(close, config.efficiency_period),
        "ols_slope": BASIS_POINTS * regression.ols_slope(logs, n),
        "ols_slope_t": slope_t,
    }


def _perpetual_values(inputs: TrendInputs, own_slope: Floats, config: TrendConfig) -> dict[str, Floats]:
    bars, other = inputs.bars, inputs.counterpart
    names = ("perp_sign", "perp_correlation", "perp_agreement", "basis_bps")
    if other is None:
        return {name: np.full(len(bars), np.nan) for name in names}
    theirs = BASIS_POINTS * regression.ols_slope(np.log(other.close), config.ols_window)
    there = np.searchsorted(other.open_time, bars.open_time)
    here = np.flatnonzero(there < len(other))
    here = here[other.open_time[there[here]] == bars.open_time[here]]
    there = there[here]
    slope, price = np.full(len(bars), np.nan), np.full(len(bars), np.nan)
    slope[here], price[here] = theirs[there], other.close[there] * inputs.counterpart_scale
    spot, perpetual = (bars.close, price) if bars.market == "spot" else (price, bars.close)
    sign = np.where(np.isfinite(slope * own_slope), np.sign(slope) * np.sign(own_slope), np.nan)
    correlation = rolling_correlation(own_slope, slope, config.agreement_bars)
    agreement = (1 + sign) / 2 * np.clip(correlation, 0, 1)
    columns = (sign, correlation, agreement, BASIS_POINTS * (perpetual / spot - 1))
    return dict(zip(names, columns, strict=True))


def _profile_values(bars: Bars, config: TrendConfig, tail: int | None) -> tuple[Floats, ...]:
    def measured(price: Floats, volume: Floats) -> tuple[Floats, ...]:
        return profile.volume_profile(
            price, volume, config.profile_bars, config.profile_bins, config.value_area
        )

    price = profile.bar_price(bars.volume, bars.quote_volume)
    return on_last(tail, config.profile_bars, measured, price, bars.volume)


def _volume_values(bars: Bars, atr: Floats, config: TrendConfig, tail: int | None) -> dict[str, Floats]:
    poc, low, high = _profile_values(bars, config, tail)
    traded = (bars.open_time, bars.volume, bars.quote_volume)
    lines = {
        "vwap": profile.rolling_vwap(bars.volume, bars.quote_volume, config.vwap_bars),
        "vwap_day": profile.anchored_vwap(*traded, DAY),
        "vwap_week": profile.anchored_vwap(*traded, WEEK, FIRST_MONDAY),
        "poc": poc,
    }
    outside = np.maximum(bars.close - high, 0) + np.minimum(bars.close - low, 0)
    distances = {f"{name}_distance": divide(bars.close - line, atr) for name, line in lines.items()}
    area = {"value_low": low, "value_high": high, "value_distance": divide(outside, atr)}
    return lines | distances | area


def _live_values(inputs: TrendInputs, atr: Floats) -> dict[str, Floats]:
    bars, quote = inputs.bars, inputs.quote
    earlier = np.searchsorted(bars.close_time, bars.close_time - DAY)
    found = bars.close_time[np.minimum(earlier, len(bars) - 1)] == bars.close_time - DAY
    change = np.where(found, 100 * (bars.close / bars.close[np.minimum(earlier, len(bars) - 1)] - 1), np.nan)
    since, gap = np.full(len(bars), np.nan), np.full(len(bars), np.nan)
    if quote is not None:
        change[-1] = quote.change_24h_pct
        since[-1] = (quote.price - bars.close[-1]) / atr[-1] if atr[-1] > 0 else np.nan
        if quote.mean_5m:  # a market without trades answers a mean of 0, which is no price
            gap[-1] = BASIS_POINTS * (quote.price / quote.mean_5m - 1)
    return {"change_24h": change, "since_close": since, "mean_5m_gap": gap}
