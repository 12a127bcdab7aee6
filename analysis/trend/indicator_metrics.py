"""Module A's classical indicators: averages, oscillators, bands, true range, directional movement, momentum."""

from analysis.framework.metric import FromZ, Itself, MetricSpec, Native, Scaled, ShareOfFull
from analysis.trend.specs import STRENGTH, atr_bars
from config.c_trend import TrendConfig


def _macd(c: TrendConfig, _: str) -> int:
    return c.macd_slow + c.macd_signal - 1


def _di(c: TrendConfig, _: str) -> int:
    return c.adx_period + 1


def _momentum(c: TrendConfig, _: str) -> int:
    return c.momentum_period + 1


INDICATOR_METRICS = (
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
    MetricSpec("atr_14", "ATR", "price", "Wilder's average true range.", bars=atr_bars),
    MetricSpec(
        "atr_pct", "ATR %", "%", "Average true range in percent of price.", bars=atr_bars, on_card=True
    ),
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
)
