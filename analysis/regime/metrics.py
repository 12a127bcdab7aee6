"""Module B's metrics, groups, labels and scalars, each declared once.

The weights of the score are those of the fitted table (``odds_table``), not of the configuration.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from analysis.features.look_backs import HURST_RETURNS, REI_MIN_BARS
from analysis.framework.metric import BarsNeeded, MetricSpec, Modelled, ScalarSpec, bars_needed
from analysis.regime.horizons import har_returns, horizons, range_har_bars
from analysis.regime.now_table import hindsight_of, shipped_now
from analysis.regime.odds_table import shipped_table
from analysis.regime.stretch import bars_needed as stretch_bars_needed
from config.c_volat import VolatilityConfig

PERSISTENCE, MOVEMENT = "persistence", "movement"
GROUPS = (PERSISTENCE, MOVEMENT)
BASE = "base"
"""The step that holds the contribution of the logistic's constant."""

REGIME_LABEL, VOLATILITY_STATE = "regime_label", "volatility_state"
TREND, RANGE, BETWEEN = "trend", "range", "between"
CALM, NORMAL, STRESSED = "calm", "normal", "stressed"
LABELS: Mapping[str, tuple[str, ...]] = {
    REGIME_LABEL: (TREND, RANGE, BETWEEN),
    VOLATILITY_STATE: (CALM, NORMAL, STRESSED),
}

