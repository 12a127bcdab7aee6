"""What `/readyz` says of each part, with the reason of the last attempt and without secrets."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest

from bot.readiness import Readiness
from bot.redaction import Redactor
from bot.telegram.receive.update_receiver import UpdateReceiver
from tests.bot.conftest import InstantClock, bot_on
from tests.bot.telegram.receive.conftest import RecordingHandler
from utils.sandbox.telegram.server import TelegramSandbox

TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz0123456"


@dataclass
class Receiver:
    is_open: bool = False
    login_error: str | None = None
    poller: Any = field(default_factory=lambda: poller(ready=False))


def poller(*, ready: bool, fault: str | None = None) -> Any:
    return SimpleNamespace(ready=SimpleNamespace(is_set=lambda: ready), last_error=fault)


def said(receiver: Receiver, **facts: str | None) -> str | None:
    storage = SimpleNamespace(problem=facts.get("database"))
    return Readiness(cast(Any, receiver), cast(Any, storage), redact=Redactor((TOKEN,))).checks()["telegram"]


@pytest.mark.parametrize(
    ("receiver", "words"),
    [
        (Receiver(), "not logged in yet"),
        (Receiver(login_error="Bad Gateway (502)"), "not logged in yet: Bad Gateway (502)"),
        (Receiver(True, None, poller(ready=False, fault="timed out")), "not logged in yet: timed out"),
        (Receiver(True, None, poller(ready=True)), None),
        (Receiver(True, None, poller(ready=True, fault="timed out")), "timed out"),
        (Receiver(True, None, None), None),
    ],
)
def test_it_names_what_the_last_attempt_said(receiver: Receiver, words: str | None) -> None:
    assert said(receiver) == words


def test_no_reason_shows_a_secret() -> None:
    shown = said(Receiver(login_error=f"no answer from http://x/bot{TOKEN}/getMe"))
    assert shown is not None
    assert TOKEN not in shown
    assert shown.startswith("not logged in yet: no answer from")
    storage = SimpleNamespace(problem="cannot open postgresql://me:hunter22@db/x")
    checks = Readiness(cast(Any, Receiver()), cast(Any, storage), redact=Redactor()).checks()
    assert "hunter22" not in str(checks["database"])


async def test_the_reason_is_that_of_the_attempts_and_goes_with_the_login(
    telegram: TelegramSandbox, session: aiohttp.ClientSession, instant_clock: InstantClock, people: Any
) -> None:
    await people.fault({"status": {"code": 502}}, count=3, method="getMe")
    receiver = UpdateReceiver(bot_on(telegram, session, instant_clock), RecordingHandler(), instant_clock)
    seen: list[str | None] = []
    readiness = Readiness(receiver, cast(Any, SimpleNamespace(problem=None)))
    sleep = instant_clock.sleep

    async def noted(seconds: float) -> None:
        seen.append(readiness.checks()["telegram"])
        await sleep(seconds)

    instant_clock.sleep = noted  # type: ignore[method-assign]
    await receiver.open()
    assert seen
    assert all(why is not None and why.startswith("not logged in yet: ") for why in seen)
    assert receiver.login_error is None
    await receiver.close()
