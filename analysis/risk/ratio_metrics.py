"""Module G's Sharpe and Sortino ratios and their standard errors."""

from analysis.risk.specs import RATIO, SORTINO, RatioName, RatioSpec
from config.c_risk import RiskExposureConfig

EWMA_SPAN = 10
"""Half-lives a fading window holds; what lies before them weighs 0.1 %."""


def fading_bars(config: RiskExposureConfig) -> int:
    """Return how many returns the fading Sharpe and Sortino read."""
    return int(EWMA_SPAN * config.ratio_half_life)


def _ratio(
    metric_id: str,
    title: str,
    help_text: str,
    ratio: RatioName,
    *,
    fading: bool = False,
    error: bool = False,
    weight_key: str = "",
) -> RatioSpec:
    return RatioSpec(
        metric_id,
        title,
        "a year",
        help_text,
        weight_key=weight_key,
        bars=lambda c, _: (fading_bars(c) if fading else c.ratio_bars) + 1,
        family=SORTINO if ratio == "sortino" else RATIO,
        expensive=True,
        ratio=ratio,
        fading=fading,
        error=error,
    )


def _ratios(ratio: RatioName, title: str) -> tuple[RatioSpec, ...]:
    return (
        _ratio(
            ratio,
            title,
            f"{title} ratio of the window, annualised, with a risk-free rate of 0.",
            ratio,
            weight_key=ratio,
        ),
        _ratio(
            f"{ratio}_se",
            f"{title} error",
            f"Standard error of the {title} ratio.",
            ratio,
            error=True,
        ),
        _ratio(
            f"{ratio}_ewma",
            f"{title} EW",
            f"{title} ratio with exponentially fading weights, annualised.",
            ratio,
            fading=True,
        ),
        _ratio(
            f"{ratio}_ewma_se",
            f"{title} EW err",
            f"Standard error of the {title} ratio with fading weights.",
            ratio,
            fading=True,
            error=True,
        ),
    )


RATIOS = (*_ratios("sharpe", "Sharpe"), *_ratios("sortino", "Sortino"))
