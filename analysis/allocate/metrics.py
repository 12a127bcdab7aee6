"""Module I's metrics, groups and tables, each declared once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from analysis.features.allocation_methods import (
    ALLOCATION_METHODS,
    BLACK_LITTERMAN,
    EQUAL,
    ERC,
    HRP,
    INVERSE,
    MIN_VARIANCE,
)
from analysis.features.evidence import FEWEST as FEWEST_VIEWS
from analysis.features.look_backs import MIN_COUNT
from analysis.features.stress import EVENTS, CrashEvent
from analysis.framework.metric import GroupSpec, Itself, MetricSpec, ScalarSpec, TableSpec
from analysis.framework.sections import section
from config.c_corr import CorrelationConfig
from config.c_portalloc import PortfolioAllocConfig

Figure = Literal[
    "expected", "ratio", "growth", "volatility", "drawdown", "sharpe", "sharpe_error", "turnover"
]

ViewFigure = Literal["ic", "error", "placebo"]

TREND: Final = "trend"
LEADERS: Final = "leaders"
VIEW_SOURCES: Final = (TREND, LEADERS)
"""Whose word views are: modules A and E."""
FEE: Final = "fee"
"""The curve with the cost of each amount bought or sold, a share of it."""
PENALTY: Final = "turnover_penalty"
"""The curve with what a change of the owner's weights has to be worth."""
CAP: Final = "max_weight"
"""The curve with the most of the money in one coin."""
RECOMMENDED: Final = "recommended"
"""The label of the answer that names the recommended method."""
BITCOIN: Final = "btc"
"""Buying bitcoin and holding it, beside the methods."""
SHORT_NAMES: Final[Mapping[str, str]] = {
    ERC: "ERC",
    HRP: "HRP",
    MIN_VARIANCE: "MinVar",
    BLACK_LITTERMAN: "BL",
    INVERSE: "InvVar",
    EQUAL: "Equal",
    BITCOIN: "BTC",
}
"""What a method is called where there is little room."""
LONG_NAMES: Final[Mapping[str, str]] = {
    ERC: "equal risk contributions",
    HRP: "hierarchical risk parity",
    MIN_VARIANCE: "minimum variance",
    BLACK_LITTERMAN: "Black-Litterman",
    INVERSE: "inverse variance",
    EQUAL: "equal weight",
    BITCOIN: "bitcoin bought and held",
}

FITTED, WALKED, STEADY, VIEWS, PAIRS, MARKET, TAIL, RATIO, REPLAY = (
    "fitted",
    "walked",
    "steady",
    "views",
    "pairs",
    "market",
    "tail",
    "ratio",
    "replay",
)

GROUPS = (GroupSpec("diversification", 1.0, "how much of the coins' own risk a mix of equal risks sheds"),)
LEAST_WALK: Final = 60
"""Days that a compared past needs."""
STABLE_DAYS: Final = 90
"""Days between two estimates that stability compares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSpec(MetricSpec):
    """One figure of one method: what is expected of today's weights, or what its past came to net of fees."""

    method: str
    figure: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSpec(MetricSpec):
    """One figure of the record of one source of views."""

    source: str
    figure: ViewFigure


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySpec(MetricSpec):
    """The worst loss of today's recommended weights in one crash."""

    event: CrashEvent


def _fitted(c: PortfolioAllocConfig, _: str) -> int:
    return c.min_bars + 1


def _walked(c: PortfolioAllocConfig, _: str) -> int:
    return c.min_bars + c.refit_bars + LEAST_WALK


def _steady(c: PortfolioAllocConfig, _: str) -> int:
    return c.min_bars + c.refit_bars + STABLE_DAYS


_TITLES: Final[Mapping[Figure, tuple[str, str, int, str]]] = {
    "expected": ("risk", "%/year", 1, "Volatility expected of today's weights by {name}."),
    "ratio": ("spread", "x", 2, "Mean volatility of the coins over that of the mix, by {name}."),
    "growth": ("growth", "%/year", 1, "Compounded growth of {name} over the compared past, net of fees."),
    "volatility": ("vol.", "%/year", 1, "Volatility of {name} over the compared past."),
    "drawdown": ("fall", "%", 1, "Deepest fall from a peak of {name} over the compared past."),
    "sharpe": ("Sharpe", "", 2, "Sharpe ratio of {name} over the compared past, net of fees."),
    "sharpe_error": ("± ", "", 2, "Standard error of the Sharpe ratio of {name}."),
    "turnover": ("traded", "x/year", 1, "Money traded a year by {name}, as a multiple of the whole."),
}
_HELD: Final = ("expected", "ratio")
"""Figures of today's weights, which bitcoin alone has not."""
_CARD: Final = frozenset({(ERC, "expected"), (ERC, "volatility"), (ERC, "sharpe"), (ERC, "sharpe_error")})


