"""The request context: who asked what, in which chat, and the services an answer may use."""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from analysis.framework.result import Analysis
from analysis.framework.size import answer_bytes
from composite.ranking import Ranking
from composite.result import Composite
from config.c_chat import ChatConfig
from handlers.admin.ports import AccessPort, Administration
from handlers.alerts.port import AlertPort
from handlers.chat.recent import RESULT_BYTES, RecentBaskets, RecentStyles, ResultCache
from handlers.composites.board import Board
from handlers.digests.port import DigestPort
from handlers.favourites.lists import ListRows, UnkeptLists
from handlers.locale.messages import Messages, Translator
from handlers.ports import CardStyle, CardStyles, ChatRef, IncomingMessage, Notifier, Person
from handlers.registry import CommandSpec, Registry
from handlers.services import (
    AccountPort,
    AnalysisRunner,
    BasketRows,
    ChartPort,
    CompositePort,
    HoldingsPort,
    ScanPort,
    SymbolPort,
)
from handlers.settings.choices import Choices
from handlers.settings.kept import ChatChoices
from utils.clock import Clock


@dataclass(frozen=True, slots=True)
class Services:
    """What every answer may use; made once.

    ``market_now`` is the exchange's time (UTC ms), which decides what is past and what is future. Bot user name,
    owners and chat configuration are functions because they can change while the process runs.
    """

    registry: Registry
    runner: AnalysisRunner
    account: AccountPort
    charts: ChartPort
    symbols: SymbolPort
    notifier: Notifier
    clock: Clock
    market_now: Callable[[], int]
    chat_config: Callable[[], ChatConfig]
    bot_username: Callable[[], str]
    owners: Callable[[], Collection[int]]
    messages: Messages
    rng: random.Random
    choices: ChatChoices
    access: AccessPort
    results: ResultCache[Analysis] = field(
        default_factory=lambda: ResultCache(RESULT_BYTES, weigh=answer_bytes)
    )
    scores: ResultCache[Composite] = field(default_factory=lambda: ResultCache(keeps_past=True))
    boards: ResultCache[Board] = field(default_factory=ResultCache)
    rankings: ResultCache[Ranking] = field(default_factory=ResultCache)
    styles: CardStyles = field(default_factory=RecentStyles)
    baskets: BasketRows = field(default_factory=RecentBaskets)
    lists: ListRows = field(default_factory=UnkeptLists)
    holdings: HoldingsPort | None = None
    composites: CompositePort | None = None
    scans: ScanPort | None = None
    administration: Administration | None = None
    digests: DigestPort | None = None
    alerts: AlertPort | None = None


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request: ``words`` are the command's arguments, ``now_ms`` the exchange's time (UTC ms) when it came.

    ``chat`` is ``None`` for an inline query. ``choices`` are what the chat, or else the person, has chosen; ``config``
    is the configuration with them. ``message`` is that of a command, ``None`` for a press and an inline query.
    """

    services: Services
    spec: CommandSpec
    words: tuple[str, ...]
    person: Person
    chat: ChatRef | None
    config: ChatConfig
    tr: Translator
    now_ms: int
    choices: Choices = field(default_factory=Choices)
    message: IncomingMessage | None = None

    @property
    def is_rich(self) -> bool:
        """Whether cards are to be built of the blocks that newer clients show."""
        return self.choices.look == "rich" and self.chat is not None

    def in_classic(self) -> "RequestContext":
        """Return the request as it is answered with text and picture, whatever the chat has chosen."""
        return replace(self, choices=replace(self.choices, look=None))

    def with_choices(self, choices: Choices) -> "RequestContext":
        """Return the request as it is answered where the chat has chosen so."""
        config = choices.over(self.services.chat_config())
        tr = self.services.messages.for_person(self.person.language, config.language)
        return replace(self, choices=choices, config=config, tr=tr)

    def in_style(self, style: CardStyle) -> "RequestContext":
        """Return the request as it is answered on a card that is written so."""
        config = self.config.model_copy(update={"time_zone": style.zone, "theme": style.theme})
        return replace(self, config=config, tr=self.services.messages.of(style.language))
