"""Module B's metrics of whether the price trends: those P(trend) is computed from, the Hurst exponent, and P(ahead)."""

from analysis.features.look_backs import REI_MIN_BARS
from analysis.framework.metric import MetricSpec, Modelled
from analysis.regime.now_table import hindsight_of, shipped_now
from analysis.regime.odds_table import shipped_table
from analysis.regime.specs import AHEAD, hurst_bars, variance_ratio_bars
from analysis.regime.stretch import bars_needed as stretch_bars_needed
from config.c_volat import VolatilityConfig

PERSISTENCE, MOVEMENT = "persistence", "movement"
EFFICIENCY_ON_CARD = 20
AHEAD_BARS = 20
"""Bars that P(ahead) looks ahead; those of its table."""
AHEAD_FEATURES = ("vr_z", "fdi_z", "monotone_share", "rei_abs", "squeeze")
"""What P(ahead) is computed from."""

LEVEL = Modelled("level")


def _stretch(_: VolatilityConfig, interval: str) -> int:
    return stretch_bars_needed(hindsight_of(interval).stretch)


def _ranked_efficiency(n: int) -> int:
    return n + 1 + shipped_now().windows.rank_least


def _squeeze(_: VolatilityConfig, interval: str) -> int:
    del interval
    return shipped_table().windows.bollinger + shipped_table().windows.rank


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


SCORED_METRICS = (
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
        bars=variance_ratio_bars,
    ),
    MetricSpec(
        "hurst_z",
        "Hurst z",
        "sd",
        "Hurst exponent against that of a random walk, in standard deviations; not scored: it is mostly noise.",
        bars=hurst_bars,
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

AHEAD_METRICS = (
    MetricSpec(
        "p_ahead",
        "Next 20 bars",
        "0..1",
        "Chance that the next 20 bars run straighter than usual; 0.5 says nothing.",
        bars=lambda _, __: shipped_table().windows.fractal,
        family=AHEAD,
    ),
)
