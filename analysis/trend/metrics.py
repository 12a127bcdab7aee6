"""Module A's metrics and groups, each declared once."""

from analysis.features.look_backs import HT_MIN_BARS
from analysis.framework.metric import (
    FromZ,
    GroupSpec,
    Itself,
    MetricSpec,
    Native,
    PersistenceZ,
    ScalarSpec,
    Scaled,
    ShareOfFull,
)
from analysis.framework.sections import section
from config.c_trend import TrendConfig

STRENGTH = "strength"
PERPETUAL, KALMAN, LIVE, DAY_CHANGE = "perpetual", "kalman", "live", "day_change"
VOLUME, VOLUME_DAY, VOLUME_WEEK = "volume", "volume_day", "volume_week"

GROUPS = (
    GroupSpec("slope", 0.25, "averages, MACD, Kalman, wavelet, Hilbert"),
    GroupSpec("oscillators", 0.25, "RSI, stochastic RSI, rate of change"),
    GroupSpec("di", 0.25, "directional indicators"),
    GroupSpec("position", 0.25, "Bollinger position and z-score"),
    GroupSpec(STRENGTH, 0.25, "share of the multiplier in coverage", multiplies=True),
)


def _atr(c: TrendConfig, _: str) -> int:
    return c.atr_period + 1


def _macd(c: TrendConfig, _: str) -> int:
    return c.macd_slow + c.macd_signal - 1


def _di(c: TrendConfig, _: str) -> int:
    return c.adx_period + 1


def _momentum(c: TrendConfig, _: str) -> int:
    return c.momentum_period + 1


def _profile_distance(c: TrendConfig, _: str) -> int:
    return max(c.profile_bars, c.atr_period + 1)


def _agreement(c: TrendConfig, _: str) -> int:
    return c.ols_window + c.agreement_bars - 1


def _slow(c: TrendConfig, _: str) -> int:
    return c.ema_slow + c.scale_min_bars


