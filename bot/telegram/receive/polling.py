"""Long polling that is never given up: one warning when Telegram stops answering, one line when it answers again."""

import asyncio
from typing import Any

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.telegram.retry_after import seconds_of
from utils.clock import Clock
from utils.http.errors import Misconfigured

# https://core.telegram.org/bots/api#getupdates
POLL_S = 25
FIRST_DELAY_S = 1.0
MAX_DELAY_S = 30.0
ALLOWED_UPDATES = ("message", "callback_query", "inline_query")
log = structlog.get_logger(__name__)


class Poller:
    """Moves updates from Telegram into a queue.

    ``last_error`` is the error of the last attempt, ``None`` if it succeeded; ``unreadable`` counts the updates that
    could not be parsed and were skipped.
    """

    def __init__(self, bot: Bot, queue: "asyncio.Queue[object]", clock: Clock) -> None:
        self._bot = bot
        self._queue = queue
        self._clock = clock
        self._offset = 0
        self._delay_s = FIRST_DELAY_S
        self.last_error: str | None = None
        self.unreadable = 0
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Poll until cancelled. Raises `Misconfigured` if Telegram refuses the token."""
        webhook_removed = False
        while True:
            try:
                if not webhook_removed:
                    webhook_removed = await self._bot.delete_webhook()
                self.ready.set()
                await self._take(await self._fetch(POLL_S))
            except InvalidToken as error:
                raise refused_token() from error
            except TelegramError as error:
                await self._recover(error)

    async def confirm(self) -> None:
        """Confirm the fetched updates to Telegram, so that they are not delivered again after a restart."""
        if self._offset:
            try:
                await self._fetch(0)
            except TelegramError as error:
                log.info("fetched updates not confirmed, they may come again", error=str(error))

    async def _fetch(self, wait_s: int) -> list[dict[str, Any]]:
        """Get raw updates: the library's own method loses the whole batch if one cannot be parsed."""
        arguments = {"offset": self._offset or None, "timeout": wait_s, "allowed_updates": ALLOWED_UPDATES}
        parameters = [RequestParameter.from_input(name, value) for name, value in arguments.items()]
        result = await self._bot.request.post(
            f"{self._bot.base_url}/getUpdates",
            RequestData(parameters),
            read_timeout=wait_s + (self._bot.request.read_timeout or 0),
        )
        if not isinstance(result, list):
            raise TelegramError("the updates are not a list")
        return result

    async def _take(self, updates: list[dict[str, Any]]) -> None:
        if self.last_error is not None:
            log.info("telegram answers again")
        self.last_error, self._delay_s = None, FIRST_DELAY_S
        for raw in updates:
            self._offset = int(raw["update_id"]) + 1
            if (update := self._parse(raw)) is not None:
                await self._queue.put(update)

    def _parse(self, raw: dict[str, Any]) -> Update | None:
        try:
            return Update.de_json(raw, self._bot)
        except (TypeError, ValueError, KeyError, AttributeError):
            self.unreadable += 1
            log.exception("update cannot be parsed, skipped", update_id=raw.get("update_id"))
            return None

    async def _recover(self, error: TelegramError) -> None:
        if self.last_error is None:
            hint = (
                "stop the other process that polls with this token" if isinstance(error, Conflict) else None
            )
            log.warning("no updates from telegram, retrying", error=str(error), hint=hint)
        self.last_error = str(error)
        retry_after_s = seconds_of(error) if isinstance(error, RetryAfter) else 0.0
        await self._clock.sleep(max(self._delay_s, retry_after_s))
        self._delay_s = min(self._delay_s * 2, MAX_DELAY_S)


def refused_token() -> Misconfigured:
    """Return the error for a token that Telegram refuses; the library's own text would show the token."""
    return Misconfigured(
        "telegram",
        "the bot token was refused",
        what_to_do="set TELEGRAM_BOT_TOKEN to the token from @BotFather",
    )
