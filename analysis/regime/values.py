"""Module B's metrics per bar: each family of values in the order they are shown, every formula from ``features``."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features import bands, ordinal, variance_ratio
from analysis.features import range_volatility as ranges
from analysis.features import volatility_forecast as forecasts
from analysis.features.hurst import Hurst, dfa_hurst, rescaled_range_hurst
from analysis.features.oscillators import log_returns
from analysis.features.range_expansion import range_expansion_index
from analysis.features.robust import mid_rank, share_below
from analysis.features.windows import divide, on_last
from analysis.framework.look_back import look_back_bars
from analysis.regime.features import FeatureWindows, regime_features
from analysis.regime.fits import Horizons, RegimeFit, garch_rows, switching_rows
from analysis.regime.inputs import RegimeInputs
from analysis.regime.premium import basis_rows, funding_rows, implied_rows, premium_rows
from config.c_volat import VolatilityConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, MINUTE, SHORTEST_MS

PERCENT = 100.0
RATIO_HORIZONS = (2, 4, 8, 16)
ENTROPY_ORDERS = (3, 4, 5)
MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Shown:
    """How many last rows are computed: of what label and state replay, of what a chart draws, of the rest."""

    replayed: int | None = None
    drawn: int | None = None
    last: int | None = None


def horizons(interval: str) -> Horizons:
    """Return the bars of a day and of 30 days, at least one each."""
    step = SHORTEST_MS[interval]
    return Horizons(max(1, DAY // step), max(1, MONTH_DAYS * DAY // step))


def har_periods(interval: str) -> tuple[int, ...]:
    """Return the bars of Corsi's day, week and month."""
    return tuple(horizons(interval).day * days for days in forecasts.HAR_PERIODS)


def har_needs(interval: str, config: VolatilityConfig) -> int:
    """Return how many returns the first HAR forecast of the next day needs."""
    return max(har_periods(interval)) + config.har_fit_bars + horizons(interval).day - 1


def regime_values(
    inputs: RegimeInputs,
    fits: Mapping[int, RegimeFit],
    config: VolatilityConfig,
    windows: FeatureWindows,
    shown: Shown,
) -> dict[str, Floats]:
    """Return every metric's value per bar (n), NaN where missing; outside ``shown`` NaN too.

    Volatilities are percent per year, ranks the mid-rank among the past values of the look-back, 0..1.
    """
    bars = inputs.bars
    returns = log_returns(bars.close)
    memory = on_last(shown.replayed, windows.hurst, lambda r: _memory(dfa_hurst(r, windows.hurst)), returns)
    values = regime_features(bars, windows, shown.replayed, memory[-1])
    values |= _volatility_values(bars, config, shown)
    values |= _range_values(bars, config, shown)
    values |= _variance_ratio_values(bars, windows, shown)
    values |= _memory_values(memory[:-1], returns, windows, shown)
    values |= _structure_values(returns, config, shown)
    values |= _fitted_values(bars, returns, fits, config, shown)
    garch = per_bar_variance(values["garch_day"], bars.interval)
    values |= _forecast_values(bars, returns, garch, config, shown)
    values |= premium_rows(bars, inputs.premium, config, shown.last)
    values |= funding_rows(bars, inputs.funding)
    values |= basis_rows(bars, inputs.quarterly, config)
    return values | _implied_values(inputs, returns, values["garch_month"], config, shown)


def annual_percent(variance: Floats, interval: str) -> Floats:
    """Return percent per year from variance per bar."""
    return PERCENT * ranges.annualised(np.sqrt(variance), SHORTEST_MS[interval] / MINUTE)


def per_bar_variance(annual: Floats, interval: str) -> Floats:
    """Return variance per bar from percent per year."""
    return (annual / annual_percent(np.ones(1), interval)) ** 2


def _ranked(values: Floats, bars: Bars, config: VolatilityConfig, rows: int | None) -> Floats:
    n = look_back_bars(bars.interval, config.look_back_days)
    if rows == 1:  # one row has its rank by counting, a tenth of the cost
        return _last_ranked(values, n, config.rank_min_bars)
    if n < config.rank_min_bars:
        return np.full(len(values), np.nan)
    return mid_rank(values, n, config.rank_min_bars, rows)


def _last_ranked(values: Floats, n: int, min_count: int) -> Floats:
    rank, past = np.full(len(values), np.nan), values[-n - 1 : -1]
    if np.isfinite(values[-1]) and np.isfinite(past).sum() >= min_count:
        rank[-1] = share_below(float(values[-1]), past)
    return rank


def _volatility_values(bars: Bars, config: VolatilityConfig, shown: Shown) -> dict[str, Floats]:
    n, minutes = config.hv_bars, SHORTEST_MS[bars.interval] / MINUTE
    per_bar = {
        "hv_yang_zhang": ranges.yang_zhang(bars.open, bars.high, bars.low, bars.close, n),
        "hv_close": ranges.close_to_close(bars.close, n),
        "hv_parkinson": ranges.parkinson(bars.high, bars.low, n),
        "hv_garman_klass": ranges.garman_klass(bars.open, bars.high, bars.low, bars.close, n),
    }
    moving = {name: np.where(sigma > 0, sigma, np.nan) for name, sigma in per_bar.items()}
    values = {name: PERCENT * ranges.annualised(sigma, minutes) for name, sigma in moving.items()}
    values["vol_percentile"] = _ranked(values["hv_yang_zhang"], bars, config, shown.replayed)
    for name in ("hv_close", "hv_parkinson", "hv_garman_klass"):
        values[f"{name}_rank"] = _ranked(values[name], bars, config, shown.last)
    return values


