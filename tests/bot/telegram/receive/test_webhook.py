"""The webhook by itself: what it takes, how it is registered, and the secret that it needs."""

import contextlib
import io
import socket
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.check import finding_of, telegram_finding
from bot.redaction import Redactor
from bot.telegram.receive.webhook import (
    LARGEST_UPDATE,
    SECRET_HEADER,
    SETUP_ATTEMPTS,
    Webhook,
    WebhookServer,
    webhook_of,
)
from config.settings import Settings
from tests.bot.conftest import InstantClock, People, bot_on
from utils.http.errors import Misconfigured
from utils.sandbox.telegram.server import TelegramSandbox


@pytest.fixture
def hook() -> Webhook:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Webhook(f"http://127.0.0.1:{port}", "127.0.0.1", port, "s3cret")


async def test_a_webhook_takes_updates_alone_and_tells_what_it_took(
    telegram: TelegramSandbox, session: aiohttp.ClientSession, instant_clock: InstantClock, hook: Webhook
) -> None:
    taken: list[dict[str, Any]] = []

    async def take(updates: list[dict[str, Any]]) -> int:
        taken.extend(updates)
        return len(updates)

    server = WebhookServer(bot_on(telegram, session, instant_clock), hook, take, instant_clock)
    await server.open()
    try:
        for body, status in (
            (b'{"update_id": 7}', 200),
            (b'{"update_id": "7"}', 400),
            (b"[7]", 400),
            (b"\xff", 400),
            (b'{"update_id": 8' + b" " * (LARGEST_UPDATE - 16) + b"}", 200),
            (b'{"update_id": 9' + b" " * (LARGEST_UPDATE - 15) + b"}", 413),
        ):
            async with session.post(
                hook.url, data=io.BytesIO(body), headers={SECRET_HEADER: "s3cret"}
            ) as answer:
                assert answer.status == status, body[:20]
        async with session.post(f"{hook.url}/other", data=b"{}", headers={SECRET_HEADER: "s3cret"}) as other:
            assert other.status == 404
    finally:
        await server.close()
    assert taken == [{"update_id": 7}, {"update_id": 8}]
    with pytest.raises(aiohttp.ClientConnectionError):
        await session.post(hook.url, data=b"{}")


@pytest.mark.parametrize("failures", [SETUP_ATTEMPTS - 1, SETUP_ATTEMPTS])
async def test_a_webhook_is_registered_at_one_of_a_few_attempts(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    people: People,
    hook: Webhook,
    failures: int,
) -> None:
    async def take(updates: list[dict[str, Any]]) -> int:
        return len(updates)

    await people.fault({"status": {"code": 500}}, count=failures, method="setWebhook")
    api = bot_on(telegram, session, instant_clock)
    server = WebhookServer(api, hook, take, instant_clock)
    refused = pytest.raises(Misconfigured, match="no webhook")
    with refused if failures == SETUP_ATTEMPTS else contextlib.nullcontext():
        await server.open()
    await server.close()
    assert (await api.get_webhook_info()).url == ("" if failures == SETUP_ATTEMPTS else hook.url)


def test_a_webhook_without_a_secret_is_refused() -> None:
    assert webhook_of(Settings(webhook_url=None)) is None
    with pytest.raises(Misconfigured) as caught:
        webhook_of(Settings(webhook_url="https://example.org/hook"))
    assert "WEBHOOK_SECRET" in caught.value.what_to_do
    assert Redactor()(str(caught.value)) == str(caught.value)
    made = webhook_of(Settings(webhook_url="https://example.org/hook", webhook_secret=SecretStr("s3cret")))
    assert made == Webhook("https://example.org/hook", "127.0.0.1", 8443, "s3cret")


async def test_the_check_names_a_missing_secret(
    session: aiohttp.ClientSession, instant_clock: InstantClock
) -> None:
    asked = Settings(telegram_bot_token=SecretStr("1:abc"), webhook_url="https://example.org/hook")
    found = await finding_of("telegram", telegram_finding(asked, session, instant_clock))
    assert found.state == "fail"
    assert "WEBHOOK_SECRET" in found.advice
