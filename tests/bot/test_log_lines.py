"""Log lines leave through a queue: in order, cut, bounded, and without waiting for a reader that is stuck."""

import io
import json
import logging
import os
import threading
from collections.abc import Iterator

import pytest
import structlog

from bot.log_lines import LONGEST_LINE, Descriptor, LineQueue
from bot.logs import LONGEST_VALUE, configure_logging
from bot.redaction import Redactor
from tests.support.limits import PATIENCE_S


class GatedSink:
    """Takes text when its gate is open."""

    def __init__(self) -> None:
        self.gate, self.entered, self.text = threading.Event(), threading.Event(), ""

    def write(self, text: str) -> None:
        self.entered.set()
        assert self.gate.wait(PATIENCE_S)
        self.text += text


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def test_lines_are_written_in_order() -> None:
    sink = GatedSink()
    sink.gate.set()
    lines = LineQueue(sink)
    for number in range(100):
        lines.put(f"line {number}")
    assert lines.flush(PATIENCE_S)
    assert sink.text == "".join(f"line {number}\n" for number in range(100))


def test_a_stuck_reader_costs_lines_which_are_counted_and_told() -> None:
    sink = GatedSink()
    lines = LineQueue(sink, capacity=3)
    lines.put("first")
    assert sink.entered.wait(PATIENCE_S)
    for number in range(5):
        lines.put(f"waits {number}")
    assert lines.dropped == 2
    assert not lines.flush(0.01)
    sink.gate.set()
    assert lines.flush(PATIENCE_S)
    lines.put("later")
    assert lines.flush(PATIENCE_S)
    told = sink.text.splitlines()
    assert told[:4] == ["first", "waits 0", "waits 1", "waits 2"]
    assert told[4].startswith("2 log lines were dropped")
    assert told[5:] == ["later"]


def test_no_line_is_longer_than_a_few_kilobytes() -> None:
    sink = GatedSink()
    sink.gate.set()
    lines = LineQueue(sink)
    lines.put(f"{'a' * (LONGEST_LINE + 7)}\nshort")
    assert lines.flush(PATIENCE_S)
    first, second = sink.text.splitlines()
    assert first == f"{'a' * LONGEST_LINE}… (7 more characters)"
    assert second == "short"


def test_a_full_pipe_does_not_stop_who_logs() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        configure_logging("INFO", "json", Redactor(), stream=stream)
    handler = logging.getLogger().handlers[0]
    log = structlog.get_logger("test")
    for number in range(2_000):  # more than a pipe holds, and nobody reads
        log.info("line", number=number, filler="x" * 100)
    with os.fdopen(reader) as read:
        numbers = [json.loads(read.readline())["number"] for _ in range(2_000)]
    handler.flush()
    assert numbers == list(range(2_000))


def test_a_reader_that_has_gone_raises_nothing() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        descriptor = Descriptor(stream)
    os.close(reader)
    descriptor.write("lost")


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_long_value_loses_its_middle(style: str) -> None:
    out = io.StringIO()
    configure_logging("INFO", style, Redactor(), stream=out)  # type: ignore[arg-type]
    structlog.get_logger("test").info("long", body="start" + "x" * 10_000 + "the end")
    line = out.getvalue()
    assert len(line) < LONGEST_VALUE + 500
    assert "start" in line
    assert "the end" in line


def test_a_long_traceback_keeps_its_last_line() -> None:
    out = io.StringIO()
    configure_logging("INFO", "json", Redactor(), stream=out)
    try:
        raise ValueError("x" * 10_000 + "the end")
    except ValueError:
        structlog.get_logger("test").exception("failed")
    told = json.loads(out.getvalue())
    assert told["exception"].endswith("the end")
    assert len(told["exception"]) < LONGEST_VALUE + 100
