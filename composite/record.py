"""How a composite score has done: what was measured of it, for the evidence button and the record over HTTP."""

from dataclasses import dataclass
from typing import Literal

from analysis.framework.reasons import Message, Reason

Tier = Literal["full", "stored", "live"]
"""What a record rests on: full history replayed, history as it was stored, or published scores alone."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured number with its 95 % interval; ``None`` with its reason where it could not be measured.

    ``id`` is stable, with the unit in it where it has one (``rank_ic``, ``hit_rate``, ``mean_spread_bps``). ``null`` is
    what the same estimator gives on sign-shuffled returns, ``benchmark`` what the score has to beat.
    """

    id: str
    value: float | None
    low: float | None = None
    high: float | None = None
    null: float | None = None
    benchmark: float | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What one variant of a score was worth on one symbol, or on all together (``symbol`` ``None``).

    ``variant`` names the inputs that were there (``trend_strength[A,B,D-spot]``), ``untested`` those never tested.
    ``since`` and ``until`` are the first and last moment (UTC ms), ``rows`` the scores between them and ``independent``
    how many of them do not overlap; all zero where nothing was measured.
    """

    composite: str
    tier: Tier
    variant: str
    symbol: str | None
    interval: str
    horizon_s: float
    since: int
    until: int
    rows: int
    independent: int
    measurements: tuple[Measurement, ...]
    verdict: Message
    untested: tuple[str, ...] = ()
