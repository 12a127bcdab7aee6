"""What the handlers need of the outside world, as protocols that the process fills; and the shapes that cross."""

from dataclasses import dataclass
from typing import Literal, Protocol

from analysis.account.risk import AccountRisk
from analysis.contract import Analysis, Market, Request
from handlers.render.labels import ChartLabels
from handlers.render.look import Drawer

PlaceKind = Literal["private", "group", "supergroup", "channel"]
Theme = Literal["dark", "light"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: Telegram id, shown name, and the language code Telegram reports (``tr``, ``en-GB``, or ``None``)."""

    id: int
    name: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where: chat id and kind, and the forum topic when there is one."""

    chat_id: int
    kind: PlaceKind
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A text message that may be a command."""

    person: Person
    place: Place
    message_id: int
    text: str
    date_ms: int


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message the bot sent; ``has_picture`` because a picture cannot become text by an edit."""

    place: Place
    message_id: int
    has_picture: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button: the message it hangs on (``None`` when Telegram no longer knows it) and its data."""

    person: Person
    message: MessageRef | None
    callback_id: str
    data: str


@dataclass(frozen=True, slots=True)
class InlineAsk:
    """An inline query: what follows ``@bot`` in any chat."""

    person: Person
    query_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button; ``data`` is callback data of at most 64 bytes."""

    text: str
    data: str


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One answer: HTML ``text`` (the caption when there is a ``picture``, a PNG) and its buttons.

    ``plain`` is the same without markup, sent once if Telegram cannot parse the HTML. ``keep_picture`` edits only
    the caption and buttons of a message that has a picture; it means nothing when a message is sent.
    """

    text: str
    plain: str
    picture: bytes | None = None
    keyboard: Keyboard = ()
    keep_picture: bool = False


@dataclass(frozen=True, slots=True)
class InlineCard:
    """One inline result: text card with a title and a one-line description."""

    id: str
    title: str
    description: str
    text: str


@dataclass(frozen=True, slots=True)
class SymbolFound:
    """A listed symbol and the market its bars are read from."""

    symbol: str
    market: Market


@dataclass(frozen=True, slots=True)
class SymbolMissing:
    """A word that is no single tradable symbol: why, and at most three listed ones nearest to it."""

    word: str
    why: Literal["unknown", "ambiguous", "delisted", "halted"]
    nearest: tuple[SymbolFound, ...] = ()


class SymbolPort(Protocol):
    """Understands the words people use for symbols."""

    async def resolve(self, word: str, *, quote: str) -> SymbolFound | SymbolMissing:
        """Return what ``word`` names (``quote`` completes a bare coin); errors of the source pass through typed."""
        ...


class Undeliverable(Exception):
    """Telegram will not deliver to this chat now; ``gone`` when the bot was blocked or removed there."""

    def __init__(self, chat_id: int, why: str, *, gone: bool) -> None:
        super().__init__(f"chat {chat_id}: {why}")
        self.chat_id = chat_id
        self.why = why
        self.gone = gone


class Notifier(Protocol):
    """The only way to Telegram: limits, retries and Telegram's refusals are its business."""

    async def acting(self, place: Place, action: Literal["typing", "upload_photo"]) -> None:
        """Show that work is under way."""
        ...

    async def send(self, place: Place, message: Outgoing, *, reply_to: int | None = None) -> MessageRef:
        """Send one message, split at block boundaries when it is over Telegram's limit; return the last part."""
        ...

    async def edit(self, ref: MessageRef, message: Outgoing) -> MessageRef:
        """Replace a message's content; falls back to sending anew where Telegram cannot edit into that shape."""
        ...

    async def toast(self, callback_id: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a pressed button, with a short text or silently."""
        ...

    async def answer_inline(self, query_id: str, cards: tuple[InlineCard, ...]) -> None:
        """Answer an inline query."""
        ...

    async def is_admin(self, place: Place, person: Person) -> bool:
        """Whether this person administers this chat (a private chat is one's own)."""
        ...


class AnalysisRunner(Protocol):
    """Runs a module for one question."""

    async def run(
        self, module_id: str, request: Request, *, neighbours: bool = False, cost: bool = False
    ) -> Analysis:
        """Return the module's answer; errors of the sources pass through typed."""
        ...


class AccountPort(Protocol):
    """Reads the own account on the exchange; whoever asks must have been found to be allowed to see it."""

    @property
    def available(self) -> bool:
        """Whether there is an exchange key at all."""
        ...

    async def read(self, interval: str) -> AccountRisk:
        """Return the account as it is now, measured on bars of ``interval``; what fails is a reason in it."""
        ...


class ChartPort(Protocol):
    """Draws an analysis off the event loop."""

    async def draw(self, draw: Drawer, analysis: Analysis, *, theme: Theme, labels: ChartLabels) -> bytes:
        """Return a PNG of the same result object that the text was made from, drawn by its module's ``draw``."""
        ...
