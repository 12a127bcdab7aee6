"""Reads the path of each held instrument through the named crashes and caches it: the past does not change."""

import asyncio
from collections.abc import Mapping
from typing import Final

from analysis.account.stress import CrashPaths
from analysis.features.stress import EVENTS, CrashPath
from analysis.framework.question import Instrument, Sources
from analysis.framework.reasons import Reason
from analysis.sources.crashes import Crashes, fetch_crash_paths, with_beta
from utils.binance_api.bars import Bars
from utils.caching import LruMap

KEPT: Final = 256
KnownPaths = dict[str, CrashPath | Reason]


class CrashMemory:
    """Paths by instrument, read once and without any amounts; where a source failed they are read again."""

    def __init__(self) -> None:
        self._kept: LruMap[Instrument, KnownPaths] = LruMap(KEPT)

    async def paths(
        self, sources: Sources, daily: Mapping[Instrument, Bars], beta_days: int, as_of: int
    ) -> dict[str, CrashPaths]:
        """Return by event id the path of every instrument of ``daily`` that has one, its own or by beta."""
        read = await asyncio.gather(
            *(self._one(sources, one, bars, beta_days, as_of) for one, bars in daily.items())
        )
        found = dict(zip(daily, read, strict=True))
        return {event.id: _of_event(event.id, found) for event in EVENTS}

    async def _one(
        self, sources: Sources, instrument: Instrument, bars: Bars, beta_days: int, as_of: int
    ) -> Crashes:
        paths = self._kept.get(instrument)
        if paths is None:
            paths = await fetch_crash_paths(sources, instrument, as_of)
            if not any(isinstance(path, Reason) and path.code == "source_down" for path in paths.values()):
                self._kept.put(instrument, paths)
        return await with_beta(sources, paths, bars, beta_days, as_of)


def _of_event(event: str, found: Mapping[Instrument, Crashes]) -> CrashPaths:
    paths = {
        one: path for one, crashes in found.items() if isinstance(path := crashes.paths[event], CrashPath)
    }
    missing = {one: why for one, crashes in found.items() if isinstance(why := crashes.paths[event], Reason)}
    by_beta = sorted({one.symbol for one, crashes in found.items() if event in crashes.by_beta})
    return CrashPaths(paths, missing, tuple(by_beta))
