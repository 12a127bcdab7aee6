"""What alerts say of themselves, in the language and zone of their chat, and when that chat is quiet."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from bot.scheduler.alert_look import AlertLook
from bot.scheduler.push import Push
from config.c_chat import ChatConfig
from handlers.alerts.catalogue import Catalogue
from handlers.alerts.local_time import quiet_until
from handlers.alerts.rule import Rule
from handlers.alerts.said import AlertSayings, Notice
from handlers.alerts.truth import CurrentValues
from handlers.locale.messages import AUTO, Messages, Translator
from handlers.settings.kept import ChatChoices
from utils.store.alerts import StoredAlert
from utils.store.outbox import Destination


class AlertPushes:
    """Implements `bot.scheduler.alert_watch.PushWords`; ``chat_config`` is what a chat follows that has not chosen."""

    def __init__(
        self,
        catalogue: Catalogue,
        messages: Messages,
        choices: ChatChoices,
        chat_config: Callable[[], ChatConfig],
    ) -> None:
        self._catalogue = catalogue
        self._messages = messages
        self._choices = choices
        self._chat_config = chat_config

    async def fired(self, alert: StoredAlert, rule: Rule, values: CurrentValues, now_ms: int) -> Push:
        """Return the push of an alert that the values made fire."""
        said, tr = await self._said(alert)
        return _push(said.fired(alert, rule, values, now_ms), tr)

    async def lost(self, to: Destination, looks: Sequence[AlertLook]) -> Push:
        """Return what a chat is told of alerts that cannot be looked at."""
        said, tr = await self._said(looks[0].alert)
        return _push(said.lost([(one.alert, one.blind or "empty") for one in looks]), tr)

    async def back(self, to: Destination, looks: Sequence[AlertLook]) -> Push:
        """Return what a chat is told of alerts that can be looked at again."""
        said, tr = await self._said(looks[0].alert)
        return _push(said.back([one.alert for one in looks]), tr)

    async def quiet_until(self, chat_id: int, now_ms: int) -> int | None:
        """Return when the quiet hours of a chat end (UTC ms), ``None`` where it is not quiet."""
        choices = await self._choices.of(chat_id)
        if choices.quiet_hours is None:
            return None
        zone = ZoneInfo(choices.over(self._chat_config()).time_zone)
        return quiet_until(choices.quiet_hours, zone, now_ms)

    async def _said(self, alert: StoredAlert) -> tuple[AlertSayings, Translator]:
        """The words of a chat, in its language or, where it has chosen none, in that of who made the alert."""
        config = (await self._choices.of(alert.key.chat_id)).over(self._chat_config())
        tr = self._messages.of(alert.definition.language if config.language == AUTO else config.language)
        return AlertSayings(self._catalogue, tr, config.time_zone), tr


def _push(notice: Notice, tr: Translator) -> Push:
    return Push(notice.text, notice.line, tr.language, notice.keyboard)
