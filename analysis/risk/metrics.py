"""Module G's metrics and groups, each declared once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from analysis.features.look_backs import DAY_MINUTES, SEED_BARS, observations_needed
from analysis.features.stress import EVENTS, CrashEvent
from analysis.framework.look_back import bar_minutes
from analysis.framework.metric import BarsNeeded, GroupSpec, MetricSpec, Modelled, ScalarSpec
from analysis.framework.sections import section
from config.c_risk import RiskExposureConfig

Measure = Literal["var", "es"]
Method = Literal["historical", "cornish_fisher", "filtered"]
Horizon = Literal["bar", "day"]
Statistic = Literal["failures", "kupiec", "christoffersen"]
RatioName = Literal["sharpe", "sortino"]
Side = Literal["long", "short"]

LEVELS: Final = (95, 99)
LEVERAGES: Final = (5, 10, 25, 50, 100)
"""Leverages whose liquidation price is shown."""
LOWEST_LEVERAGES: Final = (1, 2, 3)
"""Leverages tried on a crash beside them."""
EWMA_SPAN = 10
"""Half-lives a fading window holds; what lies before them weighs 0.1 %."""

VOLATILITY, RATIO, SORTINO = "volatility", "ratio", "sortino"
RETURNS, EXPANDED_RETURNS, DAYS, EXPANDED_DAYS = "returns", "expanded_returns", "days", "expanded_days"
FILTERED, BACKTEST, RECENT = "filtered", "backtest", "recent"
LIQUIDATION, CLUSTER, BETA = "liquidation", "cluster", "beta"

GROUPS = (
    GroupSpec("volatility", 0.35, "average true range and forecast volatility"),
    GroupSpec("tail", 0.3, "value-at-risk and its recent violations"),
    GroupSpec("drawdown", 0.2, "distance below the highest close of the window"),
    GroupSpec("leverage", 0.15, "distance to a leveraged position's liquidation"),
)
LEVEL = Modelled("level")


@dataclass(frozen=True, slots=True, kw_only=True)
class TailSpec(MetricSpec):
    """A figure of one forecast of losses: ``method`` and confidence ``level`` (percent)."""

    method: Method
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSpec(TailSpec):
    """Value-at-risk or expected shortfall of a long over the coming bar or day, percent of notional."""

    measure: Measure
    horizon: Horizon


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestSpec(TailSpec):
    """How one-bar forecasts did over the past year: share of violations, or the p-value of a test."""

    statistic: Statistic


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioSpec(MetricSpec):
    """A Sharpe or Sortino ratio or its standard error, with equal or exponentially fading weights."""

    ratio: RatioName
    fading: bool
    error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidationSpec(MetricSpec):
    """The liquidation price of one side at one leverage."""

    side: Side
    leverage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashSpec(MetricSpec):
    """A replayed crash: the worst loss of a long, or (``survivor``) the highest leverage that is not liquidated."""

    event: CrashEvent
    survivor: bool


def fading_bars(config: RiskExposureConfig) -> int:
    """Return how many returns the fading Sharpe and Sortino read."""
    return int(EWMA_SPAN * config.ratio_half_life)


def _atr(c: RiskExposureConfig, _: str) -> int:
    return c.atr_period + 1


def _rank(c: RiskExposureConfig, _: str) -> int:
    return max(c.chandelier_bars, c.atr_period + c.rank_min_bars + 1)


def _chandelier(metric_id: str, title: str, unit: str, help_text: str) -> MetricSpec:
    return MetricSpec(metric_id, title, unit, help_text, bars=_rank, is_level=unit == "price")


_STOPS = (
    MetricSpec("atr_14", "ATR", "price", "Wilder's average true range.", bars=_atr),
    MetricSpec(
        "atr_pct",
        "ATR %",
        "%",
        "Average true range in percent of price.",
        group="volatility",
        signal=LEVEL,
        bars=_atr,
        on_card=True,
    ),
    MetricSpec(
        "stop_long",
        "Long stop",
        "price",
        "Stop of a long opened now: a fixed number of ATRs below the price shown.",
        is_level=True,
        bars=_atr,
        on_card=True,
    ),
    MetricSpec(
        "stop_short",
        "Short stop",
        "price",
        "Stop of a short opened now: a fixed number of ATRs above the price shown.",
        is_level=True,
        bars=_atr,
        on_card=True,
    ),
    MetricSpec(
        "stop_pct",
        "Stop distance",
        "%",
        "Distance of both stops from the price, in percent of it.",
        bars=_atr,
    ),
    _chandelier(
        "chandelier_multiple",
        "Trail ATRs",
        "ATR",
        "Distance of the trailing (chandelier) stops, wider when volatility is high.",
    ),
    _chandelier(
        "chandelier_long",
        "Trail long",
        "price",
        "Trailing stop of a long: the highest high less that distance.",
    ),
    _chandelier(
        "chandelier_short",
        "Trail short",
        "price",
        "Trailing stop of a short: the lowest low plus that distance.",
    ),
    _chandelier(
        "chandelier_long_pct",
        "Trail long %",
        "%",
        "How far the long's trailing stop is below the price; negative once passed.",
    ),
    _chandelier(
        "chandelier_short_pct",
        "Trail short %",
        "%",
        "How far the short's trailing stop is above the price; negative once passed.",
    ),
)
_VOLATILITY = (
    MetricSpec(
        "vol_forecast",
        "Volatility",
        "%/year",
        "Forecast volatility of the next bar from past ranges and its hour of the week, annualised.",
        decimals=1,
        group="volatility",
        signal=LEVEL,
        bars=SEED_BARS + 1,
        family=VOLATILITY,
        on_card=True,
    ),
    MetricSpec(
        "vol_day",
        "Vol. 1 day",
        "%/year",
        "Mean forecast volatility over the next day from past ranges and its hours of the week, annualised.",
        decimals=1,
        bars=SEED_BARS + 1,
        family=VOLATILITY,
    ),
    MetricSpec(
        "garch_vol",
        "GARCH next",
        "%/year",
        "Volatility that GARCH forecasts for the next bar; value-at-risk rests on it.",
        decimals=1,
        bars=SEED_BARS + 1,
        family=VOLATILITY,
    ),
    MetricSpec(
        "garch_day",
        "GARCH day",
        "%/year",
        "Mean volatility that GARCH forecasts for the next day.",
        decimals=1,
        bars=SEED_BARS + 1,
        family=VOLATILITY,
    ),
    MetricSpec(
        "vol_rank",
        "Vol. rank",
        "0..1",
        "Percentile of ATR % among its values of the past year.",
        bars=_rank,
        family=VOLATILITY,
    ),
    MetricSpec(
        "target_leverage",
        "Vol. target",
        "x",
        "Leverage that brings the position to the target volatility.",
        bars=SEED_BARS + 1,
        family=VOLATILITY,
        on_card=True,
    ),
)
_DRAWDOWN = (
    MetricSpec(
        "drawdown_now",
        "Drawdown",
        "%",
        "How far the price is below the highest close of the window.",
        group="drawdown",
        signal=LEVEL,
        bars="drawdown_bars",
        on_card=True,
    ),
    MetricSpec(
        "drawdown_max",
        "Max drawdown",
        "%",
        "Deepest fall from a peak within the window.",
        bars="drawdown_bars",
        expensive=True,
    ),
    MetricSpec(
        "drawdown_bars",
        "Underwater",
        "bars",
        "Longest time below a peak within the window.",
        decimals=0,
        bars="drawdown_bars",
        expensive=True,
    ),
    MetricSpec(
        "ulcer",
        "Ulcer index",
        "%",
        "Root mean square of the drawdowns within the window.",
        bars="drawdown_bars",
        expensive=True,
    ),
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

_TAIL = (
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


def _liquidation(leverage: int, side: Side) -> LiquidationSpec:
    return LiquidationSpec(
        f"liq_{side}_{leverage}",
        f"Liq {leverage}x {side}",
        "price",
        f"Liquidation price of a {leverage}x {side} opened at the price shown.",
        needs=("brackets",),
        family=LIQUIDATION,
        expensive=True,
        is_level=True,
        on_card=(leverage, side) == (10, "long"),
        side=side,
        leverage=leverage,
    )


_SIDES: Final[tuple[Side, ...]] = ("long", "short")
LIQUIDATIONS = tuple(_liquidation(leverage, side) for leverage in LEVERAGES for side in _SIDES)
OFFERED: Final[Mapping[int, LiquidationSpec]] = {
    spec.leverage: spec for spec in LIQUIDATIONS if spec.side == "short"
}
"""A short has a liquidation price wherever its leverage is offered."""
_LEVERAGE = (
    MetricSpec(
        "liq_deviations",
        "Liq distance",
        "sd",
        "Distance to a leveraged long's liquidation, in forecast daily standard deviations.",
        decimals=1,
        group="leverage",
        signal=LEVEL,
        bars=SEED_BARS + 1,
        family=VOLATILITY,
        needs=("brackets",),
    ),
    MetricSpec(
        "liq_cluster",
        "Liq cluster",
        "price",
        "Price within reach at which the model liquidates most longs below or shorts above.",
        needs=("open_interest", "half_hours", "brackets"),
        family=CLUSTER,
        latest_only=True,
        is_level=True,
        on_card=True,
    ),
)


def _loss_through(event: CrashEvent) -> CrashSpec:
    return CrashSpec(
        f"stress_{event.id}",
        event.title,
        "%",
        f"Worst loss of a long held through {event.title}.",
        decimals=1,
        needs=(event.id,),
        latest_only=True,
        event=event,
        survivor=False,
    )


def _survivor_of(event: CrashEvent) -> CrashSpec:
    return CrashSpec(
        f"survives_{event.id}",
        f"x {event.title}",
        "x",
        f"Highest leverage at which a long survives {event.title}.",
        decimals=0,
        needs=(event.id, "brackets"),
        latest_only=True,
        event=event,
        survivor=True,
    )


CRASH_LOSSES = tuple(_loss_through(event) for event in EVENTS)
SURVIVORS = tuple(_survivor_of(event) for event in EVENTS)
_BETA = MetricSpec(
    "beta",
    "Beta to BTC",
    "ratio",
    "Beta to bitcoin, used for crashes in which the coin did not trade yet.",
    family=BETA,
    latest_only=True,
)

METRICS: tuple[MetricSpec, ...] = (
    *_STOPS,
    *_VOLATILITY,
    *_DRAWDOWN,
    *LOSSES,
    *_TAIL,
    *BACKTESTS,
    *RATIOS,
    *LIQUIDATIONS,
    *_LEVERAGE,
    *(spec for pair in zip(CRASH_LOSSES, SURVIVORS, strict=True) for spec in pair),
    _BETA,
)

# Half-lives: where the autocorrelation falls to one half on BTCUSDT 1h, 2020-2024 (scripts/figures/risk.py).
SCALARS = (
    ScalarSpec(
        "risk.market",
        "intensity",
        "higher is riskier than the past year, either way",
        1,
        83,
        bars=lambda c, _: SEED_BARS + 1 + c.rank_min_bars,
    ),
    ScalarSpec(
        "risk.tail",
        "intensity",
        "higher is a larger loss to be reckoned with",
        1,
        81,
        metric=NEXT_BAR_VAR[95].id,
    ),
    ScalarSpec(
        "risk.surprise",
        "p_value",
        "smaller is a loss less expected by its own forecast",
        1,
        1,
        metric=NEXT_BAR_VAR[95].id,
    ),
)

RiskSection = section(RiskExposureConfig, "RiskSection", METRICS, GROUPS, module=__name__)
