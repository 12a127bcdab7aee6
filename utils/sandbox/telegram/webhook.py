"""Pushes updates to the bot's webhook, in order, each again until it is taken."""

import asyncio
import json
from typing import Any, Protocol

from aiohttp import ClientError, ClientSession, ClientTimeout

from utils.sandbox.telegram.bot_api import BotApi
from utils.sandbox.telegram.errors import BotApiError
from utils.sandbox.telegram.params import Params
from utils.sandbox.telegram.updates import Webhook
from utils.sandbox.telegram.world import World

# https://core.telegram.org/bots/api#setwebhook
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
_TIMEOUT = ClientTimeout(total=60)


class HasWorld(Protocol):
    """Whoever owns the world; a reset may replace it."""

    world: World


class WebhookPusher:
    """Delivers to the webhook while one is set. `retry_s` is the pause after a refused delivery."""

    def __init__(self, server: HasWorld, api: BotApi, retry_s: float = 1.0) -> None:
        self._server = server
        self._api = api
        self._retry_s = retry_s

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with ClientSession(timeout=_TIMEOUT) as session:
            while True:
                queue = self._server.world.queue
                await queue.arrived.wait()
                queue.arrived.clear()
                while queue.webhook is not None and queue.pending:
                    if not await self._deliver(session, queue.webhook, queue.pending[0]):
                        await asyncio.sleep(self._retry_s)

    async def _deliver(self, session: ClientSession, webhook: Webhook, update: dict[str, Any]) -> bool:
        headers = {SECRET_HEADER: webhook.secret_token} if webhook.secret_token else {}
        try:
            async with session.post(webhook.url, json=update, headers=headers) as response:
                text = await response.text()
                failure = (
                    ""
                    if response.ok
                    else f"Wrong response from the webhook: {response.status} {response.reason}"
                )
        except (ClientError, TimeoutError) as error:
            text, failure = "", f"Connection failed: {type(error).__name__}"
        queue = self._server.world.queue
        if failure:
            webhook.last_error_date, webhook.last_error_message = self._server.world.now_s, failure
            return False
        if queue.pending[:1] == (update,):
            queue.confirm_first()
        await self._obey(text)
        return True

    async def _obey(self, text: str) -> None:
        """Run the method that a webhook may answer with; Telegram reports nothing back about it."""
        try:
            wanted = json.loads(text) if text.strip() else None
        except json.JSONDecodeError:
            return
        if isinstance(wanted, dict) and isinstance(wanted.get("method"), str):
            try:
                await self._api.call(wanted["method"], Params(wanted))
            except BotApiError as refusal:
                failed = {"method": wanted["method"], "error": refusal.description}
                self._server.world.events.publish("webhook_reply_refused", failed)
