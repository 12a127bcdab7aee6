"""A failing source is logged once, and once when it is back."""

from structlog.testing import capture_logs

from utils.http.errors import Misconfigured, Rejected, Retryable, Unavailable
from utils.http.transitions import Transitions


def test_only_changes_are_logged() -> None:
    seen = Transitions()
    with capture_logs() as logs:
        for _ in range(50):
            seen.failed(Retryable("binance.spot.klines", "no answer"))
        seen.failed(Unavailable("binance.spot.klines", "banned"))
        assert seen.failing == ("binance.spot.klines",)
        for _ in range(50):
            seen.answered("binance.spot.klines")
    assert [(log["event"], log.get("fault")) for log in logs] == [
        ("source stopped answering", "Retryable"),
        ("source stopped answering", "Unavailable"),
        ("source answers again", None),
    ]
    assert not seen.failing


def test_a_refused_request_is_not_a_failure_of_the_source() -> None:
    seen = Transitions()
    with capture_logs() as logs:
        seen.failed(Rejected("binance.spot.klines", "invalid symbol"))
    assert (logs, seen.failing) == ([], ())


def test_what_a_person_must_do_is_told() -> None:
    seen = Transitions()
    with capture_logs() as logs:
        seen.failed(Misconfigured("binance.account", "the key is not known", what_to_do="make a new key"))
        seen.failed(Retryable("binance.spot.klines", "no answer"))
    assert [log.get("what_to_do") for log in logs] == ["make a new key", None]
    assert "what_to_do" not in logs[1]
