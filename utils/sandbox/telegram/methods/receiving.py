"""How updates reach the bot: long polling and the webhook's settings."""

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from utils.sandbox.telegram.errors import BotApiError, bad_request
from utils.sandbox.telegram.methods.registry import Answer, Call, method
from utils.sandbox.telegram.updates import MAX_BATCH, Webhook

# https://core.telegram.org/bots/api#setwebhook
WEBHOOK_PORTS = frozenset({80, 88, 443, 8443})
_IPV4 = 4
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@method("getUpdates")
async def get_updates(call: Call) -> list[dict[str, Any]]:
    """Confirm and fetch updates, waiting up to `timeout` seconds for one."""
    queue, params = call.world.queue, call.params
    if queue.webhook is None:
        queue.allow(_allowed(call))
    return await queue.poll(
        params.integer("offset"), params.integer("limit", MAX_BATCH), float(params.integer("timeout"))
    )


@method("setWebhook")
async def set_webhook(call: Call) -> Answer:
    """Push updates to `url`; an empty one removes the webhook. Plain http is taken on loopback only."""
    queue, url = call.world.queue, call.params.text("url")
    if not url:
        return _remove_webhook(call)
    _check_url(url, local=call.world.local)
    secret = call.params.text("secret_token")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if call.params.flag("drop_pending_updates"):
        queue.drop_all()
    queue.allow(_allowed(call))
    same = queue.webhook is not None and queue.webhook.url == url and queue.webhook.secret_token == secret
    queue.webhook = Webhook(url, secret, call.params.integer("max_connections", 40))
    queue.end_poll()
    queue.arrived.set()
    return Answer(True, "Webhook is already set" if same else "Webhook was set")


@method("deleteWebhook")
async def delete_webhook(call: Call) -> Answer:
    """Go back to polling."""
    return _remove_webhook(call)


def _remove_webhook(call: Call) -> Answer:
    queue = call.world.queue
    if call.params.flag("drop_pending_updates"):
        queue.drop_all()
    was_set, queue.webhook = queue.webhook is not None, None
    queue.arrived.set()
    return Answer(True, "Webhook was deleted" if was_set else "Webhook is already deleted")


@method("getWebhookInfo")
async def get_webhook_info(call: Call) -> dict[str, Any]:
    """The webhook's settings and its last failure."""
    queue = call.world.queue
    info: dict[str, Any] = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(queue.pending),
    }
    if queue.webhook is not None:
        info |= {"url": queue.webhook.url, "max_connections": queue.webhook.max_connections}
        if queue.webhook.last_error_date is not None:
            info["last_error_date"] = queue.webhook.last_error_date
            info["last_error_message"] = queue.webhook.last_error_message
    return info if queue.allowed is None else info | {"allowed_updates": queue.allowed}


def _allowed(call: Call) -> list[str] | None:
    value = call.params.json("allowed_updates")
    if value is None:
        return None
    if not isinstance(value, list):
        raise bad_request("can't parse allowed updates: expected an Array of String")
    return [str(kind) for kind in value]


def _check_url(url: str, *, local: bool) -> None:
    """Check the address as the public server does, or as one started with ``--local``, which takes any."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise _bad_webhook("can't parse URL: Wrong port number specified") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _bad_webhook("invalid webhook URL specified")
    if local:
        return
    if parts.scheme != "https":
        raise _bad_webhook("An HTTPS URL must be provided for webhook")
    if port not in WEBHOOK_PORTS:
        raise _bad_webhook("Webhook can be set up only on ports 80, 88, 443 or 8443")
    _check_host(parts.hostname)


def _check_host(host: str) -> None:
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        return  # a name; the sandbox asks no name server
    if address.version != _IPV4:
        raise _bad_webhook("IPv6-only addresses are not allowed")
    if not address.is_global:
        raise _bad_webhook(f"IP address {address} is reserved")


def _bad_webhook(reason: str) -> BotApiError:
    return bad_request(f"bad webhook: {reason}")
