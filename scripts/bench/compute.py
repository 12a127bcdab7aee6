"""Every registered module as pure computing, beside the indicators of pandas-ta-classic on as many bars."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from analysis.registry import MODULES
from scripts.bench.asked import TRACED_BARS, asker
from scripts.bench.measure import Row, versus
from scripts.bench.peers import bare_talib, pandas_ta
from scripts.bench.series import random_walk

COMPUTE_RATIO: Final = 2.0
OF_TREND: Final = 7.0
TRACE_RUNS: Final = 5
PANDAS_TA: Final = "pandas-ta-classic, indicators of as many bars"
TALIB: Final = "bare TA-Lib calls"


async def rows(data: Path | None) -> AsyncIterator[Row]:
    """Measure each module's compute over its own look-back and its trace of 5,000 bars, all fits at hand."""
    async with asker(data) as asking:
        for module in MODULES:
            asked = await asking.ask(module)
            bars = random_walk(asked.bars)
            yield versus(
                f"compute of {module.code}, fits at hand, {asked.bars:,} bars",
                asked.compute,
                lambda bars=bars: pandas_ta(bars),  # type: ignore[misc]
                peer_name=PANDAS_TA,
                ratio_at_least=OF_TREND if module.id == "trend" else COMPUTE_RATIO,
            )
        for module in MODULES:
            trace, bars = await asking.trace(module), random_walk(TRACED_BARS)
            yield versus(
                f"trace of {module.code}, fits at hand, {TRACED_BARS:,} bars",
                trace,
                lambda bars=bars: bare_talib(bars),  # type: ignore[misc]
                peer_name=TALIB,
                runs=TRACE_RUNS,
            )
