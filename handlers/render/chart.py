"""The chart interface: one picklable function from a result to PNG bytes."""

from analysis.framework.result import Analysis
from handlers.render.labels import ChartLabels
from handlers.render.look import Drawer
from handlers.render.theme import ThemeName, theme_of


def render_chart(draw: Drawer, analysis: Analysis, *, theme: ThemeName, labels: ChartLabels) -> bytes:
    """Return the chart of a result as PNG bytes (1080 x 1350 pixels), drawn by ``draw``.

    Pure: equal inputs give equal bytes; safe in threads and worker processes.
    """
    return draw(analysis, theme_of(theme), labels).encode()
