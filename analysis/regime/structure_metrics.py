"""Module B's metrics of how moves follow one another: variance ratios, REI, entropy, Hurst exponents, jumps."""

from analysis.features.look_backs import REI_MIN_BARS
from analysis.framework.metric import MetricSpec
from analysis.regime.specs import hurst_bars, returns_bars, variance_ratio_bars

ENTROPY = returns_bars("entropy_bars")
JUMPS = returns_bars("jump_bars")


def _ratio(metric_id: str, title: str, bars: int) -> MetricSpec:
    explained = (
        f"Variance of {bars}-bar moves over {bars} times that of one bar, on clipped returns; "
        "above 1 moves continue, below 1 they revert."
    )
    return MetricSpec(metric_id, title, "ratio", explained, bars=variance_ratio_bars, expensive=True)


def _plain_ratio(metric_id: str, title: str, bars: int) -> MetricSpec:
    explained = f"Variance ratio of {bars} bars on the returns as they are: a single wick can make it."
    return MetricSpec(metric_id, title, "ratio", explained, bars=variance_ratio_bars, expensive=True)


def _ratio_z(metric_id: str, title: str, bars: int) -> MetricSpec:
    explained = f"Variance ratio of {bars} bars minus 1 on clipped returns, in standard errors."
    return MetricSpec(metric_id, title, "se", explained, bars=variance_ratio_bars, expensive=True)


def _entropy(metric_id: str, title: str, returns: int) -> MetricSpec:
    explained = f"How irregular the order of {returns} returns in a row is; 1 is pure noise."
    return MetricSpec(metric_id, title, "0..1", explained, decimals=3, bars=ENTROPY, expensive=True)


def _memory(metric_id: str, title: str, explained: str) -> MetricSpec:
    return MetricSpec(metric_id, title, "exponent", explained, bars=hurst_bars, expensive=True)


STRUCTURE_METRICS = (
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
        bars=variance_ratio_bars,
        expensive=True,
    ),
    MetricSpec(
        "vr_joint_p",
        "Chow-Denning p",
        "p",
        "Chance of so large a value if the price were a random walk.",
        decimals=3,
        bars=variance_ratio_bars,
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
