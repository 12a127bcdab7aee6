"""Module B's metrics of fitted models: volatility ahead, states, and the errors of past forecasts."""

from collections.abc import Callable
from functools import partial

from analysis.framework.metric import BarsNeeded, MetricSpec, bars_needed
from analysis.regime.horizons import har_returns, horizons
from analysis.regime.specs import (
    GARCH,
    GARCH_BARS,
    HALF_LIFE,
    RANGE_HAR,
    RANGE_HAR_BARS,
    RANK,
    RANKED,
    SWITCHING,
    SWITCHING_BARS,
    RankSpec,
    rank_bars,
)
from analysis.regime.volatility_metrics import HV_YANG_ZHANG
from config.c_volat import VolatilityConfig


def _har(config: VolatilityConfig, interval: str) -> int:
    return har_returns(config, interval) + 1


def _loss(forecast: BarsNeeded) -> Callable[[VolatilityConfig, str], int]:
    """Bars until half of the averaged losses are known; that of a forecast is known when its day is over."""
    return lambda config, interval: (
        bars_needed(forecast, config, interval) + horizons(interval).day + config.qlike_bars // 2
    )


_garch = partial(MetricSpec, bars=GARCH_BARS, family=GARCH)
_switching = partial(MetricSpec, bars=SWITCHING_BARS, family=SWITCHING)
_range_har = partial(MetricSpec, bars=RANGE_HAR_BARS, family=RANGE_HAR, expensive=True)

FITTED_METRICS: tuple[MetricSpec, ...] = (
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
        bars=rank_bars(HV_YANG_ZHANG),
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
