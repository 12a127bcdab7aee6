"""What a module measures and hands over, declared: one object per metric, group, scalar and score."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

SignalKind = Literal["direction", "level"]
ScalarKind = Literal["directional", "intensity", "probability", "p_value"]
HistoryTier = Literal["full", "stored", "live"]
"""Where the past of a scalar comes from: bars of any moment, what was stored as it came, or live answers alone."""
BarsNeeded = int | str | Callable[[Any, str], int]
"""A number of closed bars, the name of a configuration key that holds it, or a function of (config, interval)."""


@dataclass(frozen=True, slots=True)
class SignalMap:
    """How a value becomes a signal: a direction in [-1, 1] or a level in [0, 1]; ``framework.signals`` does it."""

    kind: SignalKind = "direction"


class Itself(SignalMap):
    """The value is its own signal."""


class Modelled(SignalMap):
    """The module computes the signal itself, by a fitted model or a rank."""


class FromZ(SignalMap):
    """tanh(z / 2) of a value in standard deviations or errors; of its size where a level is asked."""


class PersistenceZ(SignalMap):
    """(1 + tanh(z / 2)) / 2: a level that may fall below its ordinary value 0."""


class Scaled(SignalMap):
    """tanh(z / 2), z the value over the usual size of its own past, not centred."""


@dataclass(frozen=True, slots=True)
class Native(SignalMap):
    """(value - centre) / half range, clipped: a value with a scale of its own."""

    centre: float = 0.0
    half_range: float = 1.0


@dataclass(frozen=True, slots=True)
class ShareOfFull(SignalMap):
    """Value over what counts as full, clipped to [0, 1]; ``full`` is a number or a configuration key."""

    full: float | str = 1.0


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """A metric, whole: everything that is shown, weighed, explained or configured about it follows from here.

    ``title`` has at most 14 characters for the card, ``help`` is one sentence; both are message ids. ``group`` and
    ``weight`` (the default of its configuration key ``weight_key``) make it part of the score by ``signal``; without
    a group it is displayed only. ``bars`` is how many closed bars a value needs, ``needs`` the sources beside the
    bars, ``family`` whose rule explains a missing value where neither of them does. An ``expensive`` metric that is
    displayed only is computed for the rows that are drawn or read; a ``latest_only`` one, such as a simulation from
    today's state, has the last row alone, in a history too. With a ``weight_key`` and no group the key exists and
    takes 0 only: the metric is deliberately not scored. ``decimals`` are shown, of a price as many as it needs; a
    metric that ``is_level`` is a price to compare with the price of the answer, shown with its distance.
    """

    id: str
    title: str
    unit: str
    help: str
    decimals: int = 2
    group: str | None = None
    signal: SignalMap | None = None
    weight: float = 1.0
    weight_key: str = ""
    bars: BarsNeeded = 1
    needs: tuple[str, ...] = ()
    family: str = ""
    expensive: bool = False
    latest_only: bool = False
    is_level: bool = False
    on_card: bool = False

    @property
    def key(self) -> str:
        """The configuration key of its weight."""
        return self.weight_key or self.id


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """A group of metrics: its default weight, what is in it, and whether it multiplies the score instead of joining."""

    id: str
    weight: float
    help: str
    multiplies: bool = False


@dataclass(frozen=True, slots=True)
class ScalarSpec:
    """A scalar's declaration; ``horizon_bars`` and ``half_life_bars`` become seconds with the asked interval.

    Where the interval does not matter, ``horizon_s`` and ``half_life_s`` are the seconds themselves. ``parents`` are
    the raw facts it rests on, with ``{interval}`` for that of the bars; ``tier`` says where its past comes from.
    ``of_asked``: its bars are ``MarketInputs.asked_bars``.

    ``bars`` is how many closed bars a value needs; ``metric`` the one whose reason explains a missing value, where
    there is such a metric. Else it is missing as its ``headline`` is, by default the score.
    """

    name: str
    kind: ScalarKind
    polarity: str
    horizon_bars: float
    half_life_bars: float
    bars: BarsNeeded = 1
    metric: str = ""
    headline: str = ""
    horizon_s: float | None = None
    half_life_s: float | None = None
    parents: tuple[str, ...] = ("klines.{interval}",)
    tier: HistoryTier = "full"
    of_asked: bool = False

    def parents_on(self, interval: str) -> tuple[str, ...]:
        """Return the raw facts it rests on with bars of ``interval``."""
        return tuple(parent.format(interval=interval) for parent in self.parents)

    def horizon(self, bar_s: float) -> float:
        """Return the seconds ahead that the scalar speaks of, with bars of ``bar_s`` seconds."""
        return self.horizon_bars * bar_s if self.horizon_s is None else self.horizon_s

    def half_life(self, bar_s: float) -> float:
        """Return the seconds after which half of it is gone, with bars of ``bar_s`` seconds."""
        return self.half_life_bars * bar_s if self.half_life_s is None else self.half_life_s


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table's declaration: its key in JSON and one sentence about it.

    One ``is_list`` has a single column and reads in JSON as row to number, others as row to column to number.
    """

    id: str
    help: str
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class ScoreSpec:
    """A headline number: its key in JSON, range and neutral value; ``offset + scale * direction`` in [-1, 1]."""

    name: str
    low: float
    high: float
    neutral: float
    directional: bool = True


def bars_needed(needed: BarsNeeded, config: Any, interval: str) -> int:
    """Return how many closed bars a declaration asks for."""
    if isinstance(needed, str):
        return int(getattr(config, needed))
    return needed if isinstance(needed, int) else needed(config, interval)
