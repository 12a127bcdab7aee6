"""How many requests a host is sent at a time: a queue in which none waits too long, by simulation."""

import heapq

import pytest

from utils.http.crowding import GROWTH, SLOW_S, Crowding

LEAST, MOST = 8, 40


def longest_wait_s(answer_s: float, requests: int, *, at_a_time: int) -> tuple[float, int]:
    """Send all to a host that takes ``at_a_time`` side by side; the longest wait of the last half, and the room."""
    crowding, now, sent, waits = Crowding(LEAST, MOST), 0.0, 0, list[float]()
    servers, under_way = [0.0] * at_a_time, list[tuple[float, float]]()
    while sent < requests or under_way:
        while sent < requests and len(under_way) < crowding.room:
            ends = max(heapq.heappop(servers), now) + answer_s
            heapq.heappush(servers, ends)
            heapq.heappush(under_way, (ends, now))
            sent += 1
        now, began = heapq.heappop(under_way)
        waits.append(now - began)
        crowding.ended(began, now)
    return max(waits[requests // 2 :]), crowding.room


@pytest.mark.parametrize("answer_s", [0.05, 0.2, 0.3])
def test_no_request_waits_much_longer_than_slow_however_fast_the_host_is(answer_s: float) -> None:
    longest, room = longest_wait_s(answer_s, 2_000, at_a_time=1)
    assert longest <= 1.5 * SLOW_S
    assert room >= LEAST


def test_a_host_that_answers_side_by_side_gets_all_the_room_whatever_one_answer_takes() -> None:
    assert longest_wait_s(SLOW_S - 0.1, 400, at_a_time=MOST)[1] == MOST


def test_the_least_room_stays_and_grows_back_as_answers_are_quick() -> None:
    crowding = Crowding(LEAST, MOST)
    for now in (10.0, 20.0, 30.0, 40.0):
        crowding.ended(now - SLOW_S - 1, now)
    assert crowding.room == LEAST
    for _ in range(LEAST):
        crowding.ended(39.0, 39.0 + SLOW_S)
    assert crowding.room == LEAST + GROWTH - 1  # the last ones of a round count in a larger room


def test_what_began_before_the_room_was_halved_halves_it_once() -> None:
    crowding = Crowding(LEAST, MOST)
    for _ in range(MOST):
        crowding.ended(0.0, SLOW_S + 1)
    assert crowding.room == MOST // 2
