"""What happened after a published score: entry at the next open, exit at the end of the horizon, nothing guessed."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.framework.question import Request
from analysis.framework.reasons import Reason
from composite.judged import NO_BARS, NOT_YET, Aftermath, judged, judging_interval
from composite.published import published
from tests.support.composites import sample_composite
from utils.binance_api.bars import Bars
from utils.store.scores import PublishedScore

HOUR = 3_600_000
FIRST = 1_722_859_200_000  # 2024-08-05T12:00:00Z


def bars(count: int = 6) -> Bars:
    opened = FIRST + HOUR * np.arange(count, dtype=np.int64)
    price = np.linspace(100.0, 99.0 + count, count)
    return Bars(
        symbol="BTCUSDT",
        market="spot",
        interval="1h",
        series="trade",
        open_time=opened,
        close_time=opened + HOUR - 1,
        open=price,
        high=price + 5.0,
        low=price - 3.0,
        close=price + 1.0,
        **dict.fromkeys(("volume", "quote_volume", "taker_base", "taker_quote"), np.ones(count)),
        trades=np.ones(count, dtype=np.int64),
        is_final=np.ones(count, dtype=np.bool_),
        as_of=int(opened[-1]) + HOUR,
        source="test",
        fetched_at=0,
    )


def shown(minutes: int, *, horizon_h: float = 2.0, score: float | None = 0.7) -> PublishedScore:
    row = published(sample_composite(score=score, horizon_s=horizon_h * 3600), Request("BTCUSDT", "4h"))
    return replace(row, as_of=FIRST + minutes * 60_000)


def after(row: PublishedScore, known: Bars | Reason) -> Aftermath | Reason:
    (one,) = judged([row], known).scores
    return one.after


def test_it_is_bought_at_the_next_open_and_held_for_the_horizon() -> None:
    assert after(shown(10), bars()) == Aftermath(
        entry_time=FIRST + HOUR,
        entry_price=101.0,
        exit_time=FIRST + 3 * HOUR,
        exit_price=103.0,
        change=103.0 / 101.0 - 1.0,
        worst=98.0 / 101.0 - 1.0,
        best=107.0 / 101.0 - 1.0,
    )


def test_at_an_open_the_bar_that_opens_is_the_next() -> None:
    found = after(shown(60), bars())
    assert isinstance(found, Aftermath)
    assert found.entry_time == FIRST + HOUR


def test_a_horizon_shorter_than_a_bar_ends_with_it() -> None:
    found = after(shown(0, horizon_h=0.1), bars())
    assert isinstance(found, Aftermath)
    assert found.exit_time - found.entry_time == HOUR


@pytest.mark.parametrize(("minutes", "reason"), [(-1, NO_BARS), (250, NOT_YET), (1000, NOT_YET)])
def test_what_is_not_known_is_not_judged(minutes: int, reason: Reason) -> None:
    assert after(shown(minutes), bars()) == reason


def test_the_last_horizon_that_has_ended_is_judged() -> None:
    assert isinstance(after(shown(240), bars()), Aftermath)
    assert isinstance(after(shown(240), bars(5)), Reason)


def test_without_bars_the_reason_stands_for_all() -> None:
    gone = Reason("source_down", {"source": "binance.spot.klines"})
    record = judged([shown(0), shown(60)], gone)
    assert [one.after for one in record.scores] == [gone, gone]
    assert (record.judged, record.independent) == ((), 0)


def test_later_bars_change_nothing_that_was_judged() -> None:
    assert after(shown(10), bars(3)) == after(shown(10), bars(6))


def test_overlapping_horizons_count_once() -> None:
    record = judged([shown(0), shown(60), shown(120, score=None), shown(180), shown(300)], bars())
    assert len(record.scores) == 5
    assert len(record.judged) == 4
    assert record.withheld == 1
    assert record.independent == 2


@pytest.mark.parametrize(
    ("interval", "horizon_s", "expected"),
    [("4h", 14_400, "4h"), ("4h", 604_800, "4h"), ("1d", 3_700, "1h"), ("4h", 60, "1m"), ("4h", 10, "1m")],
)
def test_bars_exceed_neither_the_horizon_nor_the_interval(
    interval: str, horizon_s: float, expected: str
) -> None:
    assert judging_interval(interval, horizon_s) == expected
