"""Reads a coin's hourly bars of the named crashes; a coin without bars of its own then moves by its beta to bitcoin."""

import asyncio
from dataclasses import dataclass

import numpy as np

from analysis.features.stress import EVENTS, CrashEvent, CrashPath, beta_of, beta_path, path_of
from analysis.framework.question import Instrument, Sources
from analysis.framework.reasons import Reason
from analysis.sources.bars import market_face
from analysis.sources.degrading import or_reason
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

HOURLY = "1h"
KNOWN_HOURS = 0.9  # share of a window's hours that must have bars
REFERENCE = Instrument("spot", "BTCUSDT")
"""The market that stands in for a coin without bars of its own then."""
_NO_OWN_PATH = frozenset({"not_traded_then", "anew_after"})


@dataclass(frozen=True, slots=True, eq=False)
class Crashes:
    """Paths by event id, or why there is none; ``by_beta`` names the events whose path is ``beta`` times bitcoin's."""

    paths: dict[str, CrashPath | Reason]
    by_beta: tuple[str, ...] = ()
    beta: float | None = None


async def fetch_crash_paths(
    sources: Sources, instrument: Instrument, as_of: int
) -> dict[str, CrashPath | Reason]:
    """Return the instrument's path of every event by id, or the reason; only events over at ``as_of`` (UTC ms)."""
    paths = await asyncio.gather(*(_path(sources, instrument, event, as_of) for event in EVENTS))
    return {event.id: path for event, path in zip(EVENTS, paths, strict=True)}


async def _path(
    sources: Sources, instrument: Instrument, event: CrashEvent, as_of: int
) -> CrashPath | Reason:
    if event.end > as_of:
        return Reason("not_yet", {"event": event.title})
    face = market_face(sources, instrument)
    bars = await or_reason(face.klines(instrument.symbol, HOURLY, rows=event.hours, as_of=event.end))
    return bars if isinstance(bars, Reason) else crash_path(bars, event)


def paths_since(
    paths: dict[str, CrashPath | Reason], instrument: Instrument, since: int
) -> dict[str, CrashPath | Reason]:
    """Return the paths of the events after ``since`` (UTC ms), when the instrument's history begins anew."""
    before = {
        event.id: Reason("anew_after", {"symbol": instrument.symbol, "event": event.title})
        for event in EVENTS
        if event.start < since and isinstance(paths[event.id], CrashPath)
    }
    return paths | before


def crash_path(bars: Bars, event: CrashEvent) -> CrashPath | Reason:
    """Return the path of hourly bars through an event's window, or the reason: they must begin with its first hour."""
    rows = slice(*np.searchsorted(bars.open_time, (event.start, event.end)))
    times = bars.open_time[rows]
    if len(times) < KNOWN_HOURS * event.hours or times[0] != event.start:
        return Reason("not_traded_then", {"symbol": bars.symbol, "event": event.title})
    return path_of(times, float(bars.open[rows][0]), bars.low[rows], bars.high[rows])


async def with_beta(
    sources: Sources, paths: dict[str, CrashPath | Reason], bars: Bars, beta_bars: int, as_of: int
) -> Crashes:
    """Return the coin's paths, and for events without one bitcoin's by the beta of the last ``beta_bars`` returns.

    ``bars`` are the coin's closed bars at ``as_of``. An event that bitcoin has no path of keeps its reason.
    """
    absent = [key for key, path in paths.items() if isinstance(path, Reason) and path.code in _NO_OWN_PATH]
    if not absent or bars.symbol == REFERENCE.symbol:
        return Crashes(paths)
    market, slope = await asyncio.gather(
        fetch_crash_paths(sources, REFERENCE, as_of), _beta(sources, bars, beta_bars)
    )
    if isinstance(slope, Reason):
        return Crashes(paths | dict.fromkeys(absent, slope))
    found = {key: path for key in absent if isinstance(path := market[key], CrashPath)}
    moved: dict[str, CrashPath | Reason] = {key: beta_path(slope, path) for key, path in found.items()}
    return Crashes(paths | moved, tuple(moved), slope)


async def _beta(sources: Sources, bars: Bars, beta_bars: int) -> float | Reason:
    as_of = int(bars.close_time[-1]) + 1
    spot = sources.exchange.spot
    market = await or_reason(spot.klines(REFERENCE.symbol, bars.interval, rows=beta_bars + 1, as_of=as_of))
    return market if isinstance(market, Reason) else beta_between(bars, market, beta_bars)


def beta_between(bars: Bars, market: Bars, beta_bars: int) -> float | Reason:
    """Return the beta of the last ``beta_bars`` log returns of the bars both have; at least a tenth of them."""
    _, ours, theirs = np.intersect1d(bars.open_time, market.open_time, return_indices=True)
    ours, theirs = ours[-beta_bars - 1 :], theirs[-beta_bars - 1 :]
    if len(ours) < beta_bars // 10 + 1:
        return Reason("too_few_bars", {"needs": beta_bars // 10 + 1, "has": len(ours)})
    together = np.diff(bars.open_time[ours]) == SHORTEST_MS[bars.interval]
    moved = [np.diff(np.log(b.close[rows]))[together] for b, rows in ((bars, ours), (market, theirs))]
    slope = beta_of(moved[0], moved[1])
    return slope if np.isfinite(slope) else Reason("constant")
