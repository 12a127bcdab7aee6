"""The modules that bars suffice for walked along recorded hours, beside the live answers to every one of them."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from scripts.bench.measure import Row, judged
from scripts.bench.recorded_bars import recorded_bars
from scripts.walked import REPLAYED, Walked, walk

BARS: Final = 8_760
SAMPLE: Final = 4
"""Bars answered live, for each module."""
RATIO: Final = 50.0
SAME: Final = 1e-9
PEER: Final = "live compute bar by bar, fits at hand"


def rows(data: Path | None) -> Iterator[Row]:
    """Measure CPU time of a bar of each module and of all, fits counted; skipped aloud without recorded hours."""
    spot = None if data is None else recorded_bars(data, "spot", "1h")
    if spot is None:
        print("walking forward is not measured: no recorded hours; name them with --data", file=sys.stderr)
        return
    with ThreadPoolExecutor(1) as executor:
        found = [walk(name, spot.tail(BARS), executor, SAMPLE) for name in REPLAYED]
    yield from (_row(f"walk forward {one.past.module}, a bar", [one]) for one in found)
    yield _row("walk forward, a bar of all of them", found, ratio_at_least=RATIO)
    yield judged(
        "  largest difference from live", "", max(one.sampled.difference for one in found), at_most=SAME
    )


def _row(name: str, found: list[Walked], ratio_at_least: float | None = None) -> Row:
    ours = sum(one.cpu_s / len(one.past.time) for one in found)
    live = sum(one.sampled.live_s for one in found)
    return judged(name, "ms", 1000 * ours, 1000 * live, PEER, ratio_at_least=ratio_at_least)
