"""Third-party clients meet the sandbox: the small form of ``scripts/strangers``, and how a disagreement is told."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from scripts.stranger.__main__ import INSTALLED, STRANGERS, main
from scripts.stranger.clients.notes import Notes
from scripts.stranger.meeting import Meeting, Stranger, met, servers

SEED = 20_261_129


@pytest.mark.slow
@pytest.mark.parametrize("stranger", INSTALLED, ids=lambda one: one.name)
async def test_the_installed_clients_agree(stranger: Stranger) -> None:
    command = stranger.command(None)
    assert command is not None
    async with servers(SEED) as addresses:
        meeting = await met(stranger, command, addresses)
    assert meeting.agrees, meeting.line()
    assert len(meeting.held) >= 15


@pytest.mark.slow
async def test_a_client_notices_an_exchange_that_is_wrong() -> None:
    stranger = next(one for one in INSTALLED if one.name == "python_binance")
    command = stranger.command(None)
    assert command is not None
    async with servers(SEED) as addresses, aiohttp.ClientSession() as session:
        order = {"match": {"path": "/api/v3/avgPrice"}, "fault": {"status": {"code": 500}}}
        async with session.post(addresses["spot"] + "/_sandbox/faults", json=order) as reply:
            assert reply.status == 200
        meeting = await met(stranger, command, addresses)
    assert not meeting.agrees
    assert [what for what, _ in meeting.failed] == ["get_avg_price"]
    assert "did not: get_avg_price: " in meeting.line()


@pytest.mark.parametrize(
    ("program", "crash"),
    [
        ("print('no report')", "it said nothing"),
        ("print('{}')", "it said nothing"),
        ("raise ValueError('odd')", "ValueError: odd"),
    ],
)
async def test_a_client_without_a_report_disagrees(program: str, crash: str) -> None:
    meeting = await met(Stranger("odd", "exchange"), [sys.executable, "-c", program], {})
    assert not meeting.agrees
    assert meeting.line().startswith("odd: ended without a report")
    assert crash in meeting.line()


@pytest.mark.parametrize(
    ("facts", "line", "agrees"),
    [
        ({"held": ["a", "b"]}, "x 1: 2 calls, 2 held", True),
        ({"held": ["a"], "failed": [("b", "no")]}, "x 1: 2 calls, 1 held; did not: b: no", False),
        ({}, "x 1: 0 calls, 0 held", False),
    ],
)
def test_the_line_says_what_held(facts: Mapping[str, Any], line: str, agrees: bool) -> None:
    meeting = Meeting("x", {"x": "1"}, **facts)
    assert (meeting.line(), meeting.agrees) == (line, agrees)


async def test_notes_keep_errors_and_wrong_answers_apart() -> None:
    notes = Notes()

    async def answer(value: int) -> int:
        if value < 0:
            raise ValueError("below\nzero")
        return value

    assert await notes.ask("good", answer(1), lambda value: value == 1) == 1
    assert await notes.ask("wrong", answer(2), lambda value: value == 1) is None
    assert await notes.ask("odd", answer(-1)) is None
    assert notes.held == ["good"]
    assert notes.failed == [("wrong", "answered 2"), ("odd", "ValueError: below zero")]


def test_a_client_whose_environment_is_not_there_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--environments", str(tmp_path), "grammy"]) == 0
    assert capsys.readouterr().out == "grammy: not run, node is not here\n"


def test_a_name_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["telethon"])
    assert "no such client: telethon; known: ccxt_both, python_binance" in capsys.readouterr().err


def test_every_client_has_its_program() -> None:
    clients = Path(__file__).parents[2] / "scripts" / "stranger" / "clients"
    for stranger in STRANGERS:
        suffix = "mjs" if stranger.environment == "node" else "py"
        assert (clients / f"{stranger.name}.{suffix}").exists()
