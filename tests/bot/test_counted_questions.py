"""What people ask is counted by command and outcome, whichever way it is asked, and by nothing that names them."""

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from bot.metrics.registry import COMMAND_OUTCOMES, Metrics
from handlers.ports import InlineQuery
from handlers.question_log import QuestionLog
from tests.handlers.harness import ANN, NOW_MS, Harness
from tests.support.clock import FakeClock
from utils.binance_api.streams.connection import ConnectionLost
from utils.http.errors import (
    FAULTS,
    Misconfigured,
    Rejected,
    Retryable,
    SourceError,
    Unavailable,
    fault_of,
)

FAULTY: tuple[SourceError, ...] = (
    Retryable("binance.spot.klines", "timed out"),
    Unavailable("binance.spot.klines", "banned"),
    Rejected("binance.spot.klines", "no such symbol"),
    Misconfigured("binance.spot.klines", "no key", what_to_do="set one"),
)


@pytest.fixture(autouse=True)
def _no_lines() -> Iterator[None]:
    """Errors are meant here: their tracebacks need not be drawn."""
    with capture_logs():
        yield


def counted(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    text = metrics.exposition("")[0].decode()
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def measured(commands_per_minute: int = 60) -> tuple[Harness, Metrics]:
    clock, metrics = FakeClock(NOW_MS), Metrics()
    harness = Harness(
        clock=clock,
        questions=QuestionLog(clock, metrics.note_question),
        commands_per_minute=commands_per_minute,
    )
    metrics.expect_commands(spec.name for spec in harness.registry.specs)
    return harness, metrics


async def test_commands_count_by_how_they_were_answered() -> None:
    harness, metrics = measured()
    await harness.type("/trend btc")
    await harness.type("/help")
    for error in (*FAULTY, ZeroDivisionError("secret")):
        harness.runner.error = error
        await harness.type("/t eth")
    found = counted(metrics, "bot_commands_total")
    assert {key: value for key, value in found.items() if value} == {
        ("t", "ok"): 1,
        ("help", "ok"): 1,
        **{("t", fault): 1 for fault in FAULTS},
        ("t", "failed"): 1,
    }
    assert {command for command, _ in found} == {spec.name for spec in harness.registry.specs}
    assert {outcome for _, outcome in found} == set(COMMAND_OUTCOMES)


async def test_a_failure_counts_for_a_button_and_an_inline_query_too() -> None:
    harness, metrics = measured()
    await harness.type("/t btc")
    before = counted(metrics, "bot_question_seconds_count")
    harness.runner.error = ZeroDivisionError("secret")
    await harness.press(harness.buttons["1h"], ANN)
    await harness.dispatcher.on_inline_query(InlineQuery(ANN, "q", "btc 1h"))
    asked = counted(metrics, "bot_question_seconds_count")
    failed = counted(metrics, "bot_questions_failed_total")
    assert {kind: asked[kind,] - before[kind,] for kind in ("button", "inline")} == {"button": 1, "inline": 1}
    assert (failed["button",], failed["inline",], failed["command",]) == (1, 1, 0)
    assert harness.dispatcher.failures == 2


async def test_what_is_over_the_quota_is_counted_and_is_no_answer() -> None:
    harness, metrics = measured(commands_per_minute=1)
    for _ in range(3):
        await harness.type("/t btc")
    assert harness.dispatcher.over_quota == 2
    assert counted(metrics, "bot_commands_total")["t", "ok"] == 1


def test_a_fault_of_a_class_of_its_own_counts_as_the_kind_that_it_is_of() -> None:
    assert [fault_of(error) for error in FAULTY] == list(FAULTS)
    assert fault_of(ConnectionLost("binance.spot", "closed")) == "retryable"
