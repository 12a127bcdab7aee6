"""The Telegram side of the bot: what receives and sends, and who may do what."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram.ext import ExtBot

from bot.administration.access import Access
from bot.administration.chats import AdministeredChats
from bot.alerting import AlertParts, build_alerts
from bot.build import Core
from bot.chat_changes import ChatChanges
from bot.connections import telegram_api
from bot.leadership import Leadership, leadership
from bot.scheduler.alert_watch import AlertWatch
from bot.scheduler.stored_digests import StoredDigests
from bot.telegram.receive.journal import Journal
from bot.telegram.receive.update_receiver import UpdateReceiver
from bot.telegram.receive.webhook import webhook_of
from bot.telegram.send.baskets import StoredBaskets
from bot.telegram.send.card_styles import StoredCardStyles
from bot.telegram.send.chat_choices import StoredChoices
from bot.telegram.send.chat_lists import StoredLists
from bot.telegram.send.limiter import PerChatRateLimiter
from bot.telegram.send.notifier import TelegramNotifier
from handlers.admin.ports import Administration, ConfigurationPort, StatusReport
from handlers.dispatch import Dispatcher
from handlers.holdings import AccountHoldings
from handlers.scanner import Scanner
from handlers.settings.kept import ChatChoices
from utils.store.store import Store


@dataclass(frozen=True, slots=True)
class TelegramParts:
    """The parts that receive from Telegram and send to it.

    ``receiver`` is not open yet, ``chats`` and ``alerts`` do not run yet.
    """

    api: ExtBot[int]
    limiter: PerChatRateLimiter
    notifier: TelegramNotifier
    dispatcher: Dispatcher
    receiver: UpdateReceiver
    choices: ChatChoices
    chats: ChatChanges
    leadership: Leadership
    access: Access
    administered: AdministeredChats
    alerts: AlertWatch


@dataclass(frozen=True, slots=True)
class _Wiring:
    """What both the dispatcher and the receiver are made of."""

    core: Core
    api: ExtBot[int]
    choices: ChatChoices
    chats: ChatChanges
    notifier: TelegramNotifier
    access: Access
    administered: AdministeredChats
    alerts: AlertParts

    def store(self) -> Store | None:
        return self.core.storage.store

    def bot_id(self) -> int:
        return self.api.id


def build_telegram(
    core: Core,
    configuration: ConfigurationPort | None = None,
    status: Callable[[], Awaitable[StatusReport]] | None = None,
) -> TelegramParts:
    """Make the Telegram side; without ``configuration`` and ``status`` administrators have no commands of their own.

    Raises `Misconfigured` without a token.
    """
    limiter = PerChatRateLimiter(core.clock)
    made = _wired(core, telegram_api(core.settings, core.session, limiter))
    administration = (
        None
        if configuration is None or status is None
        else Administration(configuration, made.administered, made.administered, status)
    )
    dispatcher = _dispatcher(made, administration)
    leading = leadership(core.storage, core.clock, core.rng, made.bot_id)
    return TelegramParts(
        made.api,
        limiter,
        made.notifier,
        dispatcher,
        _receiver(made, dispatcher, leading),
        made.choices,
        made.chats,
        leading,
        made.access,
        made.administered,
        made.alerts.watch,
    )


def _wired(core: Core, api: ExtBot[int]) -> _Wiring:
    def store() -> Store | None:
        return core.storage.store

    def bot_id() -> int:
        return api.id

    choices = ChatChoices(core.clock, StoredChoices(store, core.clock, bot_id))
    chats = ChatChanges(store, core.clock, bot_id)
    notifier = TelegramNotifier(api, core.clock, on_moved=chats.note_moved, on_heard=chats.note_heard)
    access = Access(core.settings.bot_owner_ids, store, core.clock, bot_id)
    administered = AdministeredChats(store, core.clock, bot_id=bot_id, takes_pushes=access.takes_pushes)
    alerts = build_alerts(
        store,
        core.sources,
        core.runner,
        core.composites.unpublished,
        core.clock,
        core.messages,
        choices,
        market_now=core.exchange.market_time_ms,
        chat_config=lambda: core.chat,
        bot_id=bot_id,
        scope=core.config.pinned,
    )
    return _Wiring(core, api, choices, chats, notifier, access, administered, alerts)


def _dispatcher(made: _Wiring, administration: Administration | None) -> Dispatcher:
    core, store, bot_id = made.core, made.store, made.bot_id
    return Dispatcher(
        core.registry,
        core.runner,
        core.charts,
        core.symbols,
        made.notifier,
        account=core.account,
        clock=core.clock,
        market_now=core.exchange.market_time_ms,
        chat_config=lambda: core.chat,
        bot_username=lambda: made.api.username,
        owners=lambda: core.settings.bot_owner_ids,
        rng=core.rng,
        messages=core.messages,
        questions=core.questions,
        styles=StoredCardStyles(store, core.clock, bot_id),
        baskets=StoredBaskets(store, core.clock),
        holdings=AccountHoldings(core.exchange),
        composites=core.composites,
        scans=Scanner(core.symbols, core.composites, core.workers.side_by_side),
        choices=made.choices,
        lists=StoredLists(store, core.clock, bot_id),
        access=made.access,
        administration=administration,
        digests=StoredDigests(store, core.clock, bot_id),
        alerts=made.alerts.stored,
    )


def _receiver(made: _Wiring, dispatcher: Dispatcher, leading: Leadership) -> UpdateReceiver:
    core = made.core
    return UpdateReceiver(
        made.api,
        dispatcher,
        core.clock,
        journal=Journal(made.store, core.clock),
        webhook=webhook_of(core.settings),
        on_conflict=leading.note_conflict,
        on_received=made.notifier.note_received,
        on_message=made.administered.note,
        on_moved=made.notifier.note_moved,
        on_status=made.chats.note_status,
        now_ms=core.exchange.market_time_ms,
        scope=core.config.pinned,
    )
