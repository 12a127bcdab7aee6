"""Statuses and codes of the exchange, each to the error that says what to do."""

import json

import pytest

from utils.binance_api.http.errors import (
    BAN_MS,
    FIREWALL_MS,
    LONGEST_BAN_MS,
    ClockSkewed,
    error_reply,
    proves_host,
)
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError, Unavailable
from utils.http.transport import Reply

NOW = 28_333_333 * 60_000 + 12_000
BANNED = f"Way too much request weight used; IP banned until {NOW + 400_000}. Please use WebSocket."


def reply(status: int, code: int | None = None, msg: str = "", **headers: str) -> Reply:
    body = b"" if code is None else json.dumps({"code": code, "msg": msg}).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def retry_after(answer: Reply) -> SourceError:
    refused = error_reply(answer, "binance.spot.klines", NOW)
    assert refused is not None
    assert refused.error.source == "binance.spot.klines"
    return refused.error


@pytest.mark.parametrize(
    ("status", "code", "works"),
    [(200, None, True), (400, -1121, True), (503, -1016, True), (503, -1008, False), (502, None, False)],
)
def test_a_service_that_is_not_offered_says_nothing_against_the_host(
    status: int, code: int | None, works: bool
) -> None:
    assert proves_host(reply(status, code)) is works


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, -1000, Retryable),
        (400, -1001, Retryable),
        (400, -1006, Retryable),
        (400, -1007, Retryable),
        (503, -1008, Retryable),
        (408, None, Retryable),
        (500, None, Retryable),
        (502, None, Retryable),
        (503, None, Retryable),
        (599, None, Retryable),
        (200, None, Retryable),
        (400, -1016, Unavailable),
        (400, -1020, Unavailable),
        (451, 0, Unavailable),
        (451, None, Unavailable),
        (400, -5009, Unavailable),
        (400, -1021, ClockSkewed),
        (400, -1022, Misconfigured),
        (400, -1099, Misconfigured),
        (400, -4109, Misconfigured),
        (401, None, Misconfigured),
        (401, -2014, Misconfigured),
        (400, -2015, Misconfigured),
        (202, None, Misconfigured),
        (302, None, Unavailable),
        (308, None, Unavailable),
        (404, None, Misconfigured),
        (410, None, Misconfigured),
        (400, None, Rejected),
        (200, -1121, Rejected),
        (400, -9999, Rejected),
    ],
)
def test_status_and_code_choose_the_error(status: int, code: int | None, kind: type[SourceError]) -> None:
    answer = reply(status, code, "words of the exchange")
    assert type(retry_after(answer)) is kind
    refused = error_reply(answer, "binance.spot.klines", NOW)
    assert refused is not None
    assert refused.blocked_until_ms is None


@pytest.mark.parametrize(
    ("code", "msg", "parameter"),
    [
        (-1121, "Invalid symbol.", "symbol"),
        (-1120, "Invalid interval.", "interval"),
        (-1023, "Start time is greater than end time.", "startTime"),
        (-4021, "Invalid depth limit.", "limit"),
        (-4104, "Invalid contract type.", "contractType"),
        (-1100, "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z]'.", "symbol"),
        (-1102, "Mandatory parameter 'interval' was not sent, was empty/null, or malformed.", "interval"),
        (-1130, "Data sent for parameter 'limit' is not valid.", "limit"),
        (-1101, "Too many parameters sent.", None),
    ],
)
def test_a_rejection_names_the_parameter(code: int, msg: str, parameter: str | None) -> None:
    error = retry_after(reply(400, code, msg))
    assert isinstance(error, Rejected)
    assert (error.parameter, error.code, error.detail) == (parameter, code, msg)


@pytest.mark.parametrize(
    ("answer", "kind", "closed_for_ms"),
    [
        (reply(429, -1003, "Too many requests.", Retry_After="17"), Retryable, 17_000),
        (reply(429, -1003, "Too many requests."), Retryable, 48_000),
        (reply(429), Retryable, 48_000),
        (reply(429, None, Retry_After="soon"), Retryable, 48_000),
        (reply(200, -1003, "Too many requests."), Retryable, 48_000),
        (reply(418, -1003, BANNED), Unavailable, 400_000),
        (reply(418, -1003, BANNED, Retry_After="500"), Unavailable, 500_000),
        (reply(429, -1003, BANNED), Unavailable, 400_000),
        (reply(418), Unavailable, BAN_MS),
        (reply(418, None, Retry_After="99999999"), Unavailable, LONGEST_BAN_MS),
        (reply(403), Unavailable, FIREWALL_MS),
    ],
)
def test_limits_close_the_host_until_the_moment_told(
    answer: Reply, kind: type[SourceError], closed_for_ms: int
) -> None:
    refused = error_reply(answer, "binance.spot.klines", NOW)
    assert refused is not None
    assert type(refused.error) is kind
    assert refused.blocked_until_ms == NOW + closed_for_ms
    if isinstance(refused.error, Retryable):
        assert refused.error.retry_after_s == closed_for_ms / 1000
    if isinstance(refused.error, Unavailable):
        assert refused.error.until_ms == NOW + closed_for_ms


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"code":200,"msg":"done"}', b'[{"code":-1121}]', b'"code"'])
def test_data_is_no_refusal(body: bytes) -> None:
    assert error_reply(Reply(200, {}, body), "s", NOW) is None


def test_a_long_message_is_cut() -> None:
    assert len(retry_after(reply(400, -1100, "x" * 3000)).detail) == 200
