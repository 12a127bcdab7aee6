"""Whether a depth update continues a local order book: the exchange's rules as pure functions.

All ids are the exchange's update ids: ``first`` is ``U``, ``final`` is ``u``, ``previous`` is ``pu`` (the final id
of the update before), ``local`` the last id the book has applied, ``snapshot`` the ``lastUpdateId`` of the REST
answer. Sources: the exchange's "How to manage a local order book correctly" for spot, USD-M futures and options.
"""

from enum import Enum
from typing import Literal

BookMarket = Literal["spot", "futures", "options"]
"""Spot numbers its updates without holes; futures and options chain them by ``pu``."""


class Verdict(Enum):
    """What to do with one update."""

    APPLY = "apply"
    STALE = "stale"
    GAP = "gap"
    WAIT = "wait"


def judge_spot(local: int, first: int, final: int) -> Verdict:
    """Judge a spot update; the same rule bridges a snapshot, whose ``lastUpdateId`` is then ``local``.

    Stale if ``final <= local``. A gap if ``first > local + 1``: an update was lost or, right after a snapshot, the
    snapshot is too old. An update that overlaps ``local`` applies, as its quantities are absolute.
    """
    if final <= local:
        return Verdict.STALE
    return Verdict.GAP if first > local + 1 else Verdict.APPLY


def judge_chained_first(snapshot: int, final: int, previous: int) -> Verdict:
    """Judge the first update after a futures or options snapshot.

    The documented condition is ``U <= lastUpdateId <= u``. A snapshot between ``pu`` and ``U`` is valid too: ids are
    shared by all symbols and this symbol has no update there, so the condition is ``pu <= lastUpdateId``.
    """
    if final < snapshot:
        return Verdict.STALE
    return Verdict.APPLY if previous <= snapshot else Verdict.GAP


def judge_chained_next(local: int, final: int, previous: int) -> Verdict:
    """Judge a futures or options update in the steady state: its ``pu`` must be the id applied last."""
    if previous == local:
        return Verdict.APPLY
    return Verdict.STALE if final <= local else Verdict.GAP


def judge(
    market: BookMarket, local: int | None, first: int, final: int, previous: int | None, *, bridged: bool
) -> Verdict:
    """Judge one update for a book of ``market``.

    ``local`` is ``None`` before any snapshot: wait. ``bridged`` is true if an update has been applied since the last
    snapshot. A futures or options update without ``pu`` is a gap, since nothing links it to the update before.
    """
    if local is None:
        return Verdict.WAIT
    if market == "spot":
        return judge_spot(local, first, final)
    if previous is None:
        return Verdict.STALE if final < local else Verdict.GAP
    if bridged:
        return judge_chained_next(local, final, previous)
    return judge_chained_first(local, final, previous)
