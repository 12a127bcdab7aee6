"""Receives updates by long polling or webhook and passes each to the handlers in a task of its own."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog
from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ContextTypes, ExtBot, TypeHandler, Updater

from bot.telegram.receive.polling import FIRST_DELAY_S, MAX_DELAY_S, Poller, refused_token
from bot.telegram.receive.updates import callback_query_of, incoming_message_of, inline_query_of
from bot.telegram.receive.webhook import Webhook, start_webhook
from handlers.ports import CallbackQuery, ChatRef, IncomingMessage, InlineQuery, Undeliverable
from utils.clock import Clock

CONCURRENT_UPDATES = 256
# how long answers under way may take after the process was told to stop
DRAIN_S = 1.5
CONFIRM_S = 0.5
AnyApplication = Application[Any, Any, Any, Any, Any, Any]
log = structlog.get_logger(__name__)


class UpdateHandler(Protocol):
    """Answers updates; raises `Undeliverable` if the chat does not accept the answer."""

    async def on_message(self, message: IncomingMessage) -> None:
        """Answer a message that may be a command."""
        ...

    async def on_callback_query(self, query: CallbackQuery) -> None:
        """Answer a button press."""
        ...

    async def on_inline_query(self, query: InlineQuery) -> None:
        """Answer an inline query."""
        ...


class UpdateReceiver:
    """Passes every update to the handler; an update whose handling fails does not affect the others.

    ``on_received`` is called with the chat and id of every message before it is handled. ``failed`` counts updates
    whose handling raised; ``poller`` is ``None`` with a webhook.
    """

    def __init__(
        self,
        bot: ExtBot[int],
        handler: UpdateHandler,
        clock: Clock,
        *,
        webhook: Webhook | None = None,
        on_received: Callable[[ChatRef, int], None] = lambda chat, message_id: None,
    ) -> None:
        self._bot = bot
        self._handler = handler
        self._clock = clock
        self._webhook = webhook
        self._on_received = on_received
        self._updater = Updater(bot, asyncio.Queue()) if webhook else None
        self._application = _application(bot, self._updater)
        self._application.add_handler(TypeHandler(Update, self._on_update))
        self.poller = None if webhook else Poller(bot, self._application.update_queue, clock)
        self.failed = 0
        self.is_open = False

    async def open(self) -> None:
        """Log in, waiting for Telegram as long as it takes, and start handling updates.

        Raises `Misconfigured` if the token is refused or the webhook cannot be set up.
        """
        await self._log_in()
        await self._application.start()
        if self._webhook is not None and self._updater is not None:
            await start_webhook(self._updater, self._webhook)
        self.is_open = True

    async def run(self) -> None:
        """Receive until cancelled. Raises `Misconfigured` if Telegram refuses the token."""
        if self.poller is None:
            await asyncio.Event().wait()
        else:
            await self.poller.run()

    async def close(self) -> None:
        """Receive no more updates, give the answers under way a moment to finish, and shut down."""
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
        delay_s, warned = FIRST_DELAY_S, False
        while True:
            try:
                await self._application.initialize()
            except InvalidToken as error:
                raise refused_token() from error
            except TelegramError as error:
                if not warned:
                    log.warning("telegram is not reachable, retrying", error=str(error))
                warned = True
            else:
                return
            await self._clock.sleep(delay_s)
            delay_s = min(delay_s * 2, MAX_DELAY_S)

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
            log.exception("update was not handled", update_id=update.update_id)

    def _handling(self, update: Update) -> Awaitable[None] | None:
        if message := incoming_message_of(update):
            self._on_received(message.chat, message.message_id)
            return self._handler.on_message(message)
        if callback_query := callback_query_of(update):
            return self._handler.on_callback_query(callback_query)
        if inline_query := inline_query_of(update):
            return self._handler.on_inline_query(inline_query)
        return None


def _application(bot: ExtBot[int], updater: Updater | None) -> AnyApplication:
    builder = Application.builder()
    with_bot = builder.bot(bot).updater(None) if updater is None else builder.updater(updater)
    return with_bot.concurrent_updates(CONCURRENT_UPDATES).job_queue(None).build()
