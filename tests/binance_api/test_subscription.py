"""One stream without data: when it is checked, what is done about it, and what its listeners learn."""

from typing import Any

import pytest

from utils.binance_api.streams.decode import Payload
from utils.binance_api.streams.events import ControlReply, StreamEvent
from utils.binance_api.streams.names import StreamKey
from utils.binance_api.streams.subscription import (
    LAGGING_MS,
    MAX_WAIT_FACTOR,
    RecoveryAction,
    StreamState,
    Subscription,
)

PERIODIC = StreamKey("futures", "btcusdt@markPrice@1s")
BARS = StreamKey("spot", "btcusdt@kline_1m")
RARE = StreamKey("futures", "!forceOrder@arr")
RESUBSCRIBE, RECONNECT = RecoveryAction.RESUBSCRIBE, RecoveryAction.RECONNECT


class RecordingListener:
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def event(self, payload: Payload) -> None:
        self.calls.append("event")

    def lost(self, state: StreamState) -> None:
        self.calls.append(state)

    def live(self) -> None:
        self.calls.append("live")


def subscribed(key: StreamKey, now_s: float = 0.0) -> tuple[Subscription, RecordingListener]:
    subscription, listener = Subscription(key), RecordingListener()
    subscription.listeners.append(listener)
    subscription.subscribed(now_s)
    return subscription, listener


def actions(subscription: Subscription, from_s: int, to_s: int) -> list[tuple[int, RecoveryAction]]:
    """Return the actions of a check every second, with their times."""
    checks = ((now_s, subscription.check_timeout(float(now_s))) for now_s in range(from_s, to_s))
    return [(now_s, action) for now_s, action in checks if action is not None]


def receive(subscription: Subscription, now_s: float, lag_ms: int = 0) -> None:
    subscription.received(StreamEvent(), now_s, 1_000_000, 1_000_000 + lag_ms)


def test_a_stream_without_data_is_resubscribed_then_reconnected_with_growing_waits() -> None:
    subscription, listener = subscribed(PERIODIC)
    found = actions(subscription, 0, 6000)
    waits = [after - before for (before, _), (after, _) in zip([(0, None), *found], found, strict=False)]
    assert waits == [15, 15, 30, 30, 60, 60, 120, 120, 240, 240, *[480] * 10]
    assert max(waits) == 15 * MAX_WAIT_FACTOR
    assert [action for _, action in found] == [RESUBSCRIBE, RECONNECT] * 10
    assert subscription.state is StreamState.STALE
    assert listener.calls == ["live", StreamState.STALE]
    assert (subscription.counts.recoveries, subscription.counts.losses) == (20, 1)


def test_the_timeout_counts_from_the_acknowledgement_and_ends_exactly_then() -> None:
    subscription, _ = subscribed(PERIODIC, now_s=100.0)
    assert subscription.check_timeout(114.999) is None
    assert subscription.check_timeout(115.0) is RESUBSCRIBE


def test_data_starts_the_timeout_and_the_escalation_again() -> None:
    subscription, listener = subscribed(PERIODIC)
    assert actions(subscription, 0, 70) == [(15, RESUBSCRIBE), (30, RECONNECT), (60, RESUBSCRIBE)]
    receive(subscription, 70.0)
    assert subscription.state is StreamState.LIVE
    assert listener.calls[-2:] == ["live", "event"]
    assert actions(subscription, 70, 101) == [(85, RESUBSCRIBE), (100, RECONNECT)]


def test_a_stream_that_may_pause_becomes_idle_and_is_checked_less_and_less_often() -> None:
    subscription, listener = subscribed(BARS)
    found = actions(subscription, 0, 8000)
    assert found == [(at, RESUBSCRIBE) for at in (60, 120, 240, 480, 960, 1920, 3840, 5760, 7680)]
    assert subscription.state is StreamState.IDLE
    assert listener.calls == ["live", *[StreamState.IDLE] * 9]
    receive(subscription, 8000.0)
    assert actions(subscription, 8000, 8061) == [(8060, RESUBSCRIBE)]


