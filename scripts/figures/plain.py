"""Figures that every module has: how long its score and scalars last, and where they lie, on recorded BTCUSDT hours."""

import asyncio
from pathlib import Path
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.framework.module import AnyModule, AnyTrace
from scripts.bench.asked import INTERVAL, SYMBOL, asker

BARS: Final = 20_000
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
LONGEST: Final = 5_000


def rows(module: AnyModule, data: Path) -> list[str]:
    """Return one line for the score and for each scalar, of the last 20,000 recorded bars."""
    trace = asyncio.run(_traced(module, data))
    lines = {"score": trace.score, **trace.scalars}
    return [f"{module.id}: {SYMBOL} {INTERVAL}, {len(trace.time)} bars"] + [
        f"  {name}: {_said(values)}" for name, values in lines.items()
    ]


async def _traced(module: AnyModule, data: Path) -> AnyTrace:
    async with asker(data) as asking:
        trace = await asking.trace(module, BARS)
        return trace()  # type: ignore[no-any-return]


def _said(values: Floats) -> str:
    known = values[np.isfinite(values)]
    if not len(known):
        return "not known on these bars"
    places = ", ".join(f"{place:.3f}" for place in np.quantile(known, QUANTILES))
    return f"half-life {half_life(known) or f'above {LONGEST}'} bars; 5, 25, 50, 75, 95 %: {places}"


def half_life(known: Floats) -> int | None:
    """Return the first lag at which the autocorrelation is at most one half, ``None`` if there is none near."""
    away = known - known.mean()
    spread = float(away @ away)
    lags = range(1, min(LONGEST, len(away)))
    return next((lag for lag in lags if float(away[lag:] @ away[:-lag]) <= spread / 2), None)
