"""The call log keeps what was asked and hides what is secret."""

from tests.support.clock import FakeClock
from utils.sandbox.control import CallLog


def test_secrets_are_hidden() -> None:
    log = CallLog(FakeClock(5))
    call = log.record(
        "GET", "/bot123:abcDEF/sendMessage", {"signature": "f00", "symbol": "BTCUSDT", "listenKey": "k"}
    )
    assert call.query == {"signature": "***", "symbol": "BTCUSDT", "listenKey": "***"}
    assert call.path == "/bot***/sendMessage"
    assert "abcDEF" not in str(log.describe())


def test_after_and_counts() -> None:
    log = CallLog(FakeClock(5))
    for symbol in ("A", "B", "A"):
        log.record("GET", "/x", weight=2, symbol=symbol)
    assert [call.n for call in log.after(1)] == [2, 3]
    assert log.describe()["counts"] == [
        {"path": "/x", "symbol": "A", "count": 2},
        {"path": "/x", "symbol": "B", "count": 1},
    ]


def test_only_the_last_calls_are_kept_but_all_are_counted() -> None:
    log = CallLog(FakeClock(5), kept=2)
    for _ in range(5):
        log.record("GET", "/x")
    assert [call.n for call in log.after()] == [4, 5]
    assert log.counts[("/x", "")] == 5
