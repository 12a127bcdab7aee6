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
    GroupSpec("position", 0.25, "%B and z-score"),
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
        "ema_20",
        "EMA fast",
        "price",
        "Fast exponential average of the closes.",
        is_level=True,
        bars="ema_fast",
    ),
    MetricSpec(
        "ema_50",
        "EMA middle",
        "price",
        "Middle exponential average of the closes.",
        is_level=True,
        bars="ema_mid",
    ),
    MetricSpec(
        "ema_200",
        "EMA slow",
        "price",
        "Slow exponential average of the closes.",
        is_level=True,
        bars="ema_slow",
    ),
    MetricSpec(
        "ema_alignment",
        "EMA alignment",
        "-1..1",
        "Order of price and the EMAs: 1 when price > fast > middle > slow, -1 when reversed.",
        group="slope",
        signal=Itself(),
        weight=0.5,
        bars="ema_slow",
    ),
    MetricSpec(
        "ema_slope",
        "EMA slope",
        "ATR/bar",
        "Slope of the middle EMA, in ATRs per bar.",
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
        "Relative strength index (Wilder): above 50 gains outweigh losses.",
        decimals=1,
        group="oscillators",
        signal=Native(centre=50, half_range=50),
        bars=lambda c, _: c.rsi_period + 1,
        on_card=True,
    ),
    MetricSpec("macd", "MACD", "price", "MACD line: its fast EMA minus its slow EMA.", bars=_macd),
    MetricSpec("macd_signal", "MACD signal", "price", "Signal line: EMA of the MACD line.", bars=_macd),
    MetricSpec(
        "macd_hist",
        "MACD hist",
        "ATR",
        "MACD line minus its signal line, in ATRs.",
        decimals=3,
        group="slope",
        signal=Scaled(),
        bars=lambda c, _: max(c.macd_slow + c.macd_signal - 1, c.atr_period + 1),
        on_card=True,
    ),
    MetricSpec("bb_upper", "BB upper", "price", "Upper Bollinger band.", is_level=True, bars="bb_period"),
    MetricSpec(
        "bb_middle",
        "BB middle",
        "price",
        "Middle Bollinger band: the simple average of the closes.",
        is_level=True,
        bars="bb_period",
    ),
    MetricSpec("bb_lower", "BB lower", "price", "Lower Bollinger band.", is_level=True, bars="bb_period"),
    MetricSpec(
        "percent_b",
        "%B",
        "ratio",
        "Where the close is between the Bollinger bands: 0 at the lower, 1 at the upper.",
        group="position",
        signal=Native(centre=0.5, half_range=0.5),
        bars="bb_period",
    ),
    MetricSpec(
        "bb_width",
        "BB width",
        "%",
        "Distance between the Bollinger bands in percent of price.",
        bars="bb_period",
    ),
    MetricSpec("atr_14", "ATR", "price", "Wilder's average true range.", bars=_atr),
    MetricSpec("atr_pct", "ATR %", "%", "Average true range in percent of price.", bars=_atr, on_card=True),
    MetricSpec(
        "adx_14",
        "ADX",
        "0..100",
        "Strength of the trend, up or down (Wilder).",
        decimals=1,
        group=STRENGTH,
        signal=ShareOfFull("level", "adx_full"),
        bars=lambda c, _: 2 * c.adx_period,
        on_card=True,
    ),
    MetricSpec(
        "plus_di",
        "+DI",
        "0..100",
        "Upward movement in percent of the true range (Wilder).",
        decimals=1,
        bars=_di,
    ),
    MetricSpec(
        "minus_di",
        "-DI",
        "0..100",
        "Downward movement in percent of the true range (Wilder).",
        decimals=1,
        bars=_di,
    ),
    MetricSpec(
        "di_diff",
        "DI difference",
        "points",
        "+DI minus -DI: above 0 the upward movement prevails.",
        decimals=1,
        group="di",
        signal=Scaled(),
        bars=_di,
    ),
    MetricSpec(
        "stochrsi_k",
        "StochRSI %K",
        "0..100",
        "Where RSI is in its recent range, smoothed: 0 at its low, 100 at its high.",
        decimals=1,
        group="oscillators",
        signal=Native(centre=50, half_range=50),
        bars=lambda c, _: c.rsi_period + c.stoch_period + c.stoch_k - 1,
    ),
    MetricSpec(
        "stochrsi_d",
        "StochRSI %D",
        "0..100",
        "Signal line: average of StochRSI %K.",
        decimals=1,
        bars=lambda c, _: c.rsi_period + c.stoch_period + c.stoch_k + c.stoch_d - 2,
    ),
    MetricSpec("mom_10", "Momentum", "price", "Price change over the momentum period.", bars=_momentum),
    MetricSpec(
        "roc_10",
        "ROC",
        "%",
        "Rate of change: the price change over the momentum period, in percent.",
        bars=_momentum,
    ),
    MetricSpec(
        "roc_vol",
        "ROC / vol",
        "sd",
        "Return over the momentum period, in standard deviations at recent volatility.",
        group="oscillators",
        signal=FromZ(),
        bars=lambda c, _: max(c.volatility_bars, c.momentum_period) + 1,
    ),
    MetricSpec(
        "kalman_level",
        "Kalman level",
        "price",
        "Price smoothed by a Kalman filter.",
        is_level=True,
        bars="kalman_fit_bars",
        family=KALMAN,
    ),
    MetricSpec(
        "kalman_slope",
        "Kalman slope",
        "bps/bar",
        "Slope of the price smoothed by a Kalman filter.",
        bars="kalman_fit_bars",
        family=KALMAN,
    ),
    MetricSpec(
        "kalman_slope_t",
        "Kalman t",
        "se",
        "Kalman slope in standard errors: the further from 0, the clearer the trend.",
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
        "Size of Kalman t: how clear the trend is, up or down.",
        group=STRENGTH,
        signal=FromZ("level"),
        bars="kalman_fit_bars",
        family=KALMAN,
    ),
    MetricSpec(
        "kalman_memory",
        "Kalman memory",
        "bars",
        "About how many past bars shape the Kalman slope.",
        decimals=0,
        bars="kalman_fit_bars",
        family=KALMAN,
    ),
    MetricSpec(
        "zscore",
        "Z-score",
        "sd",
        "Distance of the close from its average, in standard deviations.",
        group="position",
        signal=FromZ(),
        bars="zscore_period",
        on_card=True,
    ),
    MetricSpec(
        "wavelet_slope",
        "Wavelet slope",
        "bps/bar",
        "Slope of the price smoothed by wavelets.",
        group="slope",
        signal=Scaled(),
        bars="wavelet_window",
    ),
    MetricSpec(
        "wavelet_energy",
        "Slow waves",
        "ratio",
        "Share of return variance in slow waves; high when moves are drawn out.",
        bars=lambda c, _: c.wavelet_window + 1,
        expensive=True,
    ),
    MetricSpec(
        "hilbert_slope",
        "Hilbert slope",
        "ATR/bar",
        "Slope of the Hilbert trendline (Ehlers), in ATRs per bar.",
        decimals=3,
        group="slope",
        signal=Scaled(),
        bars=lambda c, _: HT_MIN_BARS + c.slope_bars,
    ),
    MetricSpec(
        "hilbert_period",
        "Cycle period",
        "bars",
        "Length of the dominant price cycle (Ehlers).",
        decimals=1,
        bars=HT_MIN_BARS,
    ),
    MetricSpec(
        "hilbert_phase",
        "Cycle phase",
        "deg",
        "Where the price is in its dominant cycle (Ehlers).",
        decimals=0,
        bars=HT_MIN_BARS,
    ),
    MetricSpec(
        "fdi",
        "Fractal dim.",
        "1..2",
        "Roughness of the price path: near 1 smooth, near 2 jagged (Sevcik).",
        decimals=3,
        bars="fdi_window",
        expensive=True,
    ),
    MetricSpec(
        "fdi_z",
        "FDI z",
        "sd",
        "How much smoother the price path is than a random walk, in standard deviations.",
        signal=PersistenceZ("level"),
        bars="fdi_window",
        expensive=True,
    ),
    MetricSpec(
        "perp_sign",
        "Spot/perp sign",
        "-1/+1",
        "1 when spot and perpetual trend the same way, -1 when they do not.",
        decimals=0,
        bars="ols_window",
        needs=("counterpart",),
        family=PERPETUAL,
    ),
    MetricSpec(
        "perp_correlation",
        "Spot/perp corr",
        "-1..1",
        "Correlation of the spot and perpetual slopes.",
        decimals=3,
        bars=_agreement,
        needs=("counterpart",),
        family=PERPETUAL,
    ),
    MetricSpec(
        "perp_agreement",
        "Perp agreement",
        "0..1",
        "How well spot and perpetual trends agree: their correlation, or 0 when they point opposite ways.",
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
        "Perpetual price above (+) or below (-) spot.",
        decimals=1,
        needs=("counterpart",),
        family=PERPETUAL,
    ),
    MetricSpec(
        "efficiency_ratio",
        "Efficiency",
        "0..1",
        "Net move divided by the whole path (Kaufman): 1 is a straight line.",
        bars=lambda c, _: c.efficiency_period + 1,
    ),
    MetricSpec(
        "ols_slope",
        "LinReg slope",
        "bps/bar",
        "Slope of the linear regression line of the log price.",
        bars="ols_window",
    ),
    MetricSpec(
        "ols_slope_t",
        "LinReg t",
        "se",
        "Regression slope divided by its standard error (Newey-West).",
        bars="ols_window",
        expensive=True,
    ),
    MetricSpec(
        "vwap",
        "VWAP",
        "price",
        "Volume-weighted average price of the recent bars.",
        is_level=True,
        bars="vwap_bars",
        family=VOLUME,
    ),
    MetricSpec(
        "vwap_day",
        "Day VWAP",
        "price",
        "Volume-weighted average price since 00:00 UTC.",
        is_level=True,
        family=VOLUME_DAY,
    ),
    MetricSpec(
        "vwap_week",
        "Week VWAP",
        "price",
        "Volume-weighted average price since Monday 00:00 UTC.",
        is_level=True,
        family=VOLUME_WEEK,
    ),
    MetricSpec(
        "poc",
        "POC",
        "price",
        "Point of control: the price level with the most volume.",
        is_level=True,
        bars="profile_bars",
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "value_low",
        "VA low",
        "price",
        "Lower edge of the value area (VA), which holds most of the volume.",
        is_level=True,
        bars="profile_bars",
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "value_high",
        "VA high",
        "price",
        "Upper edge of the value area (VA), which holds most of the volume.",
        is_level=True,
        bars="profile_bars",
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "vwap_distance",
        "From VWAP",
        "ATR",
        "How far the close is above (+) or below (-) VWAP, in ATRs.",
        bars=lambda c, _: max(c.vwap_bars, c.atr_period + 1),
        family=VOLUME,
    ),
    MetricSpec(
        "vwap_day_distance",
        "From day VWAP",
        "ATR",
        "How far the close is above (+) or below (-) the day's VWAP, in ATRs.",
        bars=_atr,
        family=VOLUME_DAY,
    ),
    MetricSpec(
        "vwap_week_distance",
        "From week VWAP",
        "ATR",
        "How far the close is above (+) or below (-) the week's VWAP, in ATRs.",
        bars=_atr,
        family=VOLUME_WEEK,
    ),
    MetricSpec(
        "poc_distance",
        "From POC",
        "ATR",
        "How far the close is above (+) or below (-) the point of control, in ATRs.",
        bars=_profile_distance,
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec(
        "value_distance",
        "Outside VA",
        "ATR",
        "How far the close is above (+) or below (-) the value area, in ATRs; 0 inside.",
        bars=_profile_distance,
        family=VOLUME,
        expensive=True,
    ),
    MetricSpec("change_24h", "24h change", "%", "Price change over 24 hours.", family=DAY_CHANGE),
    MetricSpec(
        "since_close",
        "Since close",
        "ATR",
        "Move of the last price since the last close, in ATRs; live only.",
        bars=_atr,
        needs=("quote",),
        family=LIVE,
    ),
    MetricSpec(
        "mean_5m_gap",
        "From 5m mean",
        "bps",
        "How far the last price is above (+) or below (-) its five-minute mean; live only.",
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