def _title(method: str, figure: Figure) -> str:
    short, word = SHORT_NAMES[method], _TITLES[figure][0]
    return f"{word}{short}" if figure == "sharpe_error" else f"{short} {word}"


def _method_spec(method: str, figure: Figure) -> MethodSpec:
    _, unit, decimals, help_text = _TITLES[figure]
    held = figure in _HELD
    return MethodSpec(
        f"{figure}_{method}",
        _title(method, figure),
        unit,
        help_text.format(name=LONG_NAMES[method]),
        decimals=decimals,
        bars=_fitted if held else _walked,
        family=FITTED if held else (MARKET if method == BITCOIN else WALKED),
        needs=("market",) if method == BITCOIN else (),
        latest_only=not held,
        on_card=(method, figure) in _CARD,
        method=method,
        figure=figure,
    )


METHOD_SPECS: Final = tuple(
    _method_spec(method, figure)
    for method in (*ALLOCATION_METHODS, BITCOIN)
    for figure in _TITLES
    if not (method == BITCOIN and figure in (*_HELD, "turnover"))
)
_BY_METHOD: Final = {(spec.method, spec.figure): spec.id for spec in METHOD_SPECS}


def method_metric(method: str, figure: Figure) -> str:
    """Return the id of a method's figure."""
    return _BY_METHOD[method, figure]


REPLAYS: Final = tuple(
    ReplaySpec(
        f"replay_{event.id}",
        event.title,
        "%",
        f"Worst loss of today's recommended weights on the way through {event.title}.",
        decimals=1,
        bars=_fitted,
        needs=(event.id,),
        family=REPLAY,
        latest_only=True,
        event=event,
    )
    for event in EVENTS
)

_MIX = (
    MetricSpec(
        "diversification",
        "Diversified",
        "0..1",
        "Share of the coins' own volatility that a mix of equal risk contributions sheds.",
        group="diversification",
        signal=Itself("level"),
        bars=_fitted,
        family=FITTED,
    ),
    MetricSpec(
        "effective_coins",
        "Even coins",
        "coins",
        "How many equal positions would be as concentrated as the recommended weights.",
        decimals=1,
        bars=_fitted,
        family=FITTED,
        latest_only=True,
    ),
    MetricSpec(
        "cash",
        "Cash",
        "%",
        "Share of the money that the largest allowed weight leaves in USDT.",
        decimals=1,
        bars=_fitted,
        family=FITTED,
        latest_only=True,
    ),
    MetricSpec(
        "stability",
        "Stability",
        "0..1",
        "Share of the money that recommended weights 90 days apart put in the same coins, mean of the compared past.",
        bars=_steady,
        family=STEADY,
        latest_only=True,
    ),
    MetricSpec(
        "correlation",
        "Correlation",
        "",
        "Mean correlation of the coins' daily returns, shrunk.",
        bars=_fitted,
        family=PAIRS,
    ),
    MetricSpec(
        "shrinkage",
        "Shrinkage",
        "0..1",
        "How far the correlations are shrunk towards none: much where days are few.",
        bars=_fitted,
        family=FITTED,
    ),
    MetricSpec(
        "days",
        "Days used",
        "days",
        "Days that all estimated coins have in common.",
        decimals=0,
        bars=_fitted,
        family=FITTED,
    ),
)
_RISK = (
    MetricSpec(
        "sharpe_mix",
        "Sharpe ahead",
        "",
        "Sharpe ratio of the recommended weights by means that are shrunk towards one another.",
        bars=_fitted,
        family=RATIO,
        latest_only=True,
    ),
    MetricSpec(
        "sortino_mix",
        "Sortino ahead",
        "",
        "The same over the deviation of losses alone.",
        bars=_fitted,
        family=RATIO,
        latest_only=True,
    ),
    MetricSpec(
        "var_95",
        "VaR 95",
        "%",
        "Loss that the recommended weights exceeded on one past day in twenty.",
        bars=MIN_COUNT + 1,
        family=TAIL,
        latest_only=True,
        on_card=True,
    ),
    MetricSpec(
        "es_95",
        "ES 95",
        "%",
        "Mean loss of the recommended weights on those days.",
        bars=MIN_COUNT + 1,
        family=TAIL,
        latest_only=True,
    ),
    MetricSpec(
        "beta_down",
        "Beta falling",
        "",
        "What the recommended weights move by per move of bitcoin on days when it falls.",
        bars=_fitted,
        needs=("market",),
        family=MARKET,
        latest_only=True,
        on_card=True,
    ),
    MetricSpec(
        "beta_up",
        "Beta rising",
        "",
        "The same on days when bitcoin rises.",
        bars=_fitted,
        needs=("market",),
        family=MARKET,
        latest_only=True,
    ),
    MetricSpec(
        "drawdown_correlation",
        "Falls together",
        "",
        "Mean correlation of the coins' drawdowns; independent coins show high values too.",
        bars=_fitted,
        family=PAIRS,
        latest_only=True,
    ),
    MetricSpec(
        "drawdown_p",
        "Falls p",
        "0..1",
        "Share of independent pasts whose drawdowns correlate as much.",
        bars=_fitted,
        family=PAIRS,
        latest_only=True,
    ),
    MetricSpec(
        "drawdown_changes",
        "Fall changes",
        "",
        "Mean correlation of the daily changes of the drawdowns.",
        bars=_fitted,
        family=PAIRS,
        latest_only=True,
    ),
    MetricSpec(
        "beat_p",
        "Beaten p",
        "0..1",
        "Chance that the best other method looks this much better than equal risk by luck.",
        bars=_walked,
        family=WALKED,
        latest_only=True,
    ),
)


