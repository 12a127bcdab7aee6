"""Every fault the sandbox can order, in turn: a degraded answer or a clear error, and the next command works."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

Fault = dict[str, dict[str, Any]]

PASSING: dict[str, Fault] = {
    "late": {"latency": {"ms": 1500, "jitter": 100}},
    "500": {"status": {"code": 500, "body": "oops"}},
    "503": {"status": {"code": 503, "body": "Service Unavailable."}},
    "429 with retry-after": {
        "status": {
            "code": 429,
            "body": '{"code":-1003,"msg":"Too many requests"}',
            "headers": {"Retry-After": "1"},
        }
    },
    "cut body": {"truncate": {"bytes": 40}},
    "no json": {"not_json": {}},
    "closed": {"close": {}},
    "unknown field": {"unknown_field": {}},
    "clock skew": {"clock_skew": {"ms": 5000}},
    "maintenance": {"maintenance": {}},
    "stale snapshot": {"stale_snapshot": {}},
}
INTERVALS = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d")

CLOSING: dict[str, Fault] = {
    "403": {"status": {"code": 403, "body": "<html>request blocked</html>"}},
    "418": {"ban": {}},
    "429 without retry-after": {"status": {"code": 429, "body": '{"code":-1003,"msg":"Too many requests"}'}},
    "451": {
        "status": {"code": 451, "body": '{"code":0,"msg":"Service unavailable from a restricted location"}'}
    },
    "half open": {"half_open": {}},
}

TELEGRAM: dict[str, Fault] = {
    "retry after": {"retry_after": {"s": 1}},
    "502": {"status": {"code": 502}},
    "parse error": {"parse_error": {}},
    "lost before": {"timeout_before": {"s": 2}},
    "lost after": {"timeout_after": {"s": 2}},
}


@pytest.mark.parametrize("name", PASSING)
async def test_a_passing_fault_of_the_exchange_is_survived(app: AppUnderTest, name: str) -> None:
    interval = INTERVALS[list(PASSING).index(name)]
    person = await app.person()
    chat = await app.chat([person])
    await app.fault(app.exchange_url, {}, PASSING[name], count=3)
    assert (await app.ask(chat, person, f"/t xrp {interval}")).text
    await app.call("DELETE", app.exchange_url, "/faults")
    after = await app.ask(chat, person, f"/t ltc {interval}")
    assert "LTCUSDT" in after.text
    assert after.has_photo
    assert app.alive


@pytest.mark.parametrize("name", CLOSING)
async def test_a_closed_exchange_is_said_and_what_is_known_still_answers(name: str, tmp_path: Path) -> None:
    async with AppUnderTest(tmp_path) as app:
        person = await app.person()
        chat = await app.chat([person])
        known = await app.card(chat, person, "/t btc 4h")
        assert known.has_photo
        await app.fault(app.exchange_url, {}, CLOSING[name])
        said = await app.ask(chat, person, "/t xrp 2h")
        assert said.text
        assert "Traceback" not in said.text
        again = await app.ask(chat, person, "/help t rsi_14")
        assert "RSI" in again.text
        assert app.alive
    assert app.returncode == 0
    assert "Traceback" not in app.output


@pytest.mark.parametrize("name", TELEGRAM)
async def test_a_fault_of_telegram_loses_no_answer(app: AppUnderTest, name: str) -> None:
    person = await app.person()
    chat = await app.chat([person])
    match = {"chat": str(chat), "method": "send*"}
    await app.fault(app.chat_url, match, TELEGRAM[name], count=1)
    said = await app.ask(chat, person, "/t btc 4h")
    assert "BTCUSDT" in said.text
    after = await app.ask(chat, person, "/help")
    assert "/t" in after.text
    assert app.alive


async def test_a_poll_that_fails_is_taken_up_again(app: AppUnderTest) -> None:
    await app.fault(app.chat_url, {"kind": "poll"}, {"status": {"code": 502}}, count=2)
    person = await app.person()
    chat = await app.chat([person])
    assert "/t" in (await app.ask(chat, person, "/help")).text
