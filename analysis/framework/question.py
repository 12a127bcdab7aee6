"""What is asked, where it is answered, and what may be read to answer it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from analysis.framework.reasons import Message, Reason
from utils.binance_api.bars import Bars
from utils.binance_api.binance_a import BinanceAggregator
from utils.providers import Provider

if TYPE_CHECKING:
    from utils.recorder.history import History  # the database's libraries stay out of worker processes

Market = Literal["spot", "futures"]


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of the past an answer needs complete.

    ``rows`` of ``None`` is the latest bar: columns that are displayed but not scored may be left NaN before it. A
    number is a history of so many closed bars, every column complete, for evidence and back-tests. With ``scores_only``
    just what scores and scalars rest on is read and complete, and columns that are displayed only may be left NaN.
    ``scalars`` names those that are wanted, all without it: a stream module follows nothing for those of its bars.
    """

    rows: int | None = None
    scores_only: bool = False
    scalars: tuple[str, ...] = ()

    @property
    def is_history(self) -> bool:
        """Whether every row must have its score and scalars."""
        return self.rows is not None

    def displayed(self, drawn: int) -> int | None:
        """Return how many last rows of a displayed column are computed, ``drawn`` for the latest bar; all: ``None``."""
        if self.scores_only:
            return 1
        return None if self.is_history else drawn


LATEST = Scope()


@dataclass(frozen=True, slots=True)
class Instrument:
    """A symbol as one market lists it."""

    market: Market
    symbol: str


@dataclass(frozen=True, slots=True)
class Basket:
    """Several instruments asked about at once, in the order of their symbols, so that equal questions are equal.

    ``name`` is set where they were asked for by one (``top20``).
    """

    members: tuple[Instrument, ...]
    name: str | None = None

    def __post_init__(self) -> None:
        ordered = sorted(set(self.members), key=lambda member: (member.symbol, member.market))
        object.__setattr__(self, "members", tuple(ordered))

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the members."""
        return tuple(member.symbol for member in self.members)


@dataclass(frozen=True, slots=True)
class Request:
    """One question: which symbol and interval, as of which moment (UTC ms; ``None`` is now, by market time).

    With a ``basket`` it is about all its members, and ``symbol`` is the first of them (`asked_of`). A module with an
    interval of its own that reads bars of the asked one beside it finds that in ``asked_interval``.
    """

    symbol: str
    interval: str
    as_of: int | None = None
    market: Market = "spot"
    scope: Scope = LATEST
    basket: Basket | None = None
    asked_interval: str | None = None


@dataclass(frozen=True, slots=True)
class NeighbourPatience:
    """How long an answer that is ready waits for what stands beside it (seconds).

    No longer than ``after_s``, and not beyond ``total_s`` from the question: who has waited for the answer itself is
    not kept waiting for its neighbours.
    """

    after_s: float
    total_s: float


PATIENCE: Final = NeighbourPatience(after_s=0.7, total_s=2.2)
"""An answer that is ready waits for its other timeframes no longer, and one that took longer not at all."""


def asked_of(basket: Basket, interval: str, as_of: int | None = None) -> Request:
    """Return the question about all members of a basket."""
    first = basket.members[0]
    return Request(first.symbol, interval, as_of, first.market, basket=basket)


@dataclass(frozen=True, slots=True)
class Listing:
    """Where a question is answered, resolved once and handed to every ``fetch``.

    ``instrument`` is analysed; ``notes`` say when it is not the asked one. ``counterpart`` is the same coin on the
    other market, or why there is none; its prices times ``counterpart_scale`` are in the instrument's unit
    (1000SHIBUSDT against SHIBUSDT). ``asset`` is the base asset, ``tick_size`` the step of the instrument's prices and
    ``counterpart_tick_size`` of the counterpart's, ``None`` where no symbol table answers. One unit of the instrument
    is ``multiple`` coins.
    """

    instrument: Instrument
    counterpart: Instrument | Reason
    counterpart_scale: float = 1.0
    asset: str | None = None
    tick_size: float | None = None
    notes: tuple[Message, ...] = ()
    counterpart_tick_size: float | None = None
    multiple: int = 1

    @property
    def perpetual(self) -> Instrument | Reason:
        """The perpetual: the instrument itself or its counterpart, or why there is none."""
        return self.instrument if self.instrument.market == "futures" else self.counterpart

    def seen_from(self, market: Market | None) -> "Listing":
        """Return the listing with its instrument on a market, ``None`` for that asked.

        The same, with a note, where it is not listed there.
        """
        other = self.counterpart
        if market in (None, self.instrument.market):
            return self
        if isinstance(other, Reason):
            return replace(self, notes=(*self.notes, _kept_market(other)))
        return replace(
            self,
            instrument=other,
            counterpart=self.instrument,
            counterpart_scale=1 / self.counterpart_scale,
            tick_size=self.counterpart_tick_size,
            counterpart_tick_size=self.tick_size,
            multiple=round(self.multiple / self.counterpart_scale),
        )


def _kept_market(why: Reason) -> Message:
    """Return the note that says why the market of another module is read."""
    return Message("perpetual_missing", why.params) if why.code == "no_perpetual" else why


@dataclass(frozen=True, slots=True)
class Sources:
    """What ``fetch`` may read: the exchange, our own records beyond what it keeps, and further providers by name."""

    exchange: BinanceAggregator
    history: "History"
    providers: Mapping[str, Provider] = field(default_factory=dict)

    def moment(self, request: Request) -> int:
        """Return the moment asked about (UTC ms), now by market time."""
        return self.exchange.market_time_ms() if request.as_of is None else request.as_of


@dataclass(frozen=True, slots=True)
class SourceStamp:
    """Where rows came from: ``as_of`` is the moment they describe, ``fetched_at`` when they were read (UTC ms)."""

    name: str
    as_of: int
    fetched_at: int
    rows: int | None = None


def stamp(bars: Bars) -> SourceStamp:
    """Return where these bars came from; closed bars describe the moment their last one closed."""
    ends_closed = len(bars) > 0 and bool(bars.is_final[-1])
    as_of = min(bars.as_of, int(bars.close_time[-1]) + 1) if ends_closed else bars.as_of
    return SourceStamp(bars.source, as_of, bars.fetched_at, len(bars))


@dataclass(frozen=True, slots=True)
class PriceChanges:
    """Changes of the price over the day and the week before it, as shares of the earlier price; ``None``: not known."""

    day: float | None = None
    week: float | None = None


NO_CHANGES = PriceChanges()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MarketInputs:
    """What the inputs of every module begin with.

    ``bars`` are those analysed. ``price`` is the last trade at the moment asked and ``price_time`` its time (UTC ms),
    the same on every interval, ``None`` where no source has it: the answer then speaks of the last close; ``changes``
    lead up to it. ``asked_bars`` are those of the asked interval where the module reads them beside its own.
    ``missing`` says by source name (``MetricSpec.needs``) why a further source could not be read.
    """

    bars: Bars
    as_of: int
    price: float | None
    price_time: int | None = None
    changes: PriceChanges = NO_CHANGES
    scope: Scope = LATEST
    notes: tuple[Message, ...] = ()
    stamps: tuple[SourceStamp, ...] = ()
    missing: Mapping[str, Reason] = field(default_factory=dict)
    asked_bars: Bars | None = None
