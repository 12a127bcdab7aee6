"""Module B's metrics: what each is called, its unit, its place in the score, and how many bars it needs."""

from collections.abc import Mapping

from analysis.features.range_expansion import REI_MIN_BARS
from analysis.framework.metric import MetricSpec, shown
from analysis.regime.features import FeatureWindows
from analysis.regime.values import ENTROPY_ORDERS, RATIO_HORIZONS, har_needs, horizons
from config.c_volat import VolatilityConfig

PERSISTENCE, MOVEMENT = "persistence", "movement"
GROUPS = (PERSISTENCE, MOVEMENT)
GROUP_OF = {
    "vr_z": PERSISTENCE,
    "hurst_z": PERSISTENCE,
    "fdi_z": PERSISTENCE,
    "monotone_share": PERSISTENCE,
    "rei_abs": MOVEMENT,
    "squeeze": MOVEMENT,
}


def _scored(
    metric_id: str, title: str, unit: str, summary: str, decimals: int = 2, *, on_card: bool = False
) -> MetricSpec:
    return MetricSpec(metric_id, title, unit, summary, GROUP_OF[metric_id], "level", decimals, on_card)


_SCORED = (
    _scored("vr_z", "VR z", "se", "Variance ratio of four bars over its robust error; plus is trend."),
    _scored("hurst_z", "Hurst z", "sd", "DFA exponent against no memory; plus is persistent.", on_card=True),
    _scored("fdi_z", "FDI z", "sd", "How much smoother than a random walk the path is; plus is persistent."),
    _scored("monotone_share", "One-way share", "0..1", "Share of price patterns that only rise or fall.", 3),
    _scored("rei_abs", "|REI|", "0..1", "Size of DeMark's range expansion index."),
    _scored(
        "squeeze",
        "Squeeze rank",
        "0..1",
        "Place of the Bollinger width among recent ones; 0 is the narrowest.",
        on_card=True,
    ),
)
_VOLATILITY = (
    shown(
        "hv_yang_zhang",
        "Yang-Zhang",
        "%/year",
        "Volatility of the last bars from whole bars.",
        1,
        on_card=True,
    ),
    shown(
        "vol_percentile",
        "Vol rank",
        "0..1",
        "Place of that volatility among those of its own year.",
        on_card=True,
    ),
    shown("hv_close", "Close vol", "%/year", "Volatility of the last bars from closes.", 1),
    shown(
        "hv_close_rank",
        "Close vol rank",
        "0..1",
        "Place of the volatility from closes among those of its own year.",
    ),
    shown("hv_parkinson", "Parkinson", "%/year", "Volatility of the last bars from highs and lows.", 1),
    shown(
        "hv_parkinson_rank",
        "Parkinson rank",
        "0..1",
        "Place of the volatility from highs and lows among those of its own year.",
    ),
    shown(
        "hv_garman_klass", "Garman-Klass", "%/year", "Volatility of the last bars from ranges and bodies.", 1
    ),
    shown(
        "hv_garman_klass_rank",
        "G-K rank",
        "0..1",
        "Place of the volatility from ranges and bodies among those of its own year.",
    ),
    shown("atr_pct", "ATR %", "%", "Average true range in percent of price."),
    shown("atr_rank", "ATR rank", "0..1", "Place of the average true range among those of its own year."),
    shown("bb_width", "BB width", "%", "Distance of the Bollinger bands in percent of price."),
    shown(
        "bb_rank",
        "BB width rank",
        "0..1",
        "Place of the band width among those of its own year; near 0 is a squeeze.",
    ),
)
_STRUCTURE = (
    *(
        shown(
            f"vr_{q}",
            f"VR {q}",
            "ratio",
            f"Variance of {q} bars over {q} variances of one; above 1 is trend.",
        )
        for q in RATIO_HORIZONS
    ),
    *(
        shown(f"vr_{q}_z", f"VR {q} z", "se", f"Variance ratio of {q} bars less 1 over its robust error.")
        for q in RATIO_HORIZONS
    ),
    shown("vr_joint", "Chow-Denning", "se", "Largest size of the variance ratios' z values."),
    shown("vr_joint_p", "Chow-Denning p", "p", "Chance of so large a value on a random walk.", 3),
    shown("rei", "REI", "-100..100", "DeMark's range expansion index.", 0),
    *(
        shown(
            f"entropy_{order}",
            f"Entropy {order}",
            "0..1",
            f"Disorder of the order of {order} returns; 1 is noise.",
            3,
        )
        for order in ENTROPY_ORDERS
    ),
    shown("sign_entropy", "Sign entropy", "0..1", "Disorder of the words of up and down; 1 is noise.", 3),
    shown("hurst_dfa", "Hurst DFA", "exponent", "Memory of returns by detrended fluctuation; 0.5 is none."),
    shown(
        "hurst_dfa_low",
        "Hurst DFA low",
        "exponent",
        "Lower end of the 95 % interval of the detrended fluctuation exponent.",
    ),
    shown(
        "hurst_dfa_high",
        "Hurst DFA high",
        "exponent",
        "Upper end of the 95 % interval of the detrended fluctuation exponent.",
    ),
    shown("hurst_rs", "Hurst R/S", "exponent", "Memory of returns by rescaled range; 0.5 is none."),
    shown(
        "hurst_rs_low",
        "Hurst R/S low",
        "exponent",
        "Lower end of the 95 % interval of the rescaled range exponent.",
    ),
    shown(
        "hurst_rs_high",
        "Hurst R/S high",
        "exponent",
        "Upper end of the 95 % interval of the rescaled range exponent.",
    ),
    shown("jump_share", "Jump share", "0..1", "Share of the variance that came in jumps."),
    shown("jump_z", "Jump z", "se", "Test for any jump in the window."),
)
_FITTED = (
    shown("garch_vol", "GARCH next", "%/year", "GARCH volatility of the next bar.", 1),
    shown("garch_day", "GARCH day", "%/year", "GARCH mean volatility over the next day.", 1, on_card=True),
    shown("garch_month", "GARCH 30 d", "%/year", "GARCH mean volatility over the next 30 days.", 1),
    shown("garch_persistence", "Persistence", "0..1", "Share of a variance shock left after one bar.", 4),
    shown("garch_half_life", "Half-life", "bars", "Bars until half of a variance shock is gone.", 1),
    shown(
        "garch_degrees",
        "Tail degrees",
        "degrees",
        "Degrees of freedom of the errors; few are heavy tails.",
        1,
    ),
    shown("garch_residual", "Last residual", "sd", "Last return over the deviation forecast for it."),
    shown("garch_tail", "Residual tail", "p", "Chance of a return at least so large, either way.", 4),
    shown(
        "markov_stressed",
        "P(stressed)",
        "0..1",
        "Filtered chance that the market is in its state of high variance.",
        on_card=True,
    ),
    shown("markov_calm_vol", "Calm state", "%/year", "Volatility of the switching model's calm state.", 1),
    shown(
        "markov_stressed_vol",
        "Stressed state",
        "%/year",
        "Volatility of the switching model's stressed state.",
        1,
    ),
    shown("stress_level", "Stress level", "0..1", "Mean of volatility rank and late P(stressed)."),
    shown("har_vol", "HAR day", "%/year", "HAR mean volatility over the next day.", 1),
    shown("ewma_vol", "EWMA day", "%/year", "Exponentially weighted volatility.", 1),
    shown("har_qlike", "HAR loss", "QLIKE", "Mean loss of the last HAR forecasts; 0 is perfect.", 3),
    shown("ewma_qlike", "EWMA loss", "QLIKE", "Mean loss of the last EWMA forecasts; 0 is perfect.", 3),
    shown("garch_qlike", "GARCH loss", "QLIKE", "Mean loss of the last GARCH forecasts; 0 is perfect.", 3),
)
_PREMIUM = (
    shown("iv30", "Implied 30 d", "%/year", "Volatility that options price for the next 30 days.", 1),
    shown("rv30", "Realised 30 d", "%/year", "Volatility of the last 30 days.", 1),
    shown(
        "iv_premium",
        "Vol premium",
        "points",
        "Implied less GARCH volatility of the next 30 days.",
        1,
        on_card=True,
    ),
    shown("iv_rv_spread", "Implied-real.", "points", "Implied volatility less that of the last 30 days.", 1),
    shown("premium_bps", "Premium", "bps", "Premium index of the perpetual.", 1),
    shown("premium_z", "Premium z", "sd", "Premium against its recent values."),
    shown("funding_8h", "Funding 8 h", "bps", "Last settled funding per eight hours.", 2),
    shown("basis_annual", "Quarter basis", "%/year", "Quarterly future over its index, annualised.", 1),
    shown("days_to_delivery", "To delivery", "days", "Time until the quarterly future is delivered.", 1),
)
METRICS: tuple[MetricSpec, ...] = _SCORED + _VOLATILITY + _STRUCTURE + _FITTED + _PREMIUM

