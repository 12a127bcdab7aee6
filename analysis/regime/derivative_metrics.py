"""Module B's metrics of what derivatives price in: options, the perpetual's premium and funding, the quarterly."""

from analysis.framework.metric import MetricSpec
from analysis.regime.horizons import horizons
from analysis.regime.specs import FUNDING, GARCH_BARS, IMPLIED, IMPLIED_PREMIUM, PREMIUM, QUARTERLY, RANKED
from config.c_volat import VolatilityConfig


def _month(_: VolatilityConfig, interval: str) -> int:
    return horizons(interval).month + 1


DERIVATIVE_METRICS = (
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
