"""The chart of every module that has one, beside mplfinance's with the lines and panels of module A."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from analysis.registry import MODULES
from handlers.modules.registry import LOOKS
from handlers.render.chart import render_chart
from handlers.render.labels import chart_labels
from scripts.bench.asked import Asked, asker
from scripts.bench.measure import Row, versus
from scripts.bench.peers import MPLFINANCE, mplfinance_chart
from scripts.bench.series import random_walk

BARS: Final = 1_500
RATIO: Final = 14.0


async def rows(data: Path | None) -> AsyncIterator[Row]:
    """Measure the whole rendering, PNG included."""
    async with asker(data) as asking:
        for module in MODULES:
            if (row := chart_row(await asking.ask(module))) is not None:
                yield row


def chart_row(asked: Asked) -> Row | None:
    """Measure one module's chart; ``None`` where it answers in text alone."""
    module, chart, bars = asked.module, LOOKS[asked.module.id].chart, random_walk(BARS)
    if chart is None:
        return None
    labels = chart_labels(
        str, "en", chart.words, as_of="22 Nov 2026 14:00 UTC", word="neutral", tone="neutral", zone="UTC"
    )
    return versus(
        f"chart of {module.code}, PNG included",
        lambda: render_chart(chart.draw, asked.answer, theme="dark", labels=labels),
        lambda: mplfinance_chart(bars),
        peer_name=MPLFINANCE,
        ratio_at_least=RATIO,
        runs=15,
    )