PREMIUM, FUNDING, QUARTERLY, IMPLIED = "premium", "funding", "quarterly", "implied_volatility"
"""Sources beside the bars (``MetricSpec.needs``), and the families of their metrics."""
RANK, IMPLIED_PREMIUM = "rank", "implied_premium"
GARCH, HALF_LIFE, SWITCHING, RANGE_HAR = "garch", "half_life", "switching", "range_har"
AHEAD = "ahead"
EFFICIENCY_ON_CARD = 20
AHEAD_BARS = 20
"""Bars that P(ahead) looks ahead; those of its table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankSpec(MetricSpec):
    """A metric that is the rank of another among its past values, or is computed from that rank."""

    of: MetricSpec


def _returns(key: str) -> Callable[[VolatilityConfig, str], int]:
    """Bars that hold as many returns as a configuration key says."""
    return lambda config, _: int(getattr(config, key)) + 1


def _rank(of: MetricSpec) -> Callable[[VolatilityConfig, str], int]:
    return lambda config, interval: bars_needed(of.bars, config, interval) + config.rank_min_bars


def _stretch(_: VolatilityConfig, interval: str) -> int:
    return stretch_bars_needed(hindsight_of(interval).stretch)


def _ranked_efficiency(n: int) -> int:
    return n + 1 + shipped_now().windows.rank_least


def _variance_ratio(_: VolatilityConfig, interval: str) -> int:
    del interval
    return shipped_table().windows.variance_ratio + 1


def _hurst(_: VolatilityConfig, interval: str) -> int:
    del interval
    return HURST_RETURNS + 1


def _squeeze(_: VolatilityConfig, interval: str) -> int:
    del interval
    return shipped_table().windows.bollinger + shipped_table().windows.rank


def _month(_: VolatilityConfig, interval: str) -> int:
    return horizons(interval).month + 1


def _har(config: VolatilityConfig, interval: str) -> int:
    return har_returns(config, interval) + 1


def _loss(forecast: BarsNeeded) -> Callable[[VolatilityConfig, str], int]:
    """Bars until half of the averaged losses are known; that of a forecast is known when its day is over."""
    return lambda config, interval: (
        bars_needed(forecast, config, interval) + horizons(interval).day + config.qlike_bars // 2
    )


HV = _returns("hv_bars")
ENTROPY = _returns("entropy_bars")
JUMPS = _returns("jump_bars")
RANKED = _returns("rank_min_bars")
GARCH_BARS = _returns("garch_fit_bars")
SWITCHING_BARS = _returns("markov_fit_bars")
RANGE_HAR_BARS: BarsNeeded = range_har_bars
LEVEL = Modelled("level")

HV_YANG_ZHANG = MetricSpec(
    "hv_yang_zhang",
    "Yang-Zhang",
    "%/year",
    "Volatility of the last bars from open, high, low and close.",
    decimals=1,
    bars=HV,
    on_card=True,
)
HV_CLOSE = MetricSpec(
    "hv_close", "Close vol", "%/year", "Volatility of the last bars from closing prices.", decimals=1, bars=HV
)
HV_PARKINSON = MetricSpec(
    "hv_parkinson",
    "Parkinson",
    "%/year",
    "Volatility of the last bars from their highs and lows.",
    decimals=1,
    bars="hv_bars",
)
HV_GARMAN_KLASS = MetricSpec(
    "hv_garman_klass",
    "Garman-Klass",
    "%/year",
    "Volatility of the last bars from their ranges and candle bodies.",
    decimals=1,
    bars="hv_bars",
)
ATR_PCT = MetricSpec(
    "atr_pct", "ATR %", "%", "Average true range in percent of price.", bars=_returns("atr_period")
)
BB_WIDTH = MetricSpec(
    "bb_width", "BB width", "%", "Distance between the Bollinger bands in percent of price.", bars="bb_period"
)


def _efficiency(n: int) -> MetricSpec:
    return MetricSpec(
        f"er_{n}",
        f"Efficiency {n}",
        "0..1",
        f"Rank of the efficiency ratio of {n} bars among its recent values; 1 is the straightest.",
        group=MOVEMENT,
        signal=LEVEL,
        bars=lambda _, __: _ranked_efficiency(n),
        on_card=n == EFFICIENCY_ON_CARD,
    )


_SCORED = (
    MetricSpec(
        "stretch",
        "Drift",
        "ln",
        "How far the last bars drift against their own noise, by the best straight pieces through the price.",
        group=MOVEMENT,
        signal=LEVEL,
        bars=_stretch,
        on_card=True,
    ),
    *(_efficiency(n) for n in (10, 20, 40)),
    MetricSpec(
        "slope_rank",
        "Slope rank",
        "0..1",
        "Rank of the size of the slope's t-value over 20 bars among its recent values.",
        group=MOVEMENT,
        signal=LEVEL,
        bars=lambda _, __: shipped_now().windows.slope + shipped_now().windows.rank_least,
    ),
    MetricSpec(
        "vr_z",
        "VR z",
        "se",
        "Variance ratio of four bars minus 1 on clipped returns, in standard errors; above 0 moves continue.",
        group=PERSISTENCE,
        signal=LEVEL,
        bars=_variance_ratio,
    ),
    MetricSpec(
        "hurst_z",
        "Hurst z",
        "sd",
        "Hurst exponent against that of a random walk, in standard deviations; not scored: it is mostly noise.",
        bars=_hurst,
        expensive=True,
    ),
    MetricSpec(
        "fdi_z",
        "FDI z",
        "sd",
        "How much smoother the price path is than a random walk, in standard deviations.",
        group=PERSISTENCE,
        signal=LEVEL,
        bars=lambda _, __: shipped_table().windows.fractal,
    ),
    MetricSpec(
        "monotone_share",
        "One-way share",
        "0..1",
        "Share of short price patterns that only rise or only fall.",
        decimals=3,
        group=PERSISTENCE,
        signal=LEVEL,
        bars=lambda _, __: shipped_table().windows.ordinal,
    ),
    MetricSpec(
        "rei_abs",
        "|REI|",
        "0..1",
        "Size of DeMark's range expansion index, up or down alike.",
        group=MOVEMENT,
        signal=LEVEL,
        bars=REI_MIN_BARS,
    ),
    MetricSpec(
        "squeeze",
        "Squeeze rank",
        "0..1",
        "Rank of the Bollinger width among its recent values; 0 is the narrowest.",
        group=MOVEMENT,
        signal=LEVEL,
        bars=_squeeze,
        on_card=True,
    ),
)
_AHEAD = (
    MetricSpec(
        "p_ahead",
        "Next 20 bars",
        "0..1",
        "Chance that the next 20 bars run straighter than usual; 0.5 says nothing.",
        bars=lambda _, __: shipped_table().windows.fractal,
        family=AHEAD,
    ),
)
_VOLATILITY: tuple[MetricSpec, ...] = (
    HV_YANG_ZHANG,
    RankSpec(
        "vol_percentile",
        "Vol rank",
        "0..1",
        "Rank of the Yang-Zhang volatility among its values of the past year; 1 is the highest.",
        bars=_rank(HV_YANG_ZHANG),
        family=RANK,
        of=HV_YANG_ZHANG,
        on_card=True,
    ),
    HV_CLOSE,
    RankSpec(
        "hv_close_rank",
        "Close vol rank",
        "0..1",
        "Rank of the volatility from closes among its values of the past year.",
        bars=_rank(HV_CLOSE),
        family=RANK,
        of=HV_CLOSE,
        expensive=True,
    ),
    HV_PARKINSON,
    RankSpec(
        "hv_parkinson_rank",
        "Parkinson rank",
        "0..1",
        "Rank of the Parkinson volatility among its values of the past year.",
        bars=_rank(HV_PARKINSON),
        family=RANK,
        of=HV_PARKINSON,
        expensive=True,
    ),
    HV_GARMAN_KLASS,
    RankSpec(
        "hv_garman_klass_rank",
        "G-K rank",
        "0..1",
        "Rank of the Garman-Klass volatility among its values of the past year.",
        bars=_rank(HV_GARMAN_KLASS),
        family=RANK,
        of=HV_GARMAN_KLASS,
        expensive=True,
    ),
    ATR_PCT,
    RankSpec(
        "atr_rank",
        "ATR rank",
        "0..1",
        "Rank of the average true range among its values of the past year.",
        bars=_rank(ATR_PCT),
        family=RANK,
        of=ATR_PCT,
        expensive=True,
    ),
    BB_WIDTH,
    RankSpec(
        "bb_rank",
        "BB width rank",
        "0..1",
        "Rank of the Bollinger width among its values of the past year; near 0 is a squeeze.",
        bars=_rank(BB_WIDTH),
        family=RANK,
        of=BB_WIDTH,
        expensive=True,
    ),
)


def _ratio(metric_id: str, title: str, bars: int) -> MetricSpec:
    explained = (
        f"Variance of {bars}-bar moves over {bars} times that of one bar, on clipped returns; "
        "above 1 moves continue, below 1 they revert."
    )
    return MetricSpec(metric_id, title, "ratio", explained, bars=_variance_ratio, expensive=True)


def _plain_ratio(metric_id: str, title: str, bars: int) -> MetricSpec:
    explained = f"Variance ratio of {bars} bars on the returns as they are: a single wick can make it."
    return MetricSpec(metric_id, title, "ratio", explained, bars=_variance_ratio, expensive=True)


def _ratio_z(metric_id: str, title: str, bars: int) -> MetricSpec:
    explained = f"Variance ratio of {bars} bars minus 1 on clipped returns, in standard errors."
    return MetricSpec(metric_id, title, "se", explained, bars=_variance_ratio, expensive=True)


def _entropy(metric_id: str, title: str, returns: int) -> MetricSpec:
    explained = f"How irregular the order of {returns} returns in a row is; 1 is pure noise."
    return MetricSpec(metric_id, title, "0..1", explained, decimals=3, bars=ENTROPY, expensive=True)


def _memory(metric_id: str, title: str, explained: str) -> MetricSpec:
    return MetricSpec(metric_id, title, "exponent", explained, bars=_hurst, expensive=True)


_STRUCTURE = (
    _ratio("vr_2", "VR 2", 2),
    _ratio("vr_4", "VR 4", 4),
    _ratio("vr_8", "VR 8", 8),
    _ratio("vr_16", "VR 16", 16),
    _plain_ratio("vr_2_plain", "VR 2 plain", 2),
    _plain_ratio("vr_4_plain", "VR 4 plain", 4),
    _plain_ratio("vr_8_plain", "VR 8 plain", 8),
    _plain_ratio("vr_16_plain", "VR 16 plain", 16),
    _ratio_z("vr_2_z", "VR 2 z", 2),
    _ratio_z("vr_4_z", "VR 4 z", 4),
    _ratio_z("vr_8_z", "VR 8 z", 8),
    _ratio_z("vr_16_z", "VR 16 z", 16),
    MetricSpec(
        "vr_joint",
        "Chow-Denning",
        "se",
        "Largest of the four variance ratios' z values, up or down alike.",
        bars=_variance_ratio,
        expensive=True,
    ),
    MetricSpec(
        "vr_joint_p",
        "Chow-Denning p",
        "p",
        "Chance of so large a value if the price were a random walk.",
        decimals=3,
        bars=_variance_ratio,
        expensive=True,
    ),
    MetricSpec("rei", "REI", "-100..100", "DeMark's range expansion index.", decimals=0, bars=REI_MIN_BARS),
    _entropy("entropy_3", "Entropy 3", 3),
    _entropy("entropy_4", "Entropy 4", 4),
    _entropy("entropy_5", "Entropy 5", 5),
    MetricSpec(
        "sign_entropy",
        "Sign entropy",
        "0..1",
        "How irregular the sequence of up and down bars is; 1 is pure noise.",
        decimals=3,
        bars=ENTROPY,
        expensive=True,
    ),
    _memory(
        "hurst_dfa",
        "Hurst DFA",
        "Hurst exponent by detrended fluctuation; a random walk reads 0.5, give or take 0.14.",
    ),
    _memory(
        "hurst_dfa_low",
        "Hurst DFA low",
        "Lower end of the 95% interval of Hurst DFA.",
    ),
    _memory(
        "hurst_dfa_high",
        "Hurst DFA high",
        "Upper end of the 95% interval of Hurst DFA.",
    ),
    _memory(
        "hurst_rs",
        "Hurst R/S",
        "Hurst exponent by rescaled range; a random walk reads 0.5, give or take 0.11.",
    ),
    _memory("hurst_rs_low", "Hurst R/S low", "Lower end of the 95% interval of Hurst R/S."),
    _memory("hurst_rs_high", "Hurst R/S high", "Upper end of the 95% interval of Hurst R/S."),
    MetricSpec(
        "jump_share",
        "Jump share",
        "0..1",
        "Share of the variance that came from jumps.",
        bars=JUMPS,
        expensive=True,
    ),
    MetricSpec(
        "jump_z",
        "Jump z",
        "se",
        "Test for jumps in the recent bars, in standard errors.",
        bars=JUMPS,
        expensive=True,
    ),
)


_garch = partial(MetricSpec, bars=GARCH_BARS, family=GARCH)
_switching = partial(MetricSpec, bars=SWITCHING_BARS, family=SWITCHING)
_range_har = partial(MetricSpec, bars=RANGE_HAR_BARS, family=RANGE_HAR, expensive=True)

_FITTED: tuple[MetricSpec, ...] = (
    MetricSpec(
        "vol_day",
        "Vol next day",
        "%/year",
        "Volatility of the next day by the model whose recent forecasts were the best.",
        decimals=1,
        bars=_loss(RANKED),
        expensive=True,
        on_card=True,
    ),
    _range_har(
        "range_har_vol",
        "Range HAR next",
        "%/year",
        "Volatility of the next bar by the HAR model on ranges, for its hour of the week.",
        decimals=1,
    ),
    _range_har(
        "range_har_day",
        "Range HAR day",
        "%/year",
        "Mean volatility of the next day by the HAR model on ranges, for its hours of the week.",
        decimals=1,
    ),
    _garch(
        "garch_vol", "GARCH next", "%/year", "Volatility that GARCH forecasts for the next bar.", decimals=1
    ),
    _garch(
        "garch_day",
        "GARCH day",
        "%/year",
        "Mean volatility that GARCH forecasts for the next day.",
        decimals=1,
    ),
    _garch(
        "garch_month",
        "GARCH 30 d",
        "%/year",
        "Mean volatility that GARCH forecasts for the next 30 days.",
        decimals=1,
    ),
    _garch(
        "garch_persistence",
        "Persistence",
        "0..1",
        "Share of a variance shock that is left after one bar.",
        decimals=4,
    ),
    _garch(
        "garch_half_life",
        "Half-life",
        "bars",
        "Bars until half of a variance shock has faded.",
        decimals=1,
        family=HALF_LIFE,
    ),
    _garch(
        "garch_degrees",
        "Tail degrees",
        "degrees",
        "Degrees of freedom of the fitted returns; the fewer, the heavier the tails.",
        decimals=1,
    ),
    _garch("garch_residual", "Last residual", "sd", "Last return over the volatility forecast for it."),
    _garch(
        "garch_tail",
        "Residual tail",
        "p",
        "Chance of a move at least as large as the last one, up or down.",
        decimals=4,
        expensive=True,
    ),
    _switching(
        "markov_stressed",
        "P(stressed)",
        "0..1",
        "Chance that the market is in its state of high volatility now.",
        on_card=True,
    ),
    _switching(
        "markov_calm_vol",
        "Calm vol",
        "%/year",
        "Volatility in the calm state of the switching model.",
        decimals=1,
    ),
    _switching(
        "markov_stressed_vol",
        "Stressed vol",
        "%/year",
        "Volatility in the stressed state of the switching model.",
        decimals=1,
    ),
    RankSpec(
        "stress_level",
        "Stress level",
        "0..1",
        "Mean of the volatility rank and of the recent P(stressed).",
        bars=_rank(HV_YANG_ZHANG),
        family=RANK,
        of=HV_YANG_ZHANG,
    ),
    MetricSpec(
        "har_vol",
        "HAR day",
        "%/year",
        "Mean volatility that the HAR model forecasts for the next day.",
        decimals=1,
        bars=_har,
        expensive=True,
    ),
    MetricSpec(
        "ewma_vol",
        "EWMA day",
        "%/year",
        "Exponentially weighted volatility, as a forecast for the next day.",
        decimals=1,
        bars=RANKED,
    ),
    _range_har(
        "range_har_qlike",
        "Range HAR loss",
        "QLIKE",
        "Mean error (QLIKE) of recent forecasts of the HAR model on ranges; 0 is perfect.",
        decimals=3,
        bars=_loss(RANGE_HAR_BARS),
    ),
    MetricSpec(
        "har_qlike",
        "HAR loss",
        "QLIKE",
        "Mean error (QLIKE) of recent HAR forecasts; 0 is perfect.",
        decimals=3,
        bars=_loss(_har),
        expensive=True,
    ),
    MetricSpec(
        "ewma_qlike",
        "EWMA loss",
        "QLIKE",
        "Mean error (QLIKE) of recent EWMA forecasts; 0 is perfect.",
        decimals=3,
        bars=_loss(RANKED),
        expensive=True,
    ),
    MetricSpec(
        "garch_qlike",
        "GARCH loss",
        "QLIKE",
        "Mean error (QLIKE) of recent GARCH forecasts; 0 is perfect.",
        decimals=3,
        bars=_loss(GARCH_BARS),
        family=GARCH,
        expensive=True,
    ),
)
_DERIVATIVES = (
    MetricSpec(
        "iv30",
        "Implied 30 d",
        "%/year",
        "Volatility that option prices imply for the next 30 days.",
        decimals=1,
        needs=(IMPLIED,),
        family=IMPLIED,
    ),
    MetricSpec(
        "rv30",
        "Realised 30 d",
        "%/year",
        "Realised volatility of the last 30 days.",
        decimals=1,
        bars=_month,
        expensive=True,
    ),
    MetricSpec(
        "iv_premium",
        "Vol premium",
        "points",
        "Implied minus GARCH volatility of the next 30 days; above 0 options price in more than GARCH forecasts.",
        decimals=1,
        bars=GARCH_BARS,
        needs=(IMPLIED,),
        family=IMPLIED_PREMIUM,
        on_card=True,
    ),
    MetricSpec(
        "iv_rv_spread",
        "IV minus RV",
        "points",
        "Implied volatility minus that of the last 30 days.",
        decimals=1,
        bars=_month,
        needs=(IMPLIED,),
        family=IMPLIED,
        expensive=True,
    ),
    MetricSpec(
        "premium_bps",
        "Premium",
        "bps",
        "Premium index of the perpetual against the spot index.",
        decimals=1,
        needs=(PREMIUM,),
        family=PREMIUM,
    ),
    MetricSpec(
        "premium_z",
        "Premium z",
        "sd",
        "Premium against its recent values, in standard deviations.",
        bars=RANKED,
        needs=(PREMIUM,),
        family=PREMIUM,
        expensive=True,
    ),
    MetricSpec(
        "funding_8h",
        "Funding 8 h",
        "bps",
        "Last settled funding rate, per eight hours.",
        needs=(FUNDING,),
        family=FUNDING,
    ),
    MetricSpec(
        "basis_annual",
        "Quarter basis",
        "%/year",
        "Premium of the quarterly future over its index, annualised.",
        decimals=1,
        needs=(QUARTERLY,),
        family=QUARTERLY,
    ),
    MetricSpec(
        "days_to_delivery",
        "To delivery",
        "days",
        "Days until the quarterly future is delivered.",
        decimals=1,
        needs=(QUARTERLY,),
        family=QUARTERLY,
    ),
)
METRICS: tuple[MetricSpec, ...] = _SCORED + _AHEAD + _VOLATILITY + _STRUCTURE + _FITTED + _DERIVATIVES
NOW_FEATURES = tuple(spec.id for spec in METRICS if spec.group is not None)
"""What P(trend) is computed from."""
AHEAD_FEATURES = ("vr_z", "fdi_z", "monotone_share", "rei_abs", "squeeze")
"""What P(ahead) is computed from."""

# Half-lives: where the autocorrelation falls below one half on BTCUSDT 1h, 2020-2024.
SCALARS = (
    ScalarSpec("regime.p_trend", "probability", "higher is a trend now more likely", 1, 20, metric="stretch"),
    ScalarSpec(
        "regime.p_ahead",
        "probability",
        "higher is the next bars more likely straighter than usual",
        AHEAD_BARS,
        20,
        metric="p_ahead",
    ),
    ScalarSpec(
        "regime.vol_percentile",
        "intensity",
        "higher is more volatile than its own year",
        24,
        40,
        metric="vol_percentile",
    ),
    ScalarSpec(
        "regime.stress",
        "probability",
        "higher is the stressed state more likely",
        1,
        3,
        metric="markov_stressed",
    ),
)
