"""The chat as handlers see it: what arrives, what is sent, and the port that sends it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from handlers.render.rich import RichForm

ChatKind = Literal["private", "group", "supergroup", "channel"]
Theme = Literal["dark", "light"]


@dataclass(frozen=True, slots=True)
class Person:
    """A Telegram user: id, display name, and the language code Telegram reports (``tr``, ``en-GB``, or ``None``)."""

    id: int
    name: str
    language: str | None


@dataclass(frozen=True, slots=True)
class ChatRef:
    """A chat: its id and kind, and the topic where there is one.

    ``thread_id`` is the topic of a forum or a private chat, ``direct_topic_id`` that of who writes to a channel.
    """

    chat_id: int
    kind: ChatKind
    thread_id: int | None = None
    direct_topic_id: int | None = None


class AnswerRecord(Protocol):
    """What outlives the process of an answer that is being made: the message that stands for it in the chat."""

    @property
    def placeholder_id(self) -> int | None:
        """The message id of what becomes the answer, ``None`` if there is none."""
        ...

    async def placing(self, after_id: int) -> None:
        """Note that a placeholder or the answer goes out now, and the newest message id of the chat before it."""
        ...

    async def placed(self, message_id: int | None) -> None:
        """Note the id of the delivered placeholder, ``None``: it was not delivered."""
        ...


class Unrecorded:
    """The record of an answer of which nothing outlives the process."""

    placeholder_id: int | None = None

    async def placing(self, after_id: int) -> None:
        """Do nothing."""

    async def placed(self, message_id: int | None) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who alone is meant to see an answer in a group.

    ``query_id`` names the press that it answers. ``hidden``: nobody else saw the question, so nobody else sees its
    answer either.
    """

    person_id: int
    query_id: str | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A text message that may be a command; ``edited`` if it was sent before and changed since.

    ``hidden``: the bot alone sees it, and it has no id. ``person`` is the chat that speaks where an anonymous
    administrator or a channel does: its id is then negative. ``replied_to`` wrote the message that it replies to;
    ``chat_title`` is what a group is called.
    """

    person: Person
    chat: ChatRef
    message_id: int
    text: str
    date_ms: int
    edited: bool = False
    hidden: bool = False
    record: AnswerRecord = field(default_factory=Unrecorded, compare=False, repr=False)
    replied_to: Person | None = None
    chat_title: str | None = None


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message the bot sent; ``has_picture`` because an edit cannot turn a picture into a text message.

    A rich one (``is_rich``) is edited as a text whatever it shows; its picture is then a block, and ``chart_id`` the
    file that it shows. ``refused_rich``: it was to be rich, and Telegram has just not taken that.
    One that an ``asker`` alone sees has no id in its chat (0): only ``ephemeral_id`` with the asker names it, and it is
    given to another message later, so that nothing is stored under it.
    """

    chat: ChatRef
    message_id: int
    has_picture: bool = False
    asker: Asker | None = None
    ephemeral_id: int = 0
    is_rich: bool = False
    chart_id: str | None = None
    refused_rich: bool = False

    @property
    def is_captioned(self) -> bool:
        """Whether its text is the caption of a picture."""
        return self.has_picture and not self.is_rich

    @property
    def key(self) -> tuple[int, ...]:
        """What tells the message from all others that stand now."""
        if self.asker is None:
            return self.chat.chat_id, self.message_id
        return self.chat.chat_id, self.message_id, self.asker.person_id, self.ephemeral_id


@dataclass(frozen=True, slots=True)
class CardStyle:
    """How a card is written: its language, the IANA zone of its times, the theme of its chart."""

    language: str
    zone: str
    theme: Theme


