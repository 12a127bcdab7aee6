"""Answers of modules with a past of one scalar."""

from dataclasses import replace
from typing import Any, Final

from analysis.arrays import Floats, Times
from analysis.framework.result import Analysis, Scalar
from analysis.framework.scalar_past import ScalarPast
from tests.bot.samples import sample_analysis
from utils.binance_api.intervals import SHORTEST_MS

HOUR: Final = 3_600_000
MIDNIGHT: Final = 1_722_816_000_000
"""2024-08-05, a Monday."""


def answer_with(module: str, name: str, time: Times, values: Floats, *, interval: str = "1h") -> Analysis:
    """An answer whose last bar closed at the last of ``time``, asked right then."""
    close, last = int(time[-1]), float(values[-1])
    scalar = Scalar(
        name=name,
        kind="directional",
        polarity="higher is higher",
        value=last,
        horizon_s=3600.0,
        half_life_s=7200.0,
        quality=1.0,
        se=None,
        parents=(f"klines.{interval}",),
        as_of=close,
        is_final=True,
        period_s=SHORTEST_MS[interval] / 1000,
    )
    changes: dict[str, Any] = {
        "module": module,
        "interval": interval,
        "as_of": close + 1,
        "bar_close": close,
        "scalars": (scalar,),
        "past": ScalarPast(time, {name: values}),
    }
    return replace(sample_analysis(), **changes)
