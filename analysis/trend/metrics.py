"""Module A's metrics: what each is called, its unit, its place in the score, and how many bars it needs."""

from collections.abc import Mapping

from analysis.features.hilbert import HT_MIN_BARS
from analysis.framework.metric import MetricSpec, SignalKind, shown
from config.c_trend import TrendConfig

STRENGTH = "strength"


def _vote(
    metric_id: str,
    title: str,
    unit: str,
    summary: str,
    group: str,
    decimals: int = 2,
    *,
    signal: SignalKind = "direction",
    on_card: bool = False,
) -> MetricSpec:
    return MetricSpec(metric_id, title, unit, summary, group, signal, decimals, on_card)


METRICS: tuple[MetricSpec, ...] = (
    shown("ema_20", "EMA fast", "price", "Exponential average of the last weeks of bars."),
    shown("ema_50", "EMA middle", "price", "Exponential average, middle speed."),
    shown("ema_200", "EMA slow", "price", "Exponential average, the slow reference."),
    _vote(
        "ema_alignment", "EMA order", "-1..1", "How well price and the three averages are ordered.", "slope"
    ),
    _vote("ema_slope", "EMA slope", "ATR/bar", "Slope of the middle average in true ranges.", "slope", 3),
    _vote("rsi_14", "RSI", "0..100", "Wilder's relative strength index.", "oscillators", 1, on_card=True),
    shown("macd", "MACD", "price", "Fast minus slow average."),
    shown("macd_signal", "MACD signal", "price", "Average of the MACD line."),
    _vote(
        "macd_hist", "MACD hist", "ATR", "MACD minus its signal, in true ranges.", "slope", 3, on_card=True
    ),
    shown("bb_upper", "BB upper", "price", "Upper Bollinger band."),
    shown("bb_middle", "BB middle", "price", "Bollinger mean."),
    shown("bb_lower", "BB lower", "price", "Lower Bollinger band."),
    _vote("percent_b", "%B", "ratio", "Place between the Bollinger bands: 0 lower, 1 upper.", "position"),
    shown("bb_width", "BB width", "%", "Distance of the bands in percent of price."),
    shown("atr_14", "ATR", "price", "Wilder's average true range."),
    MetricSpec("atr_pct", "ATR %", "%", "Average true range in percent of price.", on_card=True),
    _vote(
        "adx_14",
        "ADX",
        "0..100",
        "How strong the directional movement is.",
        STRENGTH,
        1,
        signal="level",
        on_card=True,
    ),
    shown("plus_di", "+DI", "0..100", "Share of upward movement.", 1),
    shown("minus_di", "-DI", "0..100", "Share of downward movement.", 1),
    _vote("di_diff", "DI difference", "points", "Upward minus downward movement.", "di", 1),
    _vote(
        "stochrsi_k",
        "StochRSI %K",
        "0..100",
        "Where RSI stands in its own range, smoothed.",
        "oscillators",
        1,
    ),
    shown("stochrsi_d", "StochRSI %D", "0..100", "Average of %K.", 1),
    shown("mom_10", "Momentum", "price", "Change over the momentum period."),
    shown("roc_10", "ROC", "%", "Change over the momentum period in percent."),
    _vote("roc_vol", "ROC / vol", "sd", "Change over the period in standard deviations.", "oscillators"),
    shown("kalman_level", "Kalman level", "price", "Filtered price level."),
    shown("kalman_slope", "Kalman slope", "bps/bar", "Filtered slope of the log price."),
    _vote(
        "kalman_slope_t", "Kalman t", "se", "Filtered slope over its standard error.", "slope", on_card=True
    ),
    _vote(
        "kalman_abs_t",
        "|Kalman t|",
        "se",
        "Size of the filtered slope over its error.",
        STRENGTH,
        signal="level",
    ),
    shown("kalman_memory", "Kalman memory", "bars", "How long the fitted slope remembers.", 0),
    _vote("zscore", "Z-score", "sd", "Distance from the rolling mean.", "position", on_card=True),
    _vote("wavelet_slope", "Wavelet slope", "bps/bar", "Slope of the smooth part of the price.", "slope"),
    shown("wavelet_energy", "Low-band share", "ratio", "Share of return energy in slow waves."),
    _vote("hilbert_slope", "Hilbert slope", "ATR/bar", "Slope of the instantaneous trendline.", "slope", 3),
    shown("hilbert_period", "Cycle period", "bars", "Length of the dominant cycle.", 1),
    shown("hilbert_phase", "Cycle phase", "deg", "Place inside the dominant cycle.", 0),
    shown("fdi", "Fractal dim.", "1..2", "Roughness of the price path (Sevcik).", 3),
    MetricSpec(
        "fdi_z",
        "FDI z",
        "sd",
        "How much smoother than a random walk the path is; plus is persistent.",
        signal="level",
    ),
    shown("perp_sign", "Perp sign", "-1/+1", "Whether spot and perpetual trends share their sign.", 0),
    shown("perp_correlation", "Perp corr.", "-1..1", "Correlation of spot and perpetual slopes.", 3),
    _vote(
        "perp_agreement",
        "Perp agreement",
        "0..1",
        "Shared sign times correlation; 0 when they disagree.",
        STRENGTH,
        signal="level",
    ),
    shown("basis_bps", "Basis", "bps", "Perpetual over spot price.", 1),
    shown("efficiency_ratio", "Efficiency", "0..1", "Net change over the path walked (Kaufman)."),
    shown("ols_slope", "OLS slope", "bps/bar", "Least-squares slope of the log price."),
    shown("ols_slope_t", "OLS slope t", "se", "Least-squares slope over its robust error."),
    shown("vwap", "VWAP", "price", "Volume-weighted price of the rolling window."),
    shown("vwap_day", "VWAP day", "price", "Volume-weighted price since 00:00 UTC."),
    shown("vwap_week", "VWAP week", "price", "Volume-weighted price since Monday 00:00 UTC."),
    shown("poc", "Control point", "price", "Price row with the most volume."),
    shown("value_low", "Value low", "price", "Lower edge of the value area."),
    shown("value_high", "Value high", "price", "Upper edge of the value area."),
    shown("vwap_distance", "To VWAP", "ATR", "Close minus rolling VWAP."),
    shown("vwap_day_distance", "To day VWAP", "ATR", "Close minus the day's VWAP."),
    shown("vwap_week_distance", "To week VWAP", "ATR", "Close minus the week's VWAP."),
    shown("poc_distance", "To control pt", "ATR", "Close minus the point of control."),
    shown("value_distance", "To value area", "ATR", "Distance outside the value area; 0 inside."),
    shown("change_24h", "24h change", "%", "Change of the close over 24 hours."),
    shown("since_close", "Since close", "ATR", "Last price minus the last close, live only."),
    shown("mean_5m_gap", "To 5m mean", "bps", "Last price over its five-minute mean, live only.", 1),
)

