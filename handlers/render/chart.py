"""The chart interface: one picklable function from a result to PNG bytes."""

from handlers.render.labels import ChartLabels
from handlers.render.look import Drawer, ResultT
from handlers.render.theme import ThemeName, theme_of


def render_chart(draw: Drawer[ResultT], result: ResultT, *, theme: ThemeName, labels: ChartLabels) -> bytes:
    """Return the chart of a result as PNG bytes (1080 x 1350 pixels), drawn by ``draw``.

    Pure: equal inputs give equal bytes; safe in threads and worker processes.
    """
    return draw(result, theme_of(theme), labels).encode()
