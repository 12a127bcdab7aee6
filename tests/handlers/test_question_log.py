"""A line per question, and what the process has answered at its end."""

import asyncio

import pytest
from structlog.testing import capture_logs

from analysis.framework.result import note_origin
from handlers.question_log import QuestionLog
from tests.handlers.harness import ALI, ANN, Harness
from tests.support.clock import FakeClock


async def noted_in_a_task() -> None:
    note_origin("shared")


async def test_a_line_says_who_what_how_long_and_from_where(clock: FakeClock) -> None:
    questions = QuestionLog(clock)
    with capture_logs() as logs:
        with questions.asked("/t btc 4h", person=7):
            await clock.advance(250)
            await asyncio.gather(noted_in_a_task())
        with questions.asked("GET /docs", remote="127.0.0.1") as question:
            question.status = 200
        with questions.asked("/t", person=8) as question:
            question.failed = True
        await clock.advance(59_750)
        questions.log_end()
    common = {"log_level": "info"}
    assert logs == [
        {
            **common,
            **{"event": "question answered", "what": "/t btc 4h", "person": 7, "took_ms": 250},
            "origin": "shared",
        },
        {
            **common,
            **{"event": "question answered", "what": "GET /docs", "remote": "127.0.0.1", "status": 200},
            **{"took_ms": 0, "origin": None},
        },
        {**common, "event": "question failed", "what": "/t", "person": 8, "took_ms": 0, "origin": None},
        {**common, "event": "stopped", "uptime_s": 60, "answered": 2, "failed": 1},
    ]


async def test_a_question_that_is_broken_off_is_not_counted(clock: FakeClock) -> None:
    questions = QuestionLog(clock)
    with capture_logs() as logs, pytest.raises(asyncio.CancelledError), questions.asked("/t", person=7):
        raise asyncio.CancelledError
    assert (logs, questions.answered, questions.failed) == ([], 0, 0)


async def test_origins_of_one_question_do_not_reach_another(clock: FakeClock) -> None:
    questions = QuestionLog(clock)
    note_origin("computed")
    with capture_logs() as logs:
        with questions.asked("/a", person=1):
            note_origin("computed")
        with questions.asked("/b", person=1):
            note_origin("remembered")
    assert [line["origin"] for line in logs] == ["computed", "remembered"]


async def test_commands_and_faults_are_lines_with_the_person() -> None:
    harness = Harness()
    with capture_logs() as logs:
        await harness.type("/trend btc 1h")
        await harness.type("hello")
        harness.runner.error = ZeroDivisionError("a fault")
        await harness.type("/t", ALI)
    lines = [line for line in logs if line["event"].startswith("question")]
    assert [(line["event"], line["what"], line["person"]) for line in lines] == [
        ("question answered", "/t btc 1h", ANN.id),
        ("question failed", "/t", ALI.id),
    ]
