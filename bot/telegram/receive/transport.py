"""Updates in, handlers called: the Telegram application by long polling or webhook."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog
from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ContextTypes, ExtBot, TypeHandler, Updater

from bot.bind import probe_bind
from bot.telegram.receive.polling import (
    ALLOWED_UPDATES,
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    Poller,
    refused_token,
)
from bot.telegram.receive.updates import incoming_of, inline_of, press_of
from handlers.ports import Incoming, InlineAsk, Place, Press, Undeliverable
from utils.clock import Clock
from utils.http.errors import Misconfigured

CONCURRENT_UPDATES = 256
# what is still being answered when the process stops may take this long
DRAIN_S = 1.5
CONFIRM_S = 0.5
WEBHOOK_TRIES = 5
AnyApplication = Application[Any, Any, Any, Any, Any, Any]
log = structlog.get_logger(__name__)


class Receiver(Protocol):
    """Who answers; raises nothing but `Undeliverable` in the ordinary run of things."""

    async def on_message(self, incoming: Incoming) -> None:
        """Answer a message that may be a command."""
        ...

    async def on_press(self, press: Press) -> None:
        """Answer a pressed button."""
        ...

    async def on_inline(self, ask: InlineAsk) -> None:
        """Answer an inline query."""
        ...


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram delivers: the public ``url``, the local ``host`` and ``port`` behind it, the shared secret."""

    url: str
    host: str
    port: int
    secret: str | None


class TelegramTransport:
    """Passes every update to the receiver, each in a task of its own: one that fails stops no other.

    ``heard`` is told of every message that came. ``failed`` counts updates that raised; ``poller`` is ``None``
    with a webhook.
    """

    def __init__(
        self,
        bot: ExtBot[int],
        receiver: Receiver,
        clock: Clock,
        *,
        webhook: Webhook | None = None,
        heard: Callable[[Place, int], None] = lambda place, message_id: None,
    ) -> None:
        self._bot = bot
        self._receiver = receiver
        self._clock = clock
        self._webhook = webhook
        self._heard = heard
        self._updater = Updater(bot, asyncio.Queue()) if webhook else None
        self._application = _application(bot, self._updater)
        self._application.add_handler(TypeHandler(Update, self._on_update))
        self.poller = None if webhook else Poller(bot, self._application.update_queue, clock)
        self.failed = 0
        self.is_open = False

    async def open(self) -> None:
        """Log in, waiting for Telegram as long as it takes, and start handling updates.

        Raises `Misconfigured` when the token is refused or the webhook cannot be set up.
        """
        await self._log_in()
        await self._application.start()
        if self._webhook is not None:
            await self._listen(self._webhook)
        self.is_open = True

    async def run(self) -> None:
        """Receive until cancelled. Raises `Misconfigured` when Telegram refuses the token."""
        if self.poller is None:
            await asyncio.Event().wait()
        else:
            await self.poller.run()

    async def close(self) -> None:
        """Take nothing more; let answers under way finish for a moment, and shut down."""
        self.is_open = False
        if self._updater is not None and self._updater.running:
            await self._updater.stop()
        with contextlib.suppress(TimeoutError):
            if self.poller is not None:
                await asyncio.wait_for(self.poller.confirm(), CONFIRM_S)
        with contextlib.suppress(TimeoutError):
            if self._application.running:
                await asyncio.wait_for(self._application.stop(), DRAIN_S)
        await self._application.shutdown()

    async def _log_in(self) -> None:
        pause_s, told = FIRST_PAUSE_S, False
        while True:
            try:
                await self._application.initialize()
            except InvalidToken as error:
                raise refused_token() from error
            except TelegramError as error:
                if not told:
                    log.warning("telegram is not reachable, trying on", error=str(error))
                told = True
            else:
                return
            await self._clock.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _listen(self, webhook: Webhook) -> None:
        if self._updater is None:
            raise RuntimeError("a webhook needs the updater that is made with it")
        try:
            probe_bind(webhook.host, webhook.port)
            await self._updater.start_webhook(
                listen=webhook.host,
                port=webhook.port,
                url_path=urlsplit(webhook.url).path,
                webhook_url=webhook.url,
                secret_token=webhook.secret,
                allowed_updates=ALLOWED_UPDATES,
                bootstrap_retries=WEBHOOK_TRIES,
            )
        except (OSError, TelegramError) as error:
            raise Misconfigured(
                "telegram",
                f"no webhook: {error}",
                what_to_do="check WEBHOOK_URL, WEBHOOK_BIND and WEBHOOK_SECRET",
            ) from error

    async def _on_update(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        handling = self._handling(update)
        if handling is None:
            return
        try:
            await handling
        except Undeliverable as error:
            log.info("answer not delivered", chat_id=error.chat_id, why=error.why)
        except Exception:
            self.failed += 1
            log.exception("an update was not handled", update_id=update.update_id)

    def _handling(self, update: Update) -> Awaitable[None] | None:
        if incoming := incoming_of(update):
            self._heard(incoming.place, incoming.message_id)
            return self._receiver.on_message(incoming)
        if press := press_of(update):
            return self._receiver.on_press(press)
        if ask := inline_of(update):
            return self._receiver.on_inline(ask)
        return None


def _application(bot: ExtBot[int], updater: Updater | None) -> AnyApplication:
    builder = Application.builder()
    carried = builder.bot(bot).updater(None) if updater is None else builder.updater(updater)
    return carried.concurrent_updates(CONCURRENT_UPDATES).job_queue(None).build()
