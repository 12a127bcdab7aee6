"""How often each module's score is withheld as too uncertain, on recorded BTCUSDT hours."""

import asyncio
from pathlib import Path
from typing import Final

import numpy as np

from analysis.framework.module import AnyModule, AnyTrace
from analysis.framework.uncertainty import too_uncertain_rows
from analysis.registry import MODULES
from scripts.bench.asked import INTERVAL, SYMBOL, asker

BARS: Final = 10_000
QUANTILES: Final = (0.05, 0.5, 0.95)


def rows(data: Path) -> list[str]:
    """Return one line for each module: the share of its scores that is withheld, and where its uncertainty lies."""
    found = asyncio.run(_traced(data))
    return [f"withheld: {SYMBOL} {INTERVAL}, the last {BARS} bars"] + [
        f"  {module.id}: {_said(module, trace)}" for module, trace in zip(MODULES, found, strict=True)
    ]


async def _traced(data: Path) -> list[AnyTrace]:
    async with asker(data) as asking:
        jobs = [await asking.trace(module, BARS) for module in MODULES]
        return [job() for job in jobs]


def _said(module: AnyModule, trace: AnyTrace) -> str:
    known = trace.uncertainty[np.isfinite(trace.uncertainty)]
    places = ", ".join(f"{place:.3f}" for place in np.quantile(known, QUANTILES))
    share = np.mean(too_uncertain_rows(module.score, known))
    return f"{share:.2%} of {len(known)} scores; uncertainty 5, 50, 95 %: {places}"
