"""Long polling that never gives up: one warning when Telegram goes away, one line when it is back."""

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
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
ALLOWED_UPDATES = ("message", "callback_query", "inline_query")
log = structlog.get_logger(__name__)


class Poller:
    """Moves updates from Telegram into a queue.

    ``last_error`` says why nothing comes, ``None`` when all is well; ``unreadable`` counts updates left out.
    """

    def __init__(self, bot: Bot, queue: "asyncio.Queue[object]", clock: Clock) -> None:
        self._bot = bot
        self._queue = queue
        self._clock = clock
        self._offset = 0
        self._pause_s = FIRST_PAUSE_S
        self.last_error: str | None = None
        self.unreadable = 0
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Poll until cancelled. Raises `Misconfigured` when Telegram refuses the token."""
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
        """Tell Telegram what was fetched, so that a later start does not get it again."""
        if self._offset:
            try:
                await self._fetch(0)
            except TelegramError as error:
                log.info("fetched updates not confirmed, they may come again", error=str(error))

    async def _fetch(self, wait_s: int) -> list[dict[str, Any]]:
        """Get raw updates: the library's own method loses all of them when one cannot be read."""
        asked = {"offset": self._offset or None, "timeout": wait_s, "allowed_updates": ALLOWED_UPDATES}
        parameters = [RequestParameter.from_input(name, value) for name, value in asked.items()]
        answer = await self._bot.request.post(
            f"{self._bot.base_url}/getUpdates",
            RequestData(parameters),
            read_timeout=wait_s + (self._bot.request.read_timeout or 0),
        )
        if not isinstance(answer, list):
            raise TelegramError("updates are no list")
        return answer

    async def _take(self, updates: list[dict[str, Any]]) -> None:
        if self.last_error is not None:
            log.info("telegram answers again")
        self.last_error, self._pause_s = None, FIRST_PAUSE_S
        for raw in updates:
            self._offset = int(raw["update_id"]) + 1
            if (update := self._read(raw)) is not None:
                await self._queue.put(update)

    def _read(self, raw: dict[str, Any]) -> Update | None:
        try:
            return Update.de_json(raw, self._bot)
        except (TypeError, ValueError, KeyError, AttributeError):
            self.unreadable += 1
            log.exception("an update cannot be read, left out", update_id=raw.get("update_id"))
            return None

    async def _recover(self, error: TelegramError) -> None:
        if self.last_error is None:
            hint = (
                "stop the other process that polls with this token" if isinstance(error, Conflict) else None
            )
            log.warning("no updates from telegram, trying on", error=str(error), hint=hint)
        self.last_error = str(error)
        asked = seconds_of(error) if isinstance(error, RetryAfter) else 0.0
        await self._clock.sleep(max(self._pause_s, asked))
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)


def refused_token() -> Misconfigured:
    """The error of a token that Telegram does not know; the library's own text would show the token."""
    return Misconfigured(
        "telegram",
        "the bot token was refused",
        what_to_do="set TELEGRAM_BOT_TOKEN to the token from @BotFather",
    )
