"""Module G's metrics: what each is called, its unit, its place in the score, and the lists they are made from."""

from analysis.features.stress import EVENTS
from analysis.framework.metric import MetricSpec, shown
from analysis.risk.forecasts import LEVELS

METHODS = {"historical": "Hist", "cornish_fisher": "CF", "filtered": "FHS"}
"""Ways to a value-at-risk, and what each is called on a card."""
METHOD_SENTENCES = {
    "historical": "from past returns as they were",
    "cornish_fisher": "by the Cornish-Fisher expansion",
    "filtered": "from past residuals at today's volatility",
}
HORIZONS = {"bar": "in one bar", "day": "in one day"}
LEVERAGES = (5, 10, 25, 50, 100)
"""Leverages whose liquidation is told."""


def loss_id(kind: str, method: str, level: int, horizon: str) -> str:
    """Return the id of a loss: ``kind`` is var or es."""
    return f"{kind}_{method}_{level}_{horizon}"


def _vote(
    metric_id: str,
    title: str,
    unit: str,
    summary: str,
    group: str,
    decimals: int = 2,
    *,
    on_card: bool = False,
) -> MetricSpec:
    return MetricSpec(metric_id, title, unit, summary, group, "level", decimals, on_card)


_STOPS = (
    shown("atr_14", "ATR", "price", "Wilder's average true range."),
    _vote("atr_pct", "ATR %", "%", "Average true range in percent of price.", "volatility", on_card=True),
    shown("stop_long", "Long stop", "price", "A long's stop, so many true ranges below.", on_card=True),
    shown("stop_short", "Short stop", "price", "A short's stop, so many true ranges above.", on_card=True),
    shown("stop_pct", "Stop distance", "%", "Distance of both stops in percent of price."),
    shown("chandelier_multiple", "Chand. ATRs", "ATR", "Chandelier distance at this volatility."),
    shown("chandelier_long", "Chand. long", "price", "A long's stop, hung from the highest high."),
    shown("chandelier_short", "Chand. short", "price", "A short's stop, hung from the lowest low."),
    shown("chandelier_long_pct", "Chand. long %", "%", "How far below the price a long's stop hangs."),
    shown("chandelier_short_pct", "Chand. short %", "%", "How far above the price a short's stop hangs."),
)
_VOLATILITY = (
    _vote(
        "vol_forecast",
        "Volatility",
        "%/year",
        "Volatility forecast of the next bar, annualised.",
        "volatility",
        1,
        on_card=True,
    ),
    shown("vol_day", "Vol. 1 day", "%/year", "Mean volatility forecast of the next day, annualised.", 1),
    shown("vol_rank", "Vol. rank", "0..1", "Rank of the true range's share of price in its own year."),
    shown(
        "target_leverage",
        "Vol. target",
        "x",
        "Leverage at which the position has the wanted volatility.",
        on_card=True,
    ),
)
_DRAWDOWN = (
    _vote(
        "drawdown_now",
        "Drawdown",
        "%",
        "How far the price stands below the window's highest close.",
        "drawdown",
        on_card=True,
    ),
    shown("drawdown_max", "Max drawdown", "%", "Deepest fall from a peak inside the window."),
    shown("drawdown_bars", "Under water", "bars", "Longest stretch below a peak inside the window.", 0),
    shown("ulcer", "Ulcer index", "%", "Root mean square of the window's drawdowns."),
)


KINDS = {"var": "VaR", "es": "ES"}


def _loss(kind: str, method: str, level: int, horizon: str) -> MetricSpec:
    identity = loss_id(kind, method, level, horizon)
    title = f"{METHODS[method]} {KINDS[kind]}{level} {horizon}"
    tail = f"{HORIZONS[horizon]}, {METHOD_SENTENCES[method]}."
    if kind == "es":
        return shown(
            identity, title, "%", f"Mean loss of a long in the worst {100 - level} % of cases {tail}"
        )
    summary = f"Loss that a long passes in {100 - level} % of cases {tail}"
    if (method, horizon) == ("filtered", "bar"):
        return _vote(identity, title, "%", summary, "tail")
    return shown(identity, title, "%", summary, on_card=(method, horizon, level) == ("filtered", "day", 99))


LOSSES = tuple(
    _loss(kind, method, level, horizon)
    for kind in KINDS
    for method in METHODS
    for horizon in HORIZONS
    for level in LEVELS
)


def _backtests(method: str, level: int) -> tuple[MetricSpec, ...]:
    name, what = METHODS[method], f"value-at-risk {level} %, {METHOD_SENTENCES[method]}"
    return (
        shown(f"failures_{method}_{level}", f"Fails {name}{level}", "%", f"Bars of the year beyond {what}."),
        shown(
            f"kupiec_{method}_{level}",
            f"Kupiec {name}{level}",
            "p",
            f"Chance that so many failures are by luck: {what}.",
            3,
        ),
        shown(
            f"christoffersen_{method}_{level}",
            f"Christ. {name}{level}",
            "p",
            f"Chance that failures come so bunched by luck: {what}.",
            3,
        ),
    )


BACKTESTS = tuple(spec for method in METHODS for level in LEVELS for spec in _backtests(method, level))
_TAIL = (
    _vote(
        "failures_recent",
        "Recent fails",
        "%",
        "Share of the last bars whose loss passed their own filtered value-at-risk 95 %.",
        "tail",
        1,
    ),
)


def _ratio(name: str, title: str) -> tuple[MetricSpec, ...]:
    return (
        shown(name, title, "a year", f"Rolling {title} ratio, annualised, risk-free rate 0."),
        shown(f"{name}_se", f"{title} error", "a year", f"Standard error of the rolling {title} ratio."),
        shown(f"{name}_ewma", f"{title} EW", "a year", f"{title} ratio with fading weights, annualised."),
        shown(f"{name}_ewma_se", f"{title} EW er", "a year", f"Standard error of the fading {title} ratio."),
    )


def _zone(leverage: int) -> tuple[MetricSpec, ...]:
    return (
        shown(
            f"liq_long_{leverage}",
            f"Liq {leverage}x long",
            "price",
            f"Where a long of {leverage}x is liquidated.",
            on_card=leverage == 10,
        ),
        shown(
            f"liq_short_{leverage}",
            f"Liq {leverage}x sh.",
            "price",
            f"Where a short of {leverage}x is liquidated.",
        ),
    )


_LIQUIDATION = (
    *(spec for leverage in LEVERAGES for spec in _zone(leverage)),
    _vote(
        "liq_deviations",
        "Liq distance",
        "sd",
        "Distance to a leveraged long's liquidation in forecast daily deviations.",
        "leverage",
        1,
    ),
    shown("liq_cluster", "Liq cluster", "price", "Where most leveraged positions would be liquidated."),
)


def _event(identity: str, title: str) -> tuple[MetricSpec, ...]:
    return (
        shown(f"stress_{identity}", title, "%", f"Worst loss of a long through {title}.", 1),
        shown(f"survives_{identity}", f"x {title}", "x", f"Highest leverage that outlives {title}.", 0),
    )


_STRESS = (
    *(spec for event in EVENTS for spec in _event(event.id, event.title)),
    shown("beta", "Beta to BTC", "ratio", "Beta to bitcoin, where a crash is replayed by it."),
)
METRICS: tuple[MetricSpec, ...] = (
    *_STOPS,
    *_VOLATILITY,
    *_DRAWDOWN,
    *LOSSES,
    *_TAIL,
    *BACKTESTS,
    *_ratio("sharpe", "Sharpe"),
    *_ratio("sortino", "Sortino"),
    *_LIQUIDATION,
    *_STRESS,
)