def test_an_idle_stream_that_omitted_data_is_stale_and_reconnected_once() -> None:
    subscription, listener = subscribed(BARS)
    actions(subscription, 0, 500)
    subscription.data_missed(500.0)
    assert actions(subscription, 500, 561) == [(560, RECONNECT)]
    assert subscription.state is StreamState.STALE
    assert listener.calls[-1] is StreamState.STALE
    # the new connection may be right about the silence: listeners check again before the next one
    before = len(listener.calls)
    assert actions(subscription, 561, 700) == [(680, RESUBSCRIBE)]
    assert listener.calls[before:] == [StreamState.STALE]
    assert subscription.state is StreamState.STALE
    subscription.data_missed(700.0)
    assert actions(subscription, 700, 761) == [(760, RECONNECT)]


def test_after_data_a_stream_that_had_omitted_some_may_be_idle_again() -> None:
    subscription, _ = subscribed(BARS)
    subscription.data_missed(10.0)
    receive(subscription, 20.0)
    assert actions(subscription, 20, 90) == [(80, RESUBSCRIBE)]
    assert subscription.state is StreamState.IDLE


def test_one_loss_is_counted_and_notified_once_whatever_follows_but_a_lost_connection() -> None:
    subscription, listener = subscribed(PERIODIC)
    actions(subscription, 0, 16)
    receive(subscription, 20.0, LAGGING_MS + 1)
    assert subscription.state is StreamState.LAGGING
    assert listener.calls == ["live", StreamState.STALE, "event"]
    subscription.disconnected()
    assert listener.calls[3:] == [StreamState.DOWN]
    assert subscription.counts.losses == 1


def test_omitted_data_before_any_timeout_is_resubscribed_first() -> None:
    subscription, _ = subscribed(BARS)
    subscription.data_missed(10.0)
    assert actions(subscription, 10, 200) == [(70, RESUBSCRIBE), (130, RECONNECT)]


def test_a_stream_that_may_be_silent_for_days_is_never_checked() -> None:
    subscription, _ = subscribed(RARE)
    assert actions(subscription, 0, 200_000) == []


def test_time_in_which_the_loop_was_blocked_extends_the_timeout() -> None:
    subscription, _ = subscribed(PERIODIC)
    subscription.extend_deadlines(7.0)
    assert actions(subscription, 0, 23) == [(22, RESUBSCRIBE)]


@pytest.mark.parametrize("end", ["disconnected", "refused"])
def test_without_a_connection_or_accepted_name_nothing_is_due(end: str) -> None:
    subscription, listener = subscribed(PERIODIC)
    if end == "disconnected":
        subscription.disconnected()
        subscription.disconnected()
    else:
        subscription.refused(ControlReply(id=1))
        subscription.refused(ControlReply(id=2))
    subscription.extend_deadlines(1.0)
    assert actions(subscription, 0, 1000) == []
    assert listener.calls == ["live", StreamState.DOWN if end == "disconnected" else StreamState.REFUSED]
    subscription.subscribed(1000.0)
    assert listener.calls[-1] == "live"
    assert actions(subscription, 1000, 1016) == [(1015, RESUBSCRIBE)]


def test_an_acknowledgement_of_a_live_stream_is_no_news_but_restarts_the_timeout() -> None:
    subscription, listener = subscribed(PERIODIC)
    receive(subscription, 1.0)
    subscription.subscribed(10.0)
    assert subscription.state is StreamState.LIVE
    assert listener.calls == ["live", "event"]
    assert actions(subscription, 0, 26) == [(25, RESUBSCRIBE)]


def test_events_lag_beyond_the_limit_only() -> None:
    subscription, listener = subscribed(PERIODIC)
    receive(subscription, 1.0, LAGGING_MS)
    assert (subscription.state, subscription.counts.lagging) == (StreamState.LIVE, 0)
    receive(subscription, 2.0, LAGGING_MS + 1)
    receive(subscription, 3.0, LAGGING_MS + 1)
    assert (subscription.state, subscription.counts.lagging) == (StreamState.LAGGING, 2)
    assert listener.calls == ["live", "event", StreamState.LAGGING, "event", "event"]
    receive(subscription, 4.0)
    assert listener.calls[5:] == ["event"]  # nothing was missed: no new start
    assert (subscription.state, subscription.counts.losses) == (StreamState.LIVE, 1)


def test_the_newest_known_stamp_of_the_exchange_stays() -> None:
    subscription, _ = subscribed(PERIODIC)
    receive(subscription, 1.0)
    subscription.received(StreamEvent(), 2.0, None, 5_000_000)
    assert (subscription.event_ms, subscription.seen_s, subscription.state) == (
        1_000_000,
        2.0,
        StreamState.LIVE,
    )
