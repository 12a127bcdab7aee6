"""Long polling that is never given up: one warning when Telegram stops answering, one line when it answers again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.telegram.receive.updates import ALLOWED_UPDATES
from bot.telegram.retry_after import seconds_of
from utils.clock import Clock
from utils.http.errors import Misconfigured

# https://core.telegram.org/bots/api#getupdates
POLL_S = 25
FIRST_DELAY_S = 1.0
MAX_DELAY_S = 30.0
# between two answers that come at once and bring nothing new
IDLE_DELAY_S = 1.0
log = structlog.get_logger(__name__)


class Poller:
    """Asks Telegram for updates.

    ``take`` keeps a batch and returns how many of it are new; ``confirmable`` returns up to which id (exclusive)
    updates may be confirmed, at most the given one; ``on_conflict`` is called when another process polls.
    ``last_error`` is the error of the last attempt, ``None`` if it succeeded; ``answered_ms`` is when Telegram answered
    last (UTC ms), 0 before the first time.
    """

    def __init__(
        self,
        bot: Bot,
        take: Callable[[list[dict[str, Any]]], Awaitable[int]],
        confirmable: Callable[[int], int],
        clock: Clock,
        on_conflict: Callable[[], None] = lambda: None,
    ) -> None:
        self._bot = bot
        self._on_conflict = on_conflict
        self._take = take
        self._confirmable = confirmable
        self._clock = clock
        self._next_id = 0
        self._delay_s = FIRST_DELAY_S
        self.last_error: str | None = None
        self.answered_ms = 0
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Poll until cancelled. Raises `Misconfigured` if Telegram refuses the token."""
        webhook_removed = False
        while True:
            try:
                if not webhook_removed:
                    webhook_removed = await self._bot.delete_webhook()
                self.ready.set()
                await self._poll()
            except InvalidToken as error:
                raise refused_token() from error
            except TelegramError as error:
                await self._recover(error)

    async def confirm(self) -> None:
        """Confirm what is kept to Telegram, so that it is not delivered again after a restart."""
        if self._next_id:
            try:
                await self._fetch(0)
            except TelegramError as error:
                log.info("fetched updates not confirmed, they may come again", error=str(error))

    async def _fetch(self, wait_s: int) -> list[dict[str, Any]]:
        """Get raw updates: the library's own method loses the whole batch if one cannot be parsed."""
        offset = self._confirmable(self._next_id) if self._next_id else None
        arguments = {"offset": offset, "timeout": wait_s, "allowed_updates": ALLOWED_UPDATES}
        parameters = [RequestParameter.from_input(name, value) for name, value in arguments.items()]
        result = await self._bot.request.post(
            f"{self._bot.base_url}/getUpdates",
            RequestData(parameters),
            read_timeout=wait_s + (self._bot.request.read_timeout or 0),
        )
        if not isinstance(result, list):
            raise TelegramError("the updates are not a list")
        return result

    async def _poll(self) -> None:
        began_s = self._clock.monotonic()
        updates = [raw for raw in await self._fetch(POLL_S) if _has_id(raw)]
        if self.last_error is not None:
            log.info("telegram answers again")
        self.last_error, self._delay_s = None, FIRST_DELAY_S
        self.answered_ms = self._clock.now_ms()
        new = await asyncio.shield(
            self._take(updates)
        )  # what is kept is begun, whoever stops the polling meanwhile
        self._next_id = max([self._next_id, *(raw["update_id"] + 1 for raw in updates)])
        if not new and self._clock.monotonic() - began_s < IDLE_DELAY_S:
            await self._clock.sleep(IDLE_DELAY_S)

    async def _recover(self, error: TelegramError) -> None:
        if isinstance(error, Conflict):
            self._on_conflict()
        if self.last_error is None:
            hint = (
                "stop the other process that polls with this token" if isinstance(error, Conflict) else None
            )
            log.warning("no updates from telegram, retrying", error=str(error), hint=hint)
        self.last_error = str(error)
        retry_after_s = seconds_of(error) if isinstance(error, RetryAfter) else 0.0
        await self._clock.sleep(max(self._delay_s, retry_after_s))
        self._delay_s = min(self._delay_s * 2, MAX_DELAY_S)


def _has_id(raw: object) -> bool:
    if isinstance(raw, dict) and isinstance(raw.get("update_id"), int):
        return True
    log.error("an update without an id was left out", kind=type(raw).__name__)
    return False


def refused_token() -> Misconfigured:
    """Return the error for a token that Telegram refuses; the library's own text would show the token."""
    return Misconfigured(
        "telegram",
        "the bot token was refused",
        what_to_do="set TELEGRAM_BOT_TOKEN to the token from @BotFather",
    )