def _leaders_known(c: PortfolioAllocConfig, _: str) -> int:
    return CorrelationConfig().fit_bars + FEWEST_VIEWS + c.view_horizon + c.refit_bars


_VIEW_TITLES: Final[Mapping[ViewFigure, tuple[str, str]]] = {
    "ic": ("IC", "Rank correlation of {name} with the returns that follow, beyond that of random signs."),
    "error": ("IC ±", "Standard error of that, with overlap and coins that move together counted once."),
    "placebo": (
        "placebo",
        "What the same measure says of {name} on returns with random signs: its own bias.",
    ),
}
_VIEW_IDS: Final[Mapping[tuple[str, ViewFigure], str]] = {
    (TREND, "ic"): "trend_ic",
    (TREND, "error"): "trend_ic_error",
    (TREND, "placebo"): "placebo_ic",
    (LEADERS, "ic"): "leader_ic",
    (LEADERS, "error"): "leader_ic_error",
    (LEADERS, "placebo"): "leader_placebo_ic",
}
_VIEW_NAMES: Final = {TREND: ("Trend", "the trend"), LEADERS: ("Leader", "the leaders' pull")}


def _view_spec(source: str, figure: ViewFigure) -> ViewSpec:
    (title, name), (word, help_text) = _VIEW_NAMES[source], _VIEW_TITLES[figure]
    led = source == LEADERS
    return ViewSpec(
        _VIEW_IDS[source, figure],
        f"{title} {word}",
        "",
        help_text.format(name=name),
        decimals=3,
        bars=_leaders_known if led else _fitted,
        needs=("leaders",) if led else (),
        family=VIEWS,
        source=source,
        figure=figure,
    )


VIEW_SPECS: Final = tuple(_view_spec(source, figure) for source in VIEW_SOURCES for figure in _VIEW_TITLES)
METRICS: tuple[MetricSpec, ...] = (*_MIX, *_RISK, *VIEW_SPECS, *METHOD_SPECS, *REPLAYS)
SCALARS: tuple[ScalarSpec, ...] = ()

WEIGHTS, BAND, BY_METHOD, COINS, CORRELATIONS, PURCHASES = (
    "allocation_weights",
    "band",
    "allocations",
    "coins",
    "correlations",
    "purchases",
)
TABLES: Final = (
    TableSpec(WEIGHTS, "Recommended share of the money in each coin; with USDT they sum to 1.", is_list=True),
    TableSpec(
        BAND,
        "The central 95% of each recommended weight when the days it is estimated from are drawn anew in runs, from "
        "low to high; it holds the weight itself.",
    ),
    TableSpec(BY_METHOD, "Share of the money in each coin by method."),
    TableSpec(
        COINS,
        "Each coin: yearly volatility, Sharpe and Sortino by shrunk means, betas to bitcoin on all, falling and "
        "rising days, its share of the risk and of the market, what the trend's and the leaders' view add to the "
        "yearly return, its last close, now the best bid and ask, the step of its quantity and the least value of an "
        "order.",
    ),
    TableSpec(CORRELATIONS, "Shrunk correlations of daily returns."),
    TableSpec(
        PURCHASES,
        "What buying the recommended weights with a fixed sum of USDT takes, at the best ask of now or the last close: "
        "quantity by the exchange's step, value, fee. A list to read; nothing is ordered.",
    ),
)

AllocateSection = section(PortfolioAllocConfig, "AllocateSection", METRICS, GROUPS, module=__name__)
