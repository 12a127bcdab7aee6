"""The chart interface: one picklable function from a result to PNG bytes, dispatched by module id."""

from collections.abc import Callable, Mapping

from analysis.contract import Analysis
from handlers.render.chart_redet import draw_redet
from handlers.render.chart_regime import draw_regime
from handlers.render.chart_risk import draw_risk
from handlers.render.chart_trend import draw_trend
from handlers.render.labels import ChartLabels
from handlers.render.scene import Scene
from handlers.render.theme import Theme, ThemeName, theme_of

Drawer = Callable[[Analysis, Theme, ChartLabels], Scene]

DRAWERS: Mapping[str, Drawer] = {
    "trend": draw_trend,
    "regime": draw_regime,
    "risk": draw_risk,
    "redet": draw_redet,
}
"""How each module's chart is drawn, by module id."""


def has_chart(module_id: str) -> bool:
    """Say whether a chart is registered for this module."""
    return module_id in DRAWERS


def draw_chart(analysis: Analysis, *, theme: ThemeName, labels: ChartLabels) -> Scene:
    """Draw the chart of a result without encoding it; ``LookupError`` when its module has none."""
    drawer = DRAWERS.get(analysis.module)
    if drawer is None:
        raise LookupError(f"module {analysis.module!r} has no chart: register a drawer in DRAWERS")
    return drawer(analysis, theme_of(theme), labels)


def render_chart(analysis: Analysis, *, theme: ThemeName, labels: ChartLabels) -> bytes:
    """Return the chart of a result as PNG bytes (1080 x 1350 pixels).

    Pure: equal inputs give equal bytes; safe in threads and worker processes. Raises ``LookupError`` when the
    module has no chart.
    """
    return draw_chart(analysis, theme=theme, labels=labels).encode()
