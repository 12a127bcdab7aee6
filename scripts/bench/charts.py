"""The chart of module A beside mplfinance's on the same bars, with the same lines and panels."""

from collections.abc import Iterator

from analysis import trend_moment
from config.c_trend import TrendConfig
from handlers.modules.trend_chart import CHART
from handlers.render.chart import render_chart
from handlers.render.labels import chart_labels
from scripts.bench.compute import fits_of, inputs_of
from scripts.bench.measure import Row, versus
from scripts.bench.peers import mplfinance_chart
from scripts.bench.series import random_walk

BARS = 1_500
RATIO = 6.0
LABELS = chart_labels(
    str, "en", CHART.words, as_of="22 Nov 2026 14:00 UTC", word="neutral", tone="neutral", zone="UTC"
)


def rows() -> Iterator[Row]:
    """Measure the whole rendering, PNG included."""
    bars = random_walk(BARS)
    config, inputs = TrendConfig(), inputs_of(bars)
    answer = trend_moment.compute(inputs, fits_of(inputs, config), config)  # type: ignore[arg-type]
    yield versus(
        "chart of A, PNG included",
        lambda: render_chart(CHART.draw, answer, theme="dark", labels=LABELS),
        lambda: mplfinance_chart(bars),
        peer_name="mplfinance, same bars, lines and panels",
        ratio_at_least=RATIO,
    )