def _range_values(bars: Bars, config: VolatilityConfig, shown: Shown) -> dict[str, Floats]:
    atr = PERCENT * divide(bands.atr(bars.high, bars.low, bars.close, config.atr_period), bars.close)
    atr = np.where(atr > 0, atr, np.nan)
    width = bands.bandwidth(*bands.bollinger(bars.close, config.bb_period, config.bb_width))
    width = np.where(width > 0, width, np.nan)
    return {
        "atr_pct": atr,
        "atr_rank": _ranked(atr, bars, config, shown.last),
        "bb_width": width,
        "bb_rank": _ranked(width, bars, config, shown.last),
        "rei": range_expansion_index(bars.high, bars.low, bars.close),
    }


def _variance_ratio_values(bars: Bars, windows: FeatureWindows, shown: Shown) -> dict[str, Floats]:
    n = windows.variance_ratio

    def measured(log_price: Floats) -> tuple[Floats, ...]:
        found = variance_ratio.variance_ratios(log_price, n, RATIO_HORIZONS)
        return (*found.ratio, *found.z, *variance_ratio.chow_denning(found.z))

    names = [f"vr_{q}" for q in RATIO_HORIZONS] + [f"vr_{q}_z" for q in RATIO_HORIZONS]
    columns = on_last(shown.last, n + 1, measured, np.log(bars.close))
    return dict(zip((*names, "vr_joint", "vr_joint_p"), columns, strict=True))


def _memory_values(
    by_fluctuation: tuple[Floats, ...], returns: Floats, windows: FeatureWindows, shown: Shown
) -> dict[str, Floats]:
    n = windows.hurst
    by_range = on_last(shown.last, n, lambda r: _memory(rescaled_range_hurst(r, n))[:-1], returns)
    values = dict(zip(("hurst_dfa", "hurst_dfa_low", "hurst_dfa_high"), by_fluctuation, strict=True))
    return values | dict(zip(("hurst_rs", "hurst_rs_low", "hurst_rs_high"), by_range, strict=True))


def _memory(found: Hurst) -> tuple[Floats, ...]:
    return found.exponent, found.low, found.high, found.z


def _structure_values(returns: Floats, config: VolatilityConfig, shown: Shown) -> dict[str, Floats]:
    n, last = config.entropy_bars, shown.last

    def entropies(r: Floats) -> tuple[Floats, ...]:
        orders = tuple(ordinal.permutation_entropy(r, n, order) for order in ENTROPY_ORDERS)
        return (*orders, ordinal.sign_word_entropy(r, n, config.sign_word))

    def jumps(r: Floats) -> tuple[Floats, ...]:
        found = forecasts.jump_share(r, config.jump_bars)
        return found.share, found.z

    names = [f"entropy_{order}" for order in ENTROPY_ORDERS]
    values = dict(zip((*names, "sign_entropy"), on_last(last, n, entropies, returns), strict=True))
    return values | dict(
        zip(("jump_share", "jump_z"), on_last(last, config.jump_bars, jumps, returns), strict=True)
    )


def _fitted_values(
    bars: Bars, returns: Floats, fits: Mapping[int, RegimeFit], config: VolatilityConfig, shown: Shown
) -> dict[str, Floats]:
    ahead = horizons(bars.interval)
    garch = garch_rows(bars, returns, fits, ahead, config, shown.last)
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


def _forecast_values(
    bars: Bars, returns: Floats, garch: Floats, config: VolatilityConfig, shown: Shown
) -> dict[str, Floats]:
    """HAR, EWMA and GARCH forecasts of the next day's mean variance, and how each did on days that are over."""
    day, periods = horizons(bars.interval).day, har_periods(bars.interval)
    squares, judged = returns**2, config.qlike_bars
    rows = None if shown.last is None else shown.last + judged + day
    (har,) = on_last(
        rows,
        har_needs(bars.interval, config),
        lambda v: (forecasts.har_forecast(v, config.har_fit_bars, day, periods),),
        squares,
    )
    ewma = forecasts.ewma_variance(returns, config.ewma_decay ** (1 / day), config.rank_min_bars)
    made = {"har": np.where(har > 0, har, np.nan), "ewma": np.where(ewma > 0, ewma, np.nan), "garch": garch}
    losses = {f"{name}_qlike": _loss(made[name], squares, day, judged, shown.last) for name in made}
    return {
        "har_vol": annual_percent(made["har"], bars.interval),
        "ewma_vol": annual_percent(made["ewma"], bars.interval),
        **losses,
    }


def _loss(forecast: Floats, squares: Floats, day: int, judged: int, last: int | None) -> Floats:
    (loss,) = on_last(
        last,
        day + judged,
        lambda f, v: (forecasts.trailing_qlike(f, v, day, judged),),
        forecast,
        squares,
    )
    return loss


def _implied_values(
    inputs: RegimeInputs, returns: Floats, garch_month: Floats, config: VolatilityConfig, shown: Shown
) -> dict[str, Floats]:
    bars = inputs.bars
    month = horizons(bars.interval).month
    (summed,) = on_last(shown.last, month, lambda r: (forecasts.realised_variance(r, month),), returns)
    trailing = annual_percent(np.where(summed > 0, summed, np.nan) / month, bars.interval)
    iv = implied_rows(bars, inputs.implied, config)["iv30"]
    return {
        "iv30": iv,
        "rv30": trailing,
        "iv_premium": iv - garch_month,
        "iv_rv_spread": iv - trailing,
    }
