"""What handlers ask the process for: symbols, baskets, analyses, scores and their record, scans, accounts, charts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from analysis.account.result import AccountRisk
from analysis.framework.question import Basket, Market, NeighbourPatience, Request
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from composite.judged import LiveRecord
from composite.ranking import Ranking
from composite.record import TrackRecord
from composite.result import Composite
from handlers.ports import Theme
from handlers.render.labels import ChartLabels
from handlers.render.look import Drawer, ResultT


@dataclass(frozen=True, slots=True)
class SymbolFound:
    """A listed symbol and the market its bars are read from.

    ``guessed_from`` is the word as typed where it does not name the symbol exactly.
    """

    symbol: str
    market: Market
    guessed_from: str | None = None


@dataclass(frozen=True, slots=True)
class SymbolMissing:
    """A word that is not exactly one tradable symbol: why not, and at most three similar listed ones."""

    word: str
    why: Literal["unknown", "unreadable", "ambiguous", "delisted", "pending", "halted"]
    nearest: tuple[SymbolFound, ...] = ()


class SymbolPort(Protocol):
    """Resolves the words people use for symbols."""

    async def resolve(self, word: str, *, quote: str) -> SymbolFound | SymbolMissing:
        """Return the symbol that ``word`` names; ``quote`` completes a bare coin. Raises `SourceError`."""
        ...

    async def basket(self, word: str, *, quote: str) -> "NamedBasket | None":
        """Return the basket that ``word`` names, ``None`` if it names none. Raises `SourceError`."""
        ...


@dataclass(frozen=True, slots=True)
class NamedBasket:
    """A basket with a name of its own, such as ``top20``: its symbols as they are now."""

    name: str
    found: tuple[SymbolFound, ...]


class BasketRows(Protocol):
    """Keeps baskets under the short keys that buttons carry, beyond the process; it never fails, it knows less."""

    async def keep(self, key: str, basket: Basket) -> None:
        """Keep the basket of a key."""
        ...

    async def find(self, key: str) -> Basket | None:
        """Return the basket of a key, ``None`` if it is not known."""
        ...


class AnalysisRunner(Protocol):
    """Runs one analysis module for one request."""

    async def run(
        self,
        module_id: str,
        request: Request,
        *,
        other_timeframes: bool = False,
        cost: bool = False,
        patience: NeighbourPatience | None = None,
    ) -> Analysis:
        """Return the module's result, its other timeframes as far as they are there in time. Raises `SourceError`."""
        ...


class CompositePort(Protocol):
    """Makes the composite scores; ``name`` is a score's short name, such as ``trend_strength``."""

    async def score(self, name: str, request: Request) -> Composite:
        """Return one score, withheld with its reasons where too much is missing. Raises `SourceError`."""
        ...

    async def all(self, request: Request) -> tuple[Composite, ...]:
        """Return every score that this question has, in their order. Raises `SourceError`."""
        ...

    async def evidence(self, name: str, request: Request) -> tuple[TrackRecord, ...]:
        """Return what was measured of a score on the symbol and interval, nothing where nothing was."""
        ...


class RecordPort(Protocol):
    """Reads the published scores, with what happened after them; it never fails, it knows less."""

    async def published(self, name: str, request: Request) -> LiveRecord | Reason:
        """Return those of a question as of its moment, or why they cannot be read."""
        ...


class ScanPort(Protocol):
    """Ranks symbols by a composite score."""

    async def scan(
        self, name: str, count: int, request: Request, *, quote: str, progress: Callable[[int, int], None]
    ) -> Ranking:
        """Return a score of the request's basket, or else of the ``count`` most traded symbols against ``quote``.

        ``progress`` receives how many are done of how many. Of ``request`` only basket, interval and moment are looked
        at. Raises `SourceError`.
        """
        ...


class AccountPort(Protocol):
    """Reads the bot owner's exchange account; the caller checks first who may see it."""

    @property
    def available(self) -> bool:
        """Whether an exchange key is configured."""
        ...

    async def read(self, interval: str) -> AccountRisk:
        """Return the account as it is now, measured on bars of ``interval``; failed parts carry a reason."""
        ...


class HoldingsPort(Protocol):
    """Names what the bot owner's account holds; the caller checks first who may see it."""

    async def symbols(self) -> tuple[SymbolFound, ...]:
        """Return where the coins that the account holds are traded, without stablecoins. Raises `SourceError`."""
        ...


class ChartPort(Protocol):
    """Draws results off the event loop."""

    async def draw(
        self, draw: Drawer[ResultT], result: ResultT, *, theme: Theme, labels: ChartLabels
    ) -> bytes:
        """Return a PNG of the same result object that the text was made from, drawn by its ``draw``."""
        ...
