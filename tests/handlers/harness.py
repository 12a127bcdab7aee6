"""A harness for the chat logic: a recording notifier, scripted analyses and a fake clock; all else is real."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.framework.module import AnyModule
from analysis.framework.question import NeighbourPatience, Request
from analysis.framework.result import Analysis
from config.c_chat import ChatConfig
from handlers.admin.ports import AccessPort, Administration
from handlers.alerts.port import AlertPort
from handlers.commands.routes import build_registry
from handlers.digests.port import DigestPort
from handlers.dispatch import Dispatcher
from handlers.favourites.lists import ListRows, UnkeptLists
from handlers.locale.messages import load_messages
from handlers.ports import (
    Asker,
    CallbackQuery,
    CardStyles,
    ChatRef,
    IncomingMessage,
    InlineCard,
    InlineQuery,
    MessageContent,
    MessageRef,
    Person,
)
from handlers.question_log import QuestionLog
from handlers.registry import Registry
from handlers.render.labels import ChartLabels
from handlers.render.look import Drawer, ResultT
from handlers.services import (
    BasketRows,
    CompositePort,
    HoldingsPort,
    NamedBasket,
    ScanPort,
    SymbolFound,
    SymbolMissing,
    SymbolPort,
)
from handlers.settings.choices import ChoiceName
from handlers.settings.kept import ChatChoices, ChoiceRows
from tests.handlers.sample import AS_OF, MODULE, analysis
from tests.support.accounts import ScriptedAccount
from tests.support.clock import FakeClock

NOW_MS = AS_OF + 20_000
MESSAGES = load_messages()
PICTURE = b"\x89PNG"
ANN = Person(7, "Ann", "en")
ALI = Person(8, "Ali", "tr")
ALONE = ChatRef(7, "private")
GROUP = ChatRef(-100, "supergroup", 5)


@dataclass
class RecordingNotifier:
    """Records what it is asked to send; ``faults`` are raised by the named methods, once each.

    While it is ``refusing``, Telegram takes nothing rich.
    """

    sent: list[tuple[ChatRef, MessageContent, int | None]] = field(default_factory=list)
    edits: list[tuple[MessageRef, MessageContent]] = field(default_factory=list)
    callback_answers: list[tuple[str, str, bool]] = field(default_factory=list)
    actions: list[ChatRef] = field(default_factory=list)
    inline: list[tuple[InlineCard, ...]] = field(default_factory=list)
    admins: set[int] = field(default_factory=set)
    faults: dict[str, Exception] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(100))
    newest: int = 42
    lost: int | None = None
    renewals: list[tuple[MessageRef, MessageContent]] = field(default_factory=list)
    has_room: bool = True
    whispering: bool = False
    drafting: bool = False
    refusing: bool = False
    drafts: list[tuple[ChatRef, int, MessageContent]] = field(default_factory=list)
    guests: list[tuple[str, InlineCard]] = field(default_factory=list)
    whispered: list[tuple[ChatRef, MessageContent, Asker]] = field(default_factory=list)
    looked_for: list[tuple[ChatRef, MessageContent, int, int | None, frozenset[int]]] = field(
        default_factory=list
    )

    def _fail(self, method: str) -> None:
        if error := self.faults.pop(method, None):
            raise error

    async def send_chat_action(self, chat: ChatRef, action: str) -> None:
        self._fail("send_chat_action")
        self.actions.append(chat)

    async def send(
        self,
        chat: ChatRef,
        content: MessageContent,
        *,
        reply_to: int | None = None,
        before: Callable[[int], Awaitable[None]] | None = None,
    ) -> MessageRef:
        if before is not None:
            await before(self.newest)
        self._fail("send")
        self.sent.append((chat, content, reply_to))
        return self._taken(MessageRef(chat, next(self.ids), content.picture is not None), content)

    async def find(
        self,
        chat: ChatRef,
        content: MessageContent,
        after_id: int,
        *,
        reply_to: int | None = None,
        others: frozenset[int] = frozenset(),
    ) -> int | None:
        self.looked_for.append((chat, content, after_id, reply_to, others))
        return self.lost

    async def edit(self, ref: MessageRef, content: MessageContent) -> MessageRef:
        self._fail("edit")
        self.edits.append((ref, content))
        if content.rich is not None and not ref.is_captioned:
            shown = content.picture is not None or (content.keep_picture and ref.has_picture)
            return self._taken(replace(ref, has_picture=shown), content)
        if ref.is_captioned and content.picture is None and not content.keep_picture:
            return MessageRef(ref.chat, next(self.ids))
        return replace(ref, has_picture=ref.has_picture or content.picture is not None)

    def _taken(self, ref: MessageRef, content: MessageContent) -> MessageRef:
        """The message, rich where the content is and nothing refuses it."""
        rich = content.rich is not None
        return replace(ref, is_rich=rich and not self.refusing, refused_rich=rich and self.refusing)

    async def whisper(self, chat: ChatRef, content: MessageContent, asker: Asker) -> MessageRef | None:
        if not self.whispering and not asker.hidden:
            return None
        self.whispered.append((chat, content, asker))
        return MessageRef(chat, 0, content.picture is not None, asker, next(self.ids))

    async def draft(self, chat: ChatRef, draft_id: int, content: MessageContent) -> bool:
        if self.drafting:
            self.drafts.append((chat, draft_id, content))
        return self.drafting

    async def answer_guest(self, query_id: str, card: InlineCard) -> None:
        self.guests.append((query_id, card))

    async def edit_if_free(self, ref: MessageRef, content: MessageContent) -> bool:
        self.renewals.append((ref, content))
        return self.has_room

    async def answer_callback_query(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        self._fail("answer_callback_query")
        self.callback_answers.append((query_id, text, alert))

    async def answer_inline(self, query_id: str, cards: tuple[InlineCard, ...]) -> None:
        self._fail("answer_inline")
        self.inline.append(cards)

    async def is_admin(self, chat: ChatRef, person: Person) -> bool:
        return person.id in self.admins


@dataclass
class ScriptedRunner:
    """Returns the sample result; waits for ``gate`` first, raises ``error`` instead if there is one."""

    asked: list[Request] = field(default_factory=list)
    error: Exception | None = None
    gate: asyncio.Event | None = None
    change: Callable[[Analysis], Analysis] = field(default=lambda result: result)

    async def run(
        self,
        module_id: str,
        request: Request,
        *,
        other_timeframes: bool = False,
        cost: bool = False,
        patience: NeighbourPatience | None = None,
    ) -> Analysis:
        self.asked.append(request)
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.change(analysis(request, as_of=request.as_of or NOW_MS))


@dataclass
class ScriptedCharts:
    drawn: list[tuple[Any, str, ChartLabels]] = field(default_factory=list)
    error: Exception | None = None

    async def draw(self, draw: Drawer[ResultT], result: ResultT, *, theme: str, labels: ChartLabels) -> bytes:
        if self.error is not None:
            raise self.error
        self.drawn.append((result, theme, labels))
        return PICTURE


NEAR = (SymbolFound("BTCUSDT", "spot"), SymbolFound("BTCTRY", "spot"), SymbolFound("1000SHIBUSDT", "futures"))


class ScriptedSymbols:
    """Resolves a few coins; certain words stand for each way in which a symbol can be missing.

    ``top`` are the symbols that ``top2`` stands for.
    """

    error: Exception | None = None
    top = ("BTCUSDT", "ETHUSDT")

    async def basket(self, word: str, *, quote: str) -> NamedBasket | None:
        if word != "top2":
            return None
        return NamedBasket(word, tuple(SymbolFound(symbol, "spot") for symbol in self.top))

    async def resolve(self, word: str, *, quote: str) -> SymbolFound | SymbolMissing:
        if self.error is not None:
            raise self.error
        name = word.upper().strip("$")
        if name in {"BTC", "ETH", f"BTC{quote}", f"ETH{quote}"}:
            return SymbolFound(name.removesuffix(quote) + quote, "spot")
        if name == "BTCC":
            return SymbolFound("BTCUSDT", "spot", word)
        if name == "SHIB":
            return SymbolFound("1000SHIBUSDT", "futures")
        if name == "GONE":
            return SymbolMissing(word, "delisted", NEAR[:1])
        if name == "HALT":
            return SymbolMissing(word, "halted", NEAR)
        if name == "BT":
            return SymbolMissing(word, "ambiguous", NEAR)
        return SymbolMissing(word, "unknown", NEAR if name.startswith("B") else ())


class Harness:
    """A dispatcher with its dependencies, and what people do: type and press. ``module`` is the only module."""

    module: AnyModule = MODULE

    def __init__(
        self,
        *,
        registry: Registry | None = None,
        runner: ScriptedRunner | None = None,
        styles: CardStyles | None = None,
        symbols: SymbolPort | None = None,
        baskets: BasketRows | None = None,
        holdings: HoldingsPort | None = None,
        composites: CompositePort | None = None,
        scans: ScanPort | None = None,
        access: AccessPort | None = None,
        administration: Administration | None = None,
        clock: FakeClock | None = None,
        choice_rows: ChoiceRows | None = None,
        lists: ListRows | None = None,
        digests: DigestPort | None = None,
        alerts: AlertPort | None = None,
        questions: QuestionLog | None = None,
        **settings: object,
    ) -> None:
        self.clock = clock or FakeClock(NOW_MS)
        self.notifier = RecordingNotifier()
        self.runner = runner or ScriptedRunner()
        self.charts = ScriptedCharts()
        self.account = ScriptedAccount()
        self.symbols = ScriptedSymbols()
        self.config = ChatConfig.model_validate(settings)
        self.owners = {1}
        self.choices = ChatChoices(self.clock, choice_rows)
        self.lists = lists or UnkeptLists()
        self.registry = registry or build_registry((self.module,))
        self.dispatcher = Dispatcher(
            self.registry,
            self.runner,
            self.charts,
            symbols or self.symbols,
            self.notifier,
            account=self.account,
            clock=self.clock,
            market_now=self.clock.now_ms,
            chat_config=lambda: self.config,
            bot_username=lambda: "MarketViewBot",
            owners=lambda: self.owners,
            rng=random.Random(5),
            messages=MESSAGES,
            questions=questions,
            styles=styles,
            baskets=baskets,
            holdings=holdings,
            composites=composites,
            scans=scans,
            access=access,
            administration=administration,
            digests=digests,
            choices=self.choices,
            lists=self.lists,
            alerts=alerts,
        )

    async def choose(self, name: ChoiceName, text: str | None, chat: ChatRef = ALONE) -> None:
        """Choose something for a chat."""
        await self.choices.change(chat.chat_id, {name: text})

    async def type(self, text: str, person: Person = ANN, chat: ChatRef = ALONE) -> None:
        await self.dispatcher.on_message(IncomingMessage(person, chat, 42, text, NOW_MS))

    async def press(
        self,
        data: str,
        person: Person = ANN,
        *,
        picture: bool = True,
        message_id: int = 100,
        chat: ChatRef = ALONE,
        rich: bool = False,
    ) -> None:
        ref = MessageRef(chat, message_id, picture, is_rich=rich)
        await self.dispatcher.on_callback_query(CallbackQuery(person, ref, f"cb-{data}", data))

    async def ask_inline(self, text: str, person: Person = ANN) -> tuple[InlineCard, ...]:
        await self.dispatcher.on_inline_query(InlineQuery(person, "q", text))
        return self.notifier.inline[-1]

    @property
    def answer(self) -> MessageContent:
        """The only message sent."""
        ((_, message, _),) = self.notifier.sent
        return message

    @property
    def buttons(self) -> dict[str, str]:
        """The data of each button of the last message or edit, by the button's text."""
        shown = self.notifier.edits[-1][1] if self.notifier.edits else self.notifier.sent[-1][1]
        return {button.text: button.data for row in shown.keyboard for button in row}
