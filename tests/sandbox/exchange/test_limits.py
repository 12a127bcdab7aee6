"""Limits: calendar minutes, 429, then bans that grow."""

import pytest

from tests.sandbox.exchange.conftest import NOW_MS, Client
from tests.support.clock import FakeClock
from utils.sandbox.exchange.rest.errors import ApiError
from utils.sandbox.exchange.rest.limits import BAN_AFTER_REFUSALS, FIRST_BAN_MS, Limits

MINUTE_MS = 60_000
START = NOW_MS // (5 * MINUTE_MS) * 5 * MINUTE_MS


def spot_limits() -> Limits:
    return Limits(100, {"raw": 1_000, "funding": 5}, tells_retry_after=True)


def refused(limits: Limits, now_ms: int, weight: int = 1, bucket: str | None = None) -> ApiError:
    with pytest.raises(ApiError) as caught:
        limits.charge("me", weight, bucket, now_ms)
    return caught.value


def test_the_counter_resets_at_second_zero() -> None:
    limits = spot_limits()
    assert limits.charge("me", 60, None, START + 59_000) == 60
    assert limits.charge("me", 60, None, START + 60_000) == 60


def test_every_address_has_its_own_counter() -> None:
    limits = spot_limits()
    assert limits.charge("me", 90, None, START) == 90
    assert limits.charge("you", 90, None, START) == 90


def test_above_the_limit_comes_429_until_the_minute_ends() -> None:
    limits = spot_limits()
    limits.charge("me", 100, None, START + 20_500)
    error = refused(limits, START + 20_500)
    assert (error.status, error.code) == (429, -1003)
    assert error.headers == {"Retry-After": "40"}
    assert limits.charge("me", 1, None, START + MINUTE_MS) == 1


def test_going_on_brings_a_ban_and_the_next_is_longer() -> None:
    limits = spot_limits()
    now_ms, lengths = START, []
    for _ in range(2):
        limits.charge("me", 100, None, now_ms)
        for _ in range(BAN_AFTER_REFUSALS + 1):
            assert refused(limits, now_ms).status == 429
        error = refused(limits, now_ms)
        assert error.status == 418
        until_ms = int(error.message.split("until ")[1].split(".")[0])
        lengths.append(until_ms - now_ms)
        now_ms = -(-until_ms // MINUTE_MS) * MINUTE_MS
    assert lengths == [FIRST_BAN_MS, 2 * FIRST_BAN_MS]


def test_request_buckets_count_requests() -> None:
    limits = spot_limits()
    for _ in range(5):
        limits.charge("me", 0, "funding", START)
    assert refused(limits, START + MINUTE_MS, 0, "funding").status == 429
    assert limits.charge("me", 0, "funding", START + 5 * MINUTE_MS) == 0


async def test_over_http_with_headers_and_a_violation(own_client: Client, clock: FakeClock) -> None:
    await clock.advance(MINUTE_MS - NOW_MS % MINUTE_MS)
    for _ in range(24):
        await own_client.ask("/api/v3/depth", symbol="NOPEUSDT", limit=5000)
    status, body, headers = await own_client.ask("/api/v3/ping")
    assert (status, body["code"], headers["retry-after"]) == (429, -1003, "60")
    _, calls = await own_client.control("GET", "/calls")
    assert [row["status"] for row in calls["violations"]] == [429]
    await clock.advance(MINUTE_MS)
    status, _, headers = await own_client.ask("/api/v3/ping")
    assert (status, headers["x-mbx-used-weight-1m"]) == (200, "1")


async def test_futures_do_not_tell_retry_after_and_have_their_own_pool(own_client: Client) -> None:
    for _ in range(121):
        status, _, headers = await own_client.ask("/fapi/v1/depth", symbol="NOPEUSDT", limit=1000)
    assert status == 429
    assert "retry-after" not in headers
    assert (await own_client.ask("/api/v3/ping"))[0] == 200
