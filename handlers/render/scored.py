"""What a module's answer and a composite score have in common: all that headlines, score bars and chart heads read."""

from typing import Protocol

from analysis.framework.question import Basket, Market, PriceChanges
from analysis.framework.reasons import Message, Reason


class Dated(Protocol):
    """An answer about a moment: the one asked and the close of the last bar read (UTC ms)."""

    @property
    def as_of(self) -> int:
        """The moment asked."""

    @property
    def bar_close(self) -> int:
        """The close of the last bar read."""


class Spread(Protocol):
    """A number with one sigma on a scale; ``None`` where it is withheld or not known."""

    @property
    def score(self) -> float | None:
        """The number."""

    @property
    def uncertainty(self) -> float | None:
        """One sigma."""

    @property
    def low(self) -> float:
        """The lowest number there can be."""

    @property
    def high(self) -> float:
        """The highest number there can be."""

    @property
    def neutral(self) -> float:
        """The number that says nothing."""


class Scored(Dated, Spread, Protocol):
    """A score of a symbol or a basket at a moment; fields as in `analysis.framework.result.Analysis`."""

    @property
    def symbol(self) -> str:
        """The symbol."""

    @property
    def market(self) -> Market:
        """The market whose bars were read."""

    @property
    def interval(self) -> str:
        """The interval."""

    @property
    def basket(self) -> Basket | None:
        """All that it is about, ``None`` for one symbol."""

    @property
    def price(self) -> float | None:
        """The price of the moment."""

    @property
    def changes(self) -> PriceChanges:
        """How the price changed."""

    @property
    def tick_size(self) -> float | None:
        """The step the price is quoted in."""

    @property
    def percentile(self) -> float | None:
        """The rank of the score in its past."""

    @property
    def null_reasons(self) -> tuple[Reason, ...]:
        """Why the score is withheld."""

    @property
    def verdict(self) -> Message | None:
        """The words beside the score."""
