"""What a composite score is asked of and what its answer tells beside it, made where nothing is computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from analysis.arrays import Floats
from analysis.framework.question import NO_CHANGES, Basket, Market, PriceChanges, SourceStamp
from analysis.framework.reasons import Message, Reason
from composite.result import Event


class TrainedModel(Protocol):
    """A model trained on stored history for one score."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The scalars it reads, in the order of its columns."""

    def predict(self, values: Floats) -> Floats:
        """Return the raw score (n), 0..1, from signed inputs (n, k), NaN where missing."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ScoreContext:
    """What a score is asked of, and what is at hand beside the scalars.

    ``model`` is used by the method ``ensemble`` instead of the kept one; ``event_hours`` (n) how far the nearest dated
    event is from each moment, in hours, NaN where there is none; ``unread`` why earlier readings could not be read.
    """

    symbol: str
    market: Market
    interval: str
    model: TrainedModel | None = None
    event_hours: Floats | None = None
    unread: Reason | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What an answer tells beside the score, with the meaning it has in `composite.result.Composite`."""

    as_of: int
    bar_close: int
    is_final: bool = True
    price: float | None = None
    changes: PriceChanges = NO_CHANGES
    tick_size: float | None = None
    sources: tuple[SourceStamp, ...] = ()
    events: tuple[Event, ...] = ()
    candles: Mapping[str, Floats] = field(default_factory=dict)
    basket: Basket | None = None
    notes: tuple[Message, ...] = ()
    computed_at: int = 0
