"""Module G's metrics of losses: value-at-risk, expected shortfall, and how past forecasts of them did."""

from collections.abc import Mapping
from typing import Any, Final

from analysis.features.look_backs import DAY_MINUTES, observations_needed
from analysis.framework.look_back import bar_minutes
from analysis.framework.metric import BarsNeeded, MetricSpec
from analysis.risk.specs import (
    BACKTEST,
    DAYS,
    EXPANDED_DAYS,
    EXPANDED_RETURNS,
    FILTERED,
    LEVEL,
    LEVELS,
    RECENT,
    RETURNS,
    BacktestSpec,
    Horizon,
    LossSpec,
    Measure,
    Method,
    Statistic,
)

METHODS: Final[Mapping[Method, str]] = {"historical": "Hist", "cornish_fisher": "CF", "filtered": "FHS"}
"""Ways to a value-at-risk, and what each is called on a card."""
_METHOD_SENTENCES: Final[Mapping[Method, str]] = {
    "historical": "by past returns",
    "cornish_fisher": "by the Cornish-Fisher expansion",
    "filtered": "by past shocks at today's volatility",
}
_MEASURES: Final[Mapping[Measure, str]] = {"var": "VaR", "es": "ES"}
_HORIZONS: Final[Mapping[Horizon, str]] = {"bar": "over one bar", "day": "over one day"}
_LOSS_FAMILIES: Final[Mapping[tuple[Method, Horizon], str]] = {
    ("historical", "bar"): RETURNS,
    ("historical", "day"): DAYS,
    ("cornish_fisher", "bar"): EXPANDED_RETURNS,
    ("cornish_fisher", "day"): EXPANDED_DAYS,
    ("filtered", "bar"): FILTERED,
    ("filtered", "day"): FILTERED,
}


def _observations(method: Method, level: int, horizon: Horizon) -> BarsNeeded:
    """Return how many returns a loss needs, days of them or bars; the filtered day is made of bars."""
    of_days = horizon == "day" and method != "filtered"

    def needed(_: Any, interval: str) -> int:
        minutes = bar_minutes(interval)
        return observations_needed(level / 100, max(minutes, DAY_MINUTES) if of_days else minutes)

    return needed


def _loss_help(measure: Measure, method: Method, level: int, horizon: Horizon) -> str:
    tail = f"{_HORIZONS[horizon]}, {_METHOD_SENTENCES[method]}."
    if measure == "es":
        return f"Mean loss of a long in the worst {100 - level}% of cases {tail}"
    return f"Loss a long exceeds in {100 - level}% of cases {tail}"


def _loss(measure: Measure, method: Method, level: int, horizon: Horizon) -> LossSpec:
    scored = (measure, method, horizon) == ("var", "filtered", "bar")
    return LossSpec(
        f"{measure}_{method}_{level}_{horizon}",
        f"{METHODS[method]} {_MEASURES[measure]}{level} {horizon}",
        "%",
        _loss_help(measure, method, level, horizon),
        group="tail" if scored else None,
        signal=LEVEL if scored else None,
        bars=_observations(method, level, horizon),
        needs=("daily",) if horizon == "day" and method != "filtered" else (),
        family=_LOSS_FAMILIES[method, horizon],
        latest_only=not scored,
        on_card=(measure, method, horizon, level) == ("var", "filtered", "day", 99),
        measure=measure,
        method=method,
        level=level,
        horizon=horizon,
    )


LOSSES = tuple(
    _loss(measure, method, level, horizon)
    for measure in _MEASURES
    for method in METHODS
    for horizon in _HORIZONS
    for level in LEVELS
)
NEXT_BAR_VAR: Final[Mapping[int, LossSpec]] = {spec.level: spec for spec in LOSSES if spec.group is not None}
"""The scored value-at-risk by level: filtered, of the coming bar, known for every bar."""

RECENT_METRICS = (
    MetricSpec(
        "failures_recent",
        "VaR violations",
        "%",
        "Share of the last bars that lost more than their own 95% VaR.",
        decimals=1,
        group="tail",
        signal=LEVEL,
        family=RECENT,
    ),
)
_STATISTICS: Final[Mapping[Statistic, tuple[str, str, int, str]]] = {
    "failures": ("Viol.", "%", 2, "Share of the year's bars that lost more than {what}."),
    "kupiec": (
        "Kupiec",
        "p",
        3,
        "Kupiec's test: a small p means {what} is exceeded too often or too rarely.",
    ),
    "christoffersen": (
        "Christ.",
        "p",
        3,
        "Christoffersen's test: a small p means losses beyond {what} come in clusters.",
    ),
}
"""Title, unit, decimals and help of each statistic."""


def _backtest(method: Method, level: int, statistic: Statistic) -> BacktestSpec:
    title, unit, decimals, help_text = _STATISTICS[statistic]
    return BacktestSpec(
        f"{statistic}_{method}_{level}",
        f"{title} {METHODS[method]}{level}",
        unit,
        help_text.format(what=f"the {level}% VaR {_METHOD_SENTENCES[method]}"),
        decimals=decimals,
        family=BACKTEST,
        latest_only=True,
        method=method,
        level=level,
        statistic=statistic,
    )


BACKTESTS = tuple(
    _backtest(method, level, statistic) for method in METHODS for level in LEVELS for statistic in _STATISTICS
)
VIOLATION_SHARES: Final[Mapping[tuple[Method, int], BacktestSpec]] = {
    (spec.method, spec.level): spec for spec in BACKTESTS if spec.statistic == "failures"
}