PERPETUAL_METRICS = frozenset({"perp_sign", "perp_correlation", "perp_agreement", "basis_bps"})
LIVE_METRICS = frozenset({"since_close", "mean_5m_gap"})
KALMAN_METRICS = frozenset(
    {"kalman_level", "kalman_slope", "kalman_slope_t", "kalman_abs_t", "kalman_memory"}
)
VOLUME_METRICS = frozenset(
    {"vwap", "vwap_day", "vwap_week", "poc", "value_low", "value_high"}
    | {"vwap_distance", "vwap_day_distance", "vwap_week_distance", "poc_distance", "value_distance"}
)
SCALED_METRICS = frozenset({"ema_slope", "macd_hist", "wavelet_slope", "hilbert_slope", "di_diff"})


def bars_needed(config: TrendConfig) -> Mapping[str, int]:
    """Return how many closed bars each metric's value needs; ids that are not listed need one."""
    atr, macd = config.atr_period + 1, config.macd_slow + config.macd_signal - 1
    rsi = config.rsi_period + 1
    hilbert = HT_MIN_BARS + config.slope_bars
    stoch_k = rsi + config.stoch_period - 1 + config.stoch_k - 1
    profile = {name: config.profile_bars for name in ("poc", "value_low", "value_high")}
    profile_far = {name: max(config.profile_bars, atr) for name in ("poc_distance", "value_distance")}
    bands = {
        name: config.bb_period for name in ("bb_upper", "bb_middle", "bb_lower", "percent_b", "bb_width")
    }
    perpetual = {"perp_sign": config.ols_window, "basis_bps": 1}
    correlated = {
        name: config.ols_window + config.agreement_bars - 1 for name in ("perp_correlation", "perp_agreement")
    }
    return {
        "ema_20": config.ema_fast,
        "ema_50": config.ema_mid,
        "ema_200": config.ema_slow,
        "ema_alignment": config.ema_slow,
        "ema_slope": max(config.ema_mid + config.slope_bars, atr),
        "rsi_14": rsi,
        "macd": macd,
        "macd_signal": macd,
        "macd_hist": max(macd, atr),
        "atr_14": atr,
        "atr_pct": atr,
        "adx_14": 2 * config.adx_period,
        **{name: config.adx_period + 1 for name in ("plus_di", "minus_di", "di_diff")},
        "stochrsi_k": stoch_k,
        "stochrsi_d": stoch_k + config.stoch_d - 1,
        "mom_10": config.momentum_period + 1,
        "roc_10": config.momentum_period + 1,
        "roc_vol": max(config.volatility_bars, config.momentum_period) + 1,
        **dict.fromkeys(KALMAN_METRICS, config.kalman_fit_bars + 1),
        "zscore": config.zscore_period,
        "wavelet_slope": config.wavelet_window,
        "wavelet_energy": config.wavelet_window + 1,
        "hilbert_slope": hilbert,
        "hilbert_period": HT_MIN_BARS,
        "hilbert_phase": HT_MIN_BARS,
        "fdi": config.fdi_window,
        "fdi_z": config.fdi_window,
        "efficiency_ratio": config.efficiency_period + 1,
        "ols_slope": config.ols_window,
        "ols_slope_t": config.ols_window,
        "vwap": config.vwap_bars,
        "vwap_distance": max(config.vwap_bars, atr),
        **{name: atr for name in ("vwap_day_distance", "vwap_week_distance", "since_close")},
        **bands,
        **profile,
        **profile_far,
        **perpetual,
        **correlated,
    }
