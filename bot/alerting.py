"""Alerts: the parts that look at them, keep them for the chat, and know the price."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from analysis.framework.question import Instrument, Sources
from analysis.registry import MODULES
from analysis.sources.bars import market_face
from bot.scheduler.alert_answers import AlertAnswers
from bot.scheduler.alert_pushes import AlertPushes
from bot.scheduler.alert_watch import AlertWatch
from bot.scheduler.stored_alerts import StoredAlerts
from config.c_chat import ChatConfig
from handlers.alerts.catalogue import catalogue
from handlers.alerts.questions import AlertQuestions
from handlers.composites.registry import ONE
from handlers.locale.messages import Messages
from handlers.services import AnalysisRunner, CompositePort
from handlers.settings.kept import ChatChoices
from utils.clock import Clock
from utils.store.store import Store


@dataclass(frozen=True, slots=True)
class AlertParts:
    """What looks at alerts, which does not run yet, and what the chat keeps them with."""

    watch: AlertWatch
    stored: StoredAlerts


def build_alerts(
    store: Callable[[], Store | None],
    sources: Sources,
    runner: AnalysisRunner,
    composites: CompositePort,
    clock: Clock,
    messages: Messages,
    choices: ChatChoices,
    *,
    market_now: Callable[[], int],
    chat_config: Callable[[], ChatConfig],
    bot_id: Callable[[], int],
    scope: Callable[[], AbstractContextManager[object]],
) -> AlertParts:
    """Make the parts of alerts.

    ``composites`` are those that publish nothing, ``market_now`` is the exchange's time, and ``scope`` keeps a question
    to one configuration.
    """

    async def price(instrument: Instrument) -> float:
        answer = await market_face(sources, instrument).ticker_price(instrument.symbol)
        return answer.value.price

    watchable = catalogue(MODULES, ONE.values())
    questions = AlertQuestions(watchable, MODULES, ONE.values())
    answers = AlertAnswers(runner, composites, price, questions, market_now, clock, scope)
    pushes = AlertPushes(watchable, messages, choices, chat_config)
    watch = AlertWatch(
        store,
        answers,
        watchable,
        questions,
        clock,
        words=pushes,
        bot_id=bot_id,
        quiet_until=pushes.quiet_until,
    )
    return AlertParts(watch, StoredAlerts(store, watch, watchable, clock, bot_id))
