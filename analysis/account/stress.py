"""The account's present holdings replayed through the named crashes: the loss, and how many positions are liquidated.

The loss is that of everything held, with no liquidation to stop it. Positions that would have been liquidated are
counted beside it: an isolated one when its liquidation price is reached, the cross ones together when the margin that
backs them all falls to their maintenance margin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from analysis.account.holdings import HeldPosition
from analysis.account.result import AccountCrash
from analysis.features.stress import EVENTS, CrashEvent, CrashPath, is_reached, replay
from analysis.framework.question import Instrument
from analysis.framework.reasons import Reason


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CrashPaths:
    """The path of each instrument in one crash, why others have none, and whose path is bitcoin's by their beta."""

    paths: Mapping[Instrument, CrashPath]
    missing: Mapping[Instrument, Reason] = field(default_factory=dict)
    by_beta: tuple[str, ...] = ()


def account_crashes(
    exposures: Mapping[Instrument, float],
    positions: Sequence[HeldPosition],
    equity: float | None,
    crashes: Mapping[str, CrashPaths],
) -> tuple[AccountCrash, ...]:
    """Return every event of ``EVENTS``; amounts in USDT, ``equity`` the futures margin balance. Pure.

    An event in which something held has no path is ``None`` with the reason. ``exposures`` without the dust.
    """
    return tuple(
        _crash(event, exposures, positions, equity, crashes.get(event.id, CrashPaths({}))) for event in EVENTS
    )


def _crash(
    event: CrashEvent,
    exposures: Mapping[Instrument, float],
    positions: Sequence[HeldPosition],
    equity: float | None,
    known: CrashPaths,
) -> AccountCrash:
    if not exposures:
        return AccountCrash(event.id, event.title, 0.0, event.start, 0)
    if absent := [one for one in exposures if one not in known.paths]:
        reason = known.missing.get(absent[0], Reason("no_data", {"what": "daily bars"}))
        return AccountCrash(event.id, event.title, None, None, None, reason=reason)
    names = {_name(one): amount for one, amount in exposures.items()}
    replayed = replay(names, {_name(one): known.paths[one] for one in exposures})
    closed = None if equity is None else liquidations(positions, equity, known.paths)
    return AccountCrash(event.id, event.title, replayed.loss, replayed.at, closed, known.by_beta)


def _name(instrument: Instrument) -> str:
    return f"{instrument.market}/{instrument.symbol}"


def liquidations(
    positions: Sequence[HeldPosition], equity: float, paths: Mapping[Instrument, CrashPath]
) -> int:
    """Return how many positions are liquidated on the way; those too small to have a path are not counted."""
    known = [held for held in positions if Instrument("futures", held.symbol) in paths]
    isolated = [held for held in known if held.isolated]
    cross = [held for held in known if not held.isolated]
    backing = equity - sum(held.margin for held in positions if held.isolated)
    closed = sum(_is_closed(held, paths[Instrument("futures", held.symbol)]) for held in isolated)
    return closed + (len(cross) if cross_breaks(cross, backing, paths) else 0)


def _is_closed(held: HeldPosition, path: CrashPath) -> bool:
    if held.liquidation is None or not held.mark > 0:
        return False
    return is_reached(path, held.liquidation / held.mark, 1 if held.amount > 0 else -1)


def cross_breaks(
    positions: Sequence[HeldPosition], backing: float, paths: Mapping[Instrument, CrashPath]
) -> bool:
    """Return whether ``backing`` (USDT) with the positions' losses falls to their maintenance margin in some hour.

    Longs are valued at their lows and shorts at their highs; maintenance grows with the price, its bracket kept.
    """
    if not positions:
        return False
    ways = [paths[Instrument("futures", held.symbol)] for held in positions]
    hours = reduce(np.intersect1d, [way.open_time for way in ways])
    left, needed = np.full(len(hours), backing), np.zeros(len(hours))
    for held, way in zip(positions, ways, strict=True):
        move = (way.low if held.amount > 0 else way.high)[np.searchsorted(way.open_time, hours)]
        left += held.notional * move
        needed += held.maintenance * (1 + move)
    return bool((left <= needed).any())
