"""Kinds of module I's metrics, what methods and curves are called, and the families that say why a value is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from analysis.features.allocation_methods import BLACK_LITTERMAN, EQUAL, ERC, HRP, INVERSE, MIN_VARIANCE
from analysis.features.stress import CrashEvent
from analysis.framework.metric import MetricSpec
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


def fitted_bars(c: PortfolioAllocConfig, _: str) -> int:
    """Return how many daily bars an estimate of the weights needs."""
    return c.min_bars + 1


def walked_bars(c: PortfolioAllocConfig, _: str) -> int:
    """Return how many daily bars give a compared past."""
    return c.min_bars + c.refit_bars + LEAST_WALK
