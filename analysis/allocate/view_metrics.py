"""Module I's metrics of the record of views: what the trend and the leaders said, and what followed."""

from collections.abc import Mapping
from typing import Final

from analysis.allocate.specs import LEADERS, TREND, VIEW_SOURCES, VIEWS, ViewFigure, ViewSpec, fitted_bars
from analysis.features.evidence import FEWEST as FEWEST_VIEWS
from config.c_corr import CorrelationConfig
from config.c_portalloc import PortfolioAllocConfig


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
        bars=_leaders_known if led else fitted_bars,
        needs=("leaders",) if led else (),
        family=VIEWS,
        source=source,
        figure=figure,
    )


VIEW_SPECS: Final = tuple(_view_spec(source, figure) for source in VIEW_SOURCES for figure in _VIEW_TITLES)
