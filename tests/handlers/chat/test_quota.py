"""The quota: a sliding minute per person, exact at its edges."""

import pytest

from handlers.chat import quota as quota_module
from handlers.chat.quota import Quota
from tests.support.clock import FakeClock

ANN, BOB, CHAT = 1, 2, -100


@pytest.fixture
def quota(clock: FakeClock) -> Quota:
    return Quota(clock)


async def test_units_come_back_exactly_a_minute_after_their_use(clock: FakeClock, quota: Quota) -> None:
    assert quota.take(ANN, 1, 2) == 0
    await clock.advance(10_000)
    assert quota.take(ANN, 1, 2) == 0
    assert quota.take(ANN, 1, 2) == pytest.approx(50.0)
    assert quota.take(ANN, 2, 2) == pytest.approx(60.0)
    await clock.advance(49_999)
    assert quota.take(ANN, 1, 2) == pytest.approx(0.001)
    await clock.advance(1)
    assert quota.take(ANN, 1, 2) == 0
    assert quota.take(ANN, 1, 2) == pytest.approx(10.0)


async def test_a_refused_request_uses_nothing(clock: FakeClock, quota: Quota) -> None:
    assert quota.take(ANN, 2, 3) == 0
    assert quota.take(ANN, 2, 3) == pytest.approx(60.0)
    assert quota.take(ANN, 1, 3) == 0


async def test_a_request_larger_than_the_limit_needs_the_whole_limit(quota: Quota) -> None:
    assert quota.take(ANN, 5, 3) == 0
    assert quota.take(ANN, 1, 3) == pytest.approx(60.0)
    assert quota.take(ANN, 2, 5) == 0  # it has used three units, no more


async def test_persons_do_not_share_a_quota(quota: Quota) -> None:
    assert quota.take(ANN, 1, 1) == 0
    assert quota.take(BOB, 1, 1) == 0


async def test_a_person_is_notified_once_per_chat_until_the_wait_is_over(
    clock: FakeClock, quota: Quota
) -> None:
    assert quota.should_notify(ANN, CHAT, 30.0)
    await clock.advance(20_000)
    assert not quota.should_notify(ANN, CHAT, 25.0)
    assert quota.should_notify(BOB, CHAT, 30.0)
    assert quota.should_notify(ANN, CHAT - 1, 10.0)
    await clock.advance(10_000)
    assert quota.should_notify(ANN, CHAT, 30.0)


async def test_the_least_recently_active_person_is_evicted(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota_module, "CAPACITY", 2)
    quota = Quota(clock)
    assert quota.take(ANN, 1, 2) == quota.take(BOB, 1, 1) == quota.take(ANN, 1, 2) == 0
    assert quota.take(3, 1, 1) == 0
    assert quota.take(ANN, 1, 2) > 0
    assert quota.take(BOB, 1, 1) == 0
