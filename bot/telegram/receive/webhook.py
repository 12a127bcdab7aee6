"""Updates by webhook: Telegram delivers them to an address that this process listens on."""

import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from telegram import Bot
from telegram.error import TelegramError

from bot.bind import check_bind
from bot.telegram.receive.updates import ALLOWED_UPDATES
from config.settings import Settings, split_bind
from utils.clock import Clock
from utils.http.errors import Misconfigured

SETUP_ATTEMPTS: Final = 5
SETUP_DELAY_S: Final = 1.0
LARGEST_UPDATE: Final = 1 << 20  # bytes
# https://core.telegram.org/bots/api#setwebhook
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
Take = Callable[[list[dict[str, Any]]], Awaitable[int]]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Webhook:
    """The public ``url`` that Telegram calls, the local ``host`` and ``port`` behind it, and the shared secret."""

    url: str
    host: str
    port: int
    secret: str


def webhook_of(settings: Settings) -> Webhook | None:
    """Return the webhook of the settings, ``None`` where the bot polls; `Misconfigured` for one without a secret."""
    if settings.webhook_url is None:
        return None
    if settings.webhook_secret is None:
        raise Misconfigured(
            "telegram",
            "a webhook without a secret is refused: anybody could speak as an owner",
            what_to_do="set WEBHOOK_SECRET to letters and digits of your own, or unset WEBHOOK_URL",
        )
    bind = split_bind(settings.webhook_bind)
    return Webhook(settings.webhook_url, *bind, settings.webhook_secret.get_secret_value())


class WebhookServer:
    """Hands over every delivered update before it answers Telegram, which otherwise delivers it again."""

    def __init__(self, bot: Bot, webhook: Webhook, take: Take, clock: Clock) -> None:
        self._bot = bot
        self._webhook = webhook
        self._take = take
        self._clock = clock
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Listen and register the webhook with Telegram; `Misconfigured` if either fails."""
        webhook = self._webhook
        app = web.Application(client_max_size=LARGEST_UPDATE)
        app.router.add_post(urlsplit(webhook.url).path or "/", self._deliver)
        self._runner = web.AppRunner(app, access_log=None)
        try:
            check_bind(webhook.host, webhook.port)
            await self._runner.setup()
            await web.TCPSite(self._runner, webhook.host, webhook.port).start()
            await self._register()
        except (OSError, TelegramError) as error:
            raise Misconfigured(
                "telegram",
                f"no webhook: {error}",
                what_to_do="check WEBHOOK_URL, WEBHOOK_BIND and WEBHOOK_SECRET",
            ) from error

    async def close(self) -> None:
        """Listen no more; the webhook stays registered, and Telegram keeps what arrives until the next start."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _register(self) -> None:
        for attempt in range(1, SETUP_ATTEMPTS + 1):
            try:
                await self._bot.set_webhook(
                    self._webhook.url, secret_token=self._webhook.secret, allowed_updates=ALLOWED_UPDATES
                )
            except TelegramError:
                if attempt == SETUP_ATTEMPTS:
                    raise
                await self._clock.sleep(SETUP_DELAY_S)
            else:
                return

    async def _deliver(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(given, self._webhook.secret.encode()):
            return web.Response(status=403)
        try:
            raw = json.loads(await request.read())  # whatever encoding the headers name
            if not isinstance(raw.get("update_id"), int):
                raise TypeError("no update id")
        except (ValueError, TypeError, AttributeError, RecursionError):
            log.warning("a delivery to the webhook is no update")
            return web.Response(status=400)
        await self._take([raw])
        return web.Response()
