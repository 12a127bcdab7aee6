"""What is due: grids, pages, catching up, holes, and the share of the limits."""

import pytest

from config.c_record import RecordConfig
from utils.recorder.plan import (
    Job,
    RecordedSeries,
    cursor_after,
    job_for,
    select_jobs,
    series_of,
    tick_budget,
)
from utils.units import DAY_MS, HOUR_MS, MINUTE_MS

NOW = 1_700_000_000_000 // DAY_MS * DAY_MS + 10 * HOUR_MS + 17 * MINUTE_MS
HOURLY = RecordedSeries(
    "open_interest",
    "BTCUSDT",
    "statistics",
    HOUR_MS,
    period="1h",
    page=500,
    history_ms=29 * DAY_MS,
    lag_ms=30_000,
    settle_ms=HOUR_MS,
)
SNAPSHOT = RecordedSeries("premium", "*", "futures", 5 * MINUTE_MS, cost=10)
TEN = NOW - 17 * MINUTE_MS


def test_catching_up_leaves_out_no_grid_point_and_asks_for_none_twice() -> None:
    cursor, covered = None, []
    while (job := job_for(HOURLY, cursor, NOW)) is not None:
        assert job.rows <= 500
        covered += list(range(job.start, job.end + 1, HOUR_MS))
        cursor = cursor_after(job, job.end, NOW)
    first = -(-(NOW - 29 * DAY_MS) // HOUR_MS) * HOUR_MS
    assert covered == list(range(first, TEN + 1, HOUR_MS))


def test_pages_lie_on_a_grid_of_their_own_so_that_each_is_one_request() -> None:
    job = job_for(HOURLY, None, NOW)
    assert job is not None
    assert (job.end + HOUR_MS) % (500 * HOUR_MS) == 0


@pytest.mark.parametrize(
    ("cursor", "now", "due"),
    [
        (TEN - HOUR_MS, TEN + 29_999, False),
        (TEN - HOUR_MS, TEN + 30_000, True),
        (TEN, NOW, False),
        (TEN + DAY_MS, NOW, False),
    ],
    ids=["not published yet", "published", "fetched", "clock went back"],
)
def test_a_row_is_due_when_it_is_published(cursor: int, now: int, due: bool) -> None:
    assert (job_for(HOURLY, cursor, now) is not None) is due


def test_downtime_longer_than_the_exchange_remembers_begins_where_it_still_has_rows() -> None:
    job = job_for(HOURLY, NOW - 90 * DAY_MS, NOW)
    assert job is not None
    assert job.start >= NOW - 29 * DAY_MS


def test_of_snapshots_only_the_newest_is_ever_due() -> None:
    job = job_for(SNAPSHOT, NOW - 3 * DAY_MS, NOW)
    assert job == Job(SNAPSHOT, TEN + 15 * MINUTE_MS, TEN + 15 * MINUTE_MS)
    assert job_for(SNAPSHOT, TEN + 15 * MINUTE_MS, NOW) is None


def test_a_missing_young_row_is_waited_for_and_an_old_one_is_a_hole() -> None:
    job = Job(HOURLY, TEN - 5 * HOUR_MS, TEN)
    assert cursor_after(job, TEN - HOUR_MS, NOW) == TEN - HOUR_MS
    assert cursor_after(job, None, NOW) == TEN - HOUR_MS  # settled: an hour old and still not there
    assert cursor_after(Job(HOURLY, TEN, TEN), None, NOW) is None
    assert cursor_after(job, TEN, NOW) == TEN


def test_the_share_of_the_limits_bounds_a_tick_and_everyone_has_a_turn() -> None:
    budget = tick_budget(0.4, 30_000)
    assert (budget["statistics"], budget["funding"]) == (40, 20)
    config = RecordConfig()
    symbols = [f"S{number}USDT" for number in range(60)]
    jobs = [job for one in series_of(config, symbols, ()) if (job := job_for(one, None, NOW)) is not None]
    last_tried: dict[RecordedSeries, int] = {}
    served: set[RecordedSeries] = set()
    for tick in range(1, 17):
        taken = select_jobs(jobs, last_tried, budget)
        assert sum(job.series.cost for job in taken if job.series.pool == "statistics") <= 40
        last_tried |= {job.series: tick for job in taken}
        served |= {job.series for job in taken}
    assert served == {job.series for job in jobs}


def test_taker_volume_is_asked_for_when_its_period_has_ended() -> None:
    (taker,) = [
        s for s in series_of(RecordConfig(periods=("1h",)), ["BTCUSDT"], ()) if s.what == "taker_volume"
    ]
    job = job_for(taker, TEN - 3 * HOUR_MS, NOW)
    assert job is not None
    assert job.end == TEN - HOUR_MS


def test_nothing_is_recorded_of_nothing() -> None:
    assert series_of(RecordConfig(), (), ()) == []