class CardStyles(Protocol):
    """Keeps how cards are written, beyond the process; it never fails, it knows less."""

    async def keep(self, ref: MessageRef, style: CardStyle) -> None:
        """Keep how the card of a message is written."""
        ...

    async def find(self, ref: MessageRef) -> CardStyle | None:
        """Return how the card of a message is written, ``None`` if that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class CallbackQuery:
    """A button press: the message the button belongs to (``None`` if Telegram no longer has it) and its data."""

    person: Person
    message: MessageRef | None
    query_id: str
    data: str


@dataclass(frozen=True, slots=True)
class InlineQuery:
    """An inline query: the text after ``@bot`` in any chat."""

    person: Person
    query_id: str
    text: str


ButtonStyle = Literal["primary", "success", "danger"]
"""What is chosen, what confirms, what deletes."""


@dataclass(frozen=True, slots=True)
class GuestQuery:
    """A message that names the bot in a chat that it is not in, which is answered once."""

    person: Person
    query_id: str
    text: str


@dataclass(frozen=True, slots=True)
class StoppedDraft:
    """A preview in a private chat that its reader has stopped."""

    chat: ChatRef
    draft_id: int


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button; ``data`` is callback data of at most 64 bytes.

    ``disabled``: it names what is shown already and cannot be pressed. Where Telegram takes neither that nor a
    ``style``, it is an ordinary button.
    """

    text: str
    data: str
    style: ButtonStyle | None = None
    disabled: bool = False


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class MessageContent:
    """The content of one answer: HTML ``text`` (the caption if there is a ``picture``, a PNG) and its buttons.

    ``plain`` is the same text without markup, sent if Telegram cannot parse the HTML. ``keep_picture`` makes an
    edit replace only the caption and the buttons of a message that has a picture; a send ignores it. ``for_asker``: of
    no use to others in a group, such as an error. Where there is a ``rich`` form, the others are for a Telegram that
    refuses it.
    """

    text: str
    plain: str
    picture: bytes | None = None
    keyboard: Keyboard = ()
    keep_picture: bool = False
    for_asker: bool = False
    rich: RichForm | None = None


@dataclass(frozen=True, slots=True)
class InlineCard:
    """One inline result: a text card with a title and a description of one line."""

    id: str
    title: str
    description: str
    text: str


class Undeliverable(Exception):
    """Telegram does not deliver to this chat; ``gone`` if the bot was blocked or removed there."""

    def __init__(self, chat_id: int, why: str, *, gone: bool) -> None:
        super().__init__(f"chat {chat_id}: {why}")
        self.chat_id = chat_id
        self.why = why
        self.gone = gone


class Notifier(Protocol):
    """The only component that sends to Telegram: it handles rate limits, retries and API errors."""

    async def send_chat_action(self, chat: ChatRef, action: Literal["typing", "upload_photo"]) -> None:
        """Show in the chat that the bot is working."""
        ...

    async def send(
        self,
        chat: ChatRef,
        content: MessageContent,
        *,
        reply_to: int | None = None,
        before: Callable[[int], Awaitable[None]] | None = None,
    ) -> MessageRef:
        """Send one message, split between blocks if it is over Telegram's limit; return the last part.

        Where Telegram refuses the rich form, it goes out in the others, and what is returned says so. ``before``
        is awaited right before the first part goes out, with the newest message id known in the chat; until the message
        is delivered nothing else is sent there.
        """
        ...

    async def whisper(self, chat: ChatRef, content: MessageContent, asker: Asker) -> MessageRef | None:
        """Send a message that in a group the asker alone sees, ``None`` if Telegram does not take it there now.

        The answer to a hidden question then goes to the asker's private chat.
        """
        ...

    async def find(
        self,
        chat: ChatRef,
        content: MessageContent,
        after_id: int,
        *,
        reply_to: int | None = None,
        others: frozenset[int] = frozenset(),
    ) -> int | None:
        """Return the id of what may have been sent right after ``after_id``, ``None`` if nothing was.

        A text there becomes ``content``, a picture stays. Whatever else was sent to the chat since is to stand in
        ``others``.
        """
        ...

    async def edit(self, ref: MessageRef, content: MessageContent) -> MessageRef:
        """Replace a message's content; where Telegram cannot edit it that way, send a new message."""
        ...

    async def edit_if_free(self, ref: MessageRef, content: MessageContent) -> bool:
        """Replace a text that will be replaced again, unless that takes room from answers; return whether it was.

        It is tried once, without waiting, and an error is only logged.
        """
        ...

    async def draft(self, chat: ChatRef, draft_id: int, content: MessageContent) -> bool:
        """Show a text as a preview with a stop button in a private chat, in place of the preview of the same id.

        Return whether it was shown: Telegram may not take it, or not now. It fades after 30 s.
        """
        ...

    async def answer_guest(self, query_id: str, card: InlineCard) -> None:
        """Answer a message of a chat that the bot is not in."""
        ...

    async def answer_callback_query(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a button press: silently, or with a short text."""
        ...

    async def answer_inline(self, query_id: str, cards: tuple[InlineCard, ...]) -> None:
        """Answer an inline query."""
        ...

    async def is_admin(self, chat: ChatRef, person: Person) -> bool:
        """Return whether this person administers this chat; in a private chat, whether it is their own."""
        ...
