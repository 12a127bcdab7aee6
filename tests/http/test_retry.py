"""Retries: only for passing faults, bounded, jittered, as long as the source asks."""

import random

import pytest

from tests.binance_api.exchange import SkippingClock
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError, Unavailable
from utils.http.retry import Retrier, RetryPolicy


class Flaky:
    """Raises the given errors in turn, then answers 42."""

    def __init__(self, *errors: SourceError) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self, max_wait_s: float) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return 42


def retrier(clock: SkippingClock, max_wait_s: float = 60.0) -> Retrier:
    return Retrier(RetryPolicy(attempts=4, base_s=0.4, cap_s=5.0), clock, random.Random(3), max_wait_s)


async def test_passing_faults_are_tried_again_with_growing_jittered_pauses() -> None:
    clock, call = SkippingClock(), Flaky(*[Retryable("s", "x")] * 3)
    assert await retrier(clock).run(call) == 42
    assert call.calls == 4
    for pause, most in zip(clock.slept, (0.4, 0.8, 1.6), strict=True):
        assert most / 2 <= pause <= most


async def test_the_last_fault_is_raised_after_the_last_attempt() -> None:
    clock, call = SkippingClock(), Flaky(*[Retryable("s", "x")] * 9)
    with pytest.raises(Retryable):
        await retrier(clock).run(call)
    assert call.calls == 4


@pytest.mark.parametrize(
    "error",
    [Unavailable("s", "x"), Rejected("s", "x"), Misconfigured("s", "x", what_to_do="y")],
    ids=lambda error: type(error).__name__,
)
async def test_other_faults_pass_at_once(error: SourceError) -> None:
    clock, call = SkippingClock(), Flaky(error)
    with pytest.raises(type(error)):
        await retrier(clock).run(call)
    assert (call.calls, clock.slept) == (1, [])


async def test_the_asked_wait_is_kept_and_a_longer_one_than_patience_is_not_waited_for() -> None:
    clock = SkippingClock()
    assert await retrier(clock).run(Flaky(Retryable("s", "x", retry_after_s=30))) == 42
    assert clock.slept == [30]
    call = Flaky(Retryable("s", "x", retry_after_s=90))
    with pytest.raises(Retryable) as raised:
        await retrier(clock).run(call)
    assert raised.value.retry_after_s == 90
    assert (call.calls, clock.slept) == (1, [30])


async def test_faults_of_ten_seconds_each_end_within_twenty_five() -> None:
    clock = SkippingClock()

    async def silent(_: float) -> int:
        await clock.sleep(10)
        raise Retryable("s", "no answer within 10 s")

    began = clock.monotonic()
    with pytest.raises(Retryable):
        await retrier(clock).run(silent)
    assert clock.monotonic() - began <= 25
    assert clock.slept.count(10) == 2


async def test_a_wait_that_the_source_asked_for_may_be_longer() -> None:
    clock, call = SkippingClock(), Flaky(Retryable("s", "x", retry_after_s=30.0))
    assert await retrier(clock).run(call) == 42
    assert clock.slept == [30.0]
