"""Module I's metrics of each method: what is expected of its weights, and what its compared past came to."""

from collections.abc import Mapping
from typing import Final

from analysis.allocate.specs import (
    BITCOIN,
    FITTED,
    LONG_NAMES,
    MARKET,
    SHORT_NAMES,
    WALKED,
    Figure,
    MethodSpec,
    fitted_bars,
    walked_bars,
)
from analysis.features.allocation_methods import ALLOCATION_METHODS, ERC

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
        bars=fitted_bars if held else walked_bars,
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