GARCH_METRICS = frozenset(
    {"garch_vol", "garch_day", "garch_month", "garch_persistence", "garch_half_life", "garch_degrees"}
    | {"garch_residual", "garch_tail"}
)
MARKOV_METRICS = frozenset({"markov_stressed", "markov_calm_vol", "markov_stressed_vol"})
RANKS = {
    "vol_percentile": "hv_yang_zhang",
    "hv_close_rank": "hv_close",
    "hv_parkinson_rank": "hv_parkinson",
    "hv_garman_klass_rank": "hv_garman_klass",
    "atr_rank": "atr_pct",
    "bb_rank": "bb_width",
}


def bars_needed(config: VolatilityConfig, windows: FeatureWindows, interval: str) -> Mapping[str, int]:
    """Return how many closed bars each metric's value needs; ids that are not listed need one."""
    day, month = horizons(interval).day, horizons(interval).month
    har = har_needs(interval, config) + 1
    own = {
        "hv_close": config.hv_bars + 1,
        "hv_parkinson": config.hv_bars,
        "hv_garman_klass": config.hv_bars,
        "hv_yang_zhang": config.hv_bars + 1,
        "atr_pct": config.atr_period + 1,
        "bb_width": config.bb_period,
    }
    ranks = {rank: own[of] + config.rank_min_bars for rank, of in RANKS.items()}
    ratios = (f"vr_{q}{end}" for q in RATIO_HORIZONS for end in ("", "_z"))
    hurst = (f"hurst_{kind}{end}" for kind in ("dfa", "rs") for end in ("", "_low", "_high"))
    return {
        **own,
        **ranks,
        **dict.fromkeys((*ratios, "vr_joint", "vr_joint_p", "vr_z"), windows.variance_ratio + 1),
        **dict.fromkeys((*hurst, "hurst_z"), windows.hurst + 1),
        "fdi_z": windows.fractal,
        "monotone_share": windows.ordinal,
        "rei": REI_MIN_BARS,
        "rei_abs": REI_MIN_BARS,
        "squeeze": windows.bollinger + windows.rank,
        **{f"entropy_{order}": config.entropy_bars + 1 for order in ENTROPY_ORDERS},
        "sign_entropy": config.entropy_bars + 1,
        "jump_share": config.jump_bars + 1,
        "jump_z": config.jump_bars + 1,
        **dict.fromkeys(GARCH_METRICS, config.garch_fit_bars + 1),
        **dict.fromkeys(MARKOV_METRICS, config.markov_fit_bars + 1),
        "stress_level": ranks["vol_percentile"],
        "rv30": month + 1,
        "iv_rv_spread": month + 1,
        "har_vol": har,
        "ewma_vol": config.rank_min_bars + 1,
        "har_qlike": har + day + config.qlike_bars // 2,
        "ewma_qlike": config.rank_min_bars + 1 + day + config.qlike_bars // 2,
        "garch_qlike": config.garch_fit_bars + 1 + day + config.qlike_bars // 2,
    }