METRICS: tuple[MetricSpec, ...] = (
    MetricSpec(
        "ema_20", "EMA fast", "price", "Exponential average of the last weeks of bars.", bars="ema_fast"
    ),
    MetricSpec("ema_50", "EMA middle", "price", "Exponential average, middle speed.", bars="ema_mid"),
    MetricSpec("ema_200", "EMA slow", "price", "Exponential average, the slow reference.", bars="ema_slow"),
    MetricSpec(
        "ema_alignment",
        "EMA order",
        "-1..1",
        "How well price and the three averages are ordered.",
        group="slope",
        signal=Itself(),
        weight=0.5,
        bars="ema_slow",
    ),
    MetricSpec(
        "ema_slope",
        "EMA slope",
        "ATR/bar",
        "Slope of the middle average in true ranges.",
        decimals=3,
        group="slope",
        signal=Scaled(),
        weight=0.5,
        bars=lambda c, _: max(c.ema_mid + c.slope_bars, c.atr_period + 1),
    ),
    MetricSpec(
        "rsi_14",
        "RSI",
        "0..100",
        "Wilder's relative strength index.",
        decimals=1,
        group="oscillators",
        signal=Native(centre=50, half_range=50),
        bars=lambda c, _: c.rsi_period + 1,
        on_card=True,
    ),
    MetricSpec("macd", "MACD", "price", "Fast minus slow average.", bars=_macd),
    MetricSpec("macd_signal", "MACD signal", "price", "Average of the MACD line.", bars=_macd),
    MetricSpec(
        "macd_hist",
        "MACD hist",
        "ATR",
        "MACD minus its signal, in true ranges.",
        decimals=3,
        group="slope",
        signal=Scaled(),
        bars=lambda c, _: max(c.macd_slow + c.macd_signal - 1, c.atr_period + 1),
        on_card=True,
    ),
    MetricSpec("bb_upper", "BB upper", "price", "Upper Bollinger band.", bars="bb_period"),
    MetricSpec("bb_middle", "BB middle", "price", "Bollinger mean.", bars="bb_period"),
    MetricSpec("bb_lower", "BB lower", "price", "Lower Bollinger band.", bars="bb_period"),
    MetricSpec(
        "percent_b",
        "%B",
        "ratio",
        "Place between the Bollinger bands: 0 lower, 1 upper.",
        group="position",
        signal=Native(centre=0.5, half_range=0.5),
        bars="bb_period",
    ),
    MetricSpec("bb_width", "BB width", "%", "Distance of the bands in percent of price.", bars="bb_period"),
    MetricSpec("atr_14", "ATR", "price", "Wilder's average true range.", bars=_atr),
    MetricSpec("atr_pct", "ATR %", "%", "Average true range in percent of price.", bars=_atr, on_card=True),
    MetricSpec(
        "adx_14",
        "ADX",
        "0..100",
        "How strong the directional movement is.",
        decimals=1,
        group=STRENGTH,
        signal=ShareOfFull("level", "adx_full"),
        bars=lambda c, _: 2 * c.adx_period,
        on_card=True,
    ),
    MetricSpec("plus_di", "+DI", "0..100", "Share of upward movement.", decimals=1, bars=_di),
    MetricSpec("minus_di", "-DI", "0..100", "Share of downward movement.", decimals=1, bars=_di),
    MetricSpec(
        "di_diff",
        "DI difference",
        "points",
        "Upward minus downward movement.",
        decimals=1,
        group="di",
        signal=Scaled(),
        bars=_di,
    ),
    MetricSpec(
        "stochrsi_k",
        "StochRSI %K",
        "0..100",
        "Where RSI stands in its own range, smoothed.",
        decimals=1,
        group="oscillators",
        signal=Native(centre=50, half_range=50),
        bars=lambda c, _: c.rsi_period + c.stoch_period + c.stoch_k - 1,
    ),
    MetricSpec(
        "stochrsi_d",
        "StochRSI %D",
        "0..100",
        "Average of %K.",
        decimals=1,
        bars=lambda c, _: c.rsi_period + c.stoch_period + c.stoch_k + c.stoch_d - 2,
    ),
    MetricSpec("mom_10", "Momentum", "price", "Change over the momentum period.", bars=_momentum),
    MetricSpec("roc_10", "ROC", "%", "Change over the momentum period in percent.", bars=_momentum),
    MetricSpec(
        "roc_vol",
        "ROC / vol",
        "sd",
        "Change over the period in standard deviations.",
        group="oscillators",
        signal=FromZ(),
        bars=lambda c, _: max(c.volatility_bars, c.momentum_period) + 1,
    ),
    MetricSpec(
        "kalman_level",
        "Kalman level",
        "price",
        "Filtered price level.",
        bars="kalman_fit_bars",
        family=KALMAN,
    ),
    MetricSpec(
        "kalman_slope",
        "Kalman slope",
        "bps/bar",
        "Filtered slope of the log price.",
        bars="kalman_fit_bars",
        family=KALMAN,
    ),
    MetricSpec(
        "kalman_slope_t",
        "Kalman t",
        "se",
        "Filtered slope over its standard error.",
        group="slope",
        signal=FromZ(),
        bars="kalman_fit_bars",
        family=KALMAN,
        on_card=True,
    ),
    MetricSpec(
        "kalman_abs_t",
        "|Kalman t|",
        "se",
        "Size of the filtered slope over its error.",
        group=STRENGTH,
        signal=FromZ("level"),
        bars="kalman_fit_bars",
        family=KALMAN,
    ),
    MetricSpec(
        "kalman_memory",
        "Kalman memory",
        "bars",
        "How long the fitted slope remembers.",
        decimals=0,
        bars="kalman_fit_bars",
        family=KALMAN,
    ),
    MetricSpec(
        "zscore",
        "Z-score",
        "sd",
        "Distance from the rolling mean.",
        group="position",
        signal=FromZ(),
        bars="zscore_period",
        on_card=True,
    ),
    MetricSpec(
        "wavelet_slope",
        "Wavelet slope",
        "bps/bar",
        "Slope of the smooth part of the price.",
        group="slope",
        signal=Scaled(),
        bars="wavelet_window",
    ),
    MetricSpec(
        "wavelet_energy",
        "Low-band share",
        "ratio",
        "Share of return energy in slow waves.",
        bars=lambda c, _: c.wavelet_window + 1,
        expensive=True,
    ),
    MetricSpec(
        "hilbert_slope",
        "Hilbert slope",
        "ATR/bar",
        "Slope of the instantaneous trendline.",
        decimals=3,
        group="slope",
        signal=Scaled(),
        bars=lambda c, _: HT_MIN_BARS + c.slope_bars,
    ),
    MetricSpec(
        "hilbert_period",
        "Cycle period",
        "bars",
        "Length of the dominant cycle.",
        decimals=1,
        bars=HT_MIN_BARS,
    ),
    MetricSpec(
        "hilbert_phase",
        "Cycle phase",
        "deg",
        "Place inside the dominant cycle.",
        decimals=0,
        bars=HT_MIN_BARS,
    ),
    MetricSpec(
        "fdi",
        "Fractal dim.",
        "1..2",
        "Roughness of the price path (Sevcik).",
        decimals=3,
        bars="fdi_window",
        expensive=True,
    ),
    MetricSpec(
        "fdi_z",
        "FDI z",
        "sd",
        "How much smoother than a random walk the path is; plus is persistent.",
        signal=PersistenceZ("level"),
        bars="fdi_window",
        expensive=True,
    ),
    MetricSpec(
        "perp_sign",
        "Perp sign",
        "-1/+1",
        "Whether spot and perpetual trends share their sign.",
        decimals=0,
        bars="ols_window",
        needs=("counterpart",),
        family=PERPETUAL,
    ),
    MetricSpec(
        "perp_correlation",
        "Perp corr.",
        "-1..1",
        "Correlation of spot and perpetual slopes.",
        decimals=3,
        bars=_agreement,
        needs=("counterpart",),
        family=PERPETUAL,
    ),
    MetricSpec(
        "perp_agreement",
        "Perp agreement",
        "0..1",
        "Shared sign times correlation; 0 when they disagree.",
        group=STRENGTH,
        signal=Itself("level"),
        bars=_agreement,
        needs=("counterpart",),
        family=PERPETUAL,
    ),
    MetricSpec(
        "basis_bps",
        "Basis",
        "bps",
        "Perpetual over spot price.",
        decimals=1,
        needs=("counterpart",),
        family=PERPETUAL,
    ),
    MetricSpec(
        "efficiency_ratio",
        "Efficiency",
        "0..1",
        "Net change over the path walked (Kaufman).",
        bars=lambda c, _: c.efficiency_period + 1,
    ),
    MetricSpec(
        "ols_slope", "OLS slope", "bps/bar", "Least-squares slope of the log price.", bars="ols_window"
    ),
    MetricSpec(
        "ols_slope_t",
        "OLS slope t",
        "se",
        "Least-squares slope over its robust error.",
        bars="ols_window",
        expensive=True,
    ),
    MetricSpec(
        "vwap",
        "VWAP",
        "price",
        "Volume-weighted price of the rolling window.",
        bars="vwap_bars",
        family=VOLUME,
    ),
    MetricSpec("vwap_day", "VWAP day", "price", "Volume-weighted price since 00:00 UTC.", family=VOLUME_DAY),
    MetricSpec(
        "vwap_week", "VWAP week", "price", "Volume-weighted price since Monday 00:00 UTC.", family=VOLUME_WEEK
    ),
    MetricSpec(
        "poc",
        "Control point",
        "price",
        "Price row with the most volume.",
        bars="profile_bars",
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "value_low",
        "Value low",
        "price",
        "Lower edge of the value area.",
        bars="profile_bars",
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "value_high",
        "Value high",
        "price",
        "Upper edge of the value area.",
        bars="profile_bars",
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "vwap_distance",
        "To VWAP",
        "ATR",
        "Close minus rolling VWAP.",
        bars=lambda c, _: max(c.vwap_bars, c.atr_period + 1),
        family=VOLUME,
    ),
    MetricSpec(
        "vwap_day_distance", "To day VWAP", "ATR", "Close minus the day's VWAP.", bars=_atr, family=VOLUME_DAY
    ),
    MetricSpec(
        "vwap_week_distance",
        "To week VWAP",
        "ATR",
        "Close minus the week's VWAP.",
        bars=_atr,
        family=VOLUME_WEEK,
    ),
    MetricSpec(
        "poc_distance",
        "To control pt",
        "ATR",
        "Close minus the point of control.",
        bars=_profile_distance,
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "value_distance",
        "To value area",
        "ATR",
        "Distance outside the value area; 0 inside.",
        bars=_profile_distance,
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec("change_24h", "24h change", "%", "Change of the close over 24 hours.", family=DAY_CHANGE),
    MetricSpec(
        "since_close",
        "Since close",
        "ATR",
        "Last price minus the last close, live only.",
        bars=_atr,
        needs=("quote",),
        family=LIVE,
    ),
    MetricSpec(
        "mean_5m_gap",
        "To 5m mean",
        "bps",
        "Last price over its five-minute mean, live only.",
        decimals=1,
        needs=("quote",),
        family=LIVE,
    ),
)

# Half-lives: where the autocorrelation falls below one half on BTCUSDT 1h, 2020-2024.
SCALARS = (
    ScalarSpec("trend.direction", "directional", "higher is bullish momentum", 1, 8, bars=_slow),
    ScalarSpec("trend.strength", "intensity", "higher is a stronger move, either way", 1, 22, bars=_slow),
    ScalarSpec(
        "trend.stretch", "directional", "higher is further above the middle average", 1, 17, bars=_slow
    ),
    ScalarSpec(
        "trend.pullback", "intensity", "higher is a deeper move against the slow trend", 1, 5, bars=_slow
    ),
    ScalarSpec(
        "trend.slow", "directional", "higher is the middle average above the slow one", 10, 72, bars=_slow
    ),
)

TrendSection = section(TrendConfig, "TrendSection", METRICS, GROUPS, module=__name__)
