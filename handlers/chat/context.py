"""One turn of a conversation: who asked what, where, and everything an answer to it may use."""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from config.c_chat import ChatConfig
from handlers.chat.result_cache import Shown
from handlers.locale.messages import Messages, Translator
from handlers.ports import AccountPort, AnalysisRunner, ChartPort, Notifier, Person, Place, SymbolPort
from handlers.registry import CommandSpec, Registry
from utils.clock import Clock


@dataclass(frozen=True, slots=True)
class Desk:
    """What every answer may use; made once.

    ``market_now`` is the exchange's time (UTC ms), which past and future are measured by; ``bot_username`` and
    ``chat_config`` are asked anew each time, because both can change while the process runs.
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
    shown: Shown = field(default_factory=Shown)


@dataclass(frozen=True, slots=True)
class Turn:
    """One asked command: ``words`` are its arguments, ``now_ms`` the exchange's time when it came."""

    desk: Desk
    spec: CommandSpec
    words: tuple[str, ...]
    person: Person
    place: Place | None
    config: ChatConfig
    tr: Translator
    now_ms: int
