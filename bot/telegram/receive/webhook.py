"""Updates by webhook: Telegram delivers them to an address that this process listens on."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from telegram.error import TelegramError
from telegram.ext import Updater

from bot.bind import check_bind
from bot.telegram.receive.polling import ALLOWED_UPDATES
from utils.http.errors import Misconfigured

SETUP_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Webhook:
    """The public ``url`` that Telegram calls, the local ``host`` and ``port`` behind it, and the shared secret."""

    url: str
    host: str
    port: int
    secret: str | None


async def start_webhook(updater: Updater, webhook: Webhook) -> None:
    """Listen and register the webhook with Telegram; `Misconfigured` if either fails."""
    try:
        check_bind(webhook.host, webhook.port)
        await updater.start_webhook(
            listen=webhook.host,
            port=webhook.port,
            url_path=urlsplit(webhook.url).path,
            webhook_url=webhook.url,
            secret_token=webhook.secret,
            allowed_updates=ALLOWED_UPDATES,
            bootstrap_retries=SETUP_ATTEMPTS,
        )
    except (OSError, TelegramError) as error:
        raise Misconfigured(
            "telegram",
            f"no webhook: {error}",
            what_to_do="check WEBHOOK_URL, WEBHOOK_BIND and WEBHOOK_SECRET",
        ) from error
