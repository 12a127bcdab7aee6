"""Which requests are due: pure arithmetic on stamps, so that a restarted recorder continues where it stopped.

Every series lies on a grid of ``every_ms``; a cursor is the grid point up to which it has been fetched. A series with a
history is read page by page, oldest first, as far back as the exchange keeps it. A snapshot has no history, so only the
newest grid point is due. Times are the exchange's (UTC ms).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from config.c_record import RecordConfig
from utils.binance_api.faces.statistics import KEPT_MS
from utils.binance_api.intervals import SHORTEST_MS
from utils.binance_api.weights import POOLS, Pool
from utils.units import DAY_MS, HOUR_MS, MINUTE_MS

What = Literal[
    "open_interest",
    "global_accounts",
    "top_accounts",
    "top_positions",
    "taker_volume",
    "funding",
    "open_interest_now",
    "premium",
    "options",
    "options_deribit",
]
STATISTICS: Final[tuple[What, ...]] = (
    "open_interest",
    "global_accounts",
    "top_accounts",
    "top_positions",
    "taker_volume",
)
EVERY_SYMBOL: Final = "*"
STATISTIC_PAGE: Final = 500
"""Rows of one request of ``futures/data`` (USD-M futures REST documentation)."""
FUNDING_PAGE: Final = 960
"""Hours of one request: even with hourly settlements fewer than the limit of 1000 rows (USD-M futures REST)."""
PUBLISHED_MS: Final = 30_000
"""Delay after its stamp until a statistic is first requested."""
SETTLEMENT_MS: Final = 2 * MINUTE_MS
"""Delay after the full hour until a settlement is first requested."""
PREMIUM_WEIGHT: Final = 10
OPTIONS_WEIGHT: Final = 7


@dataclass(frozen=True, slots=True)
class RecordedSeries:
    """One recorded series of one symbol; ``name`` and ``symbol`` are the cursor's key.

    A grid point can be requested ``lag_ms`` after itself; one that is still missing ``settle_ms`` later will not be
    published. ``page`` is the number of grid points of one request, ``None`` for snapshots; ``cost`` is charged to
    ``pool`` per request.
    """

    what: What
    symbol: str
    pool: Pool
    every_ms: int
    period: str | None = None
    page: int | None = None
    history_ms: int = 0
    lag_ms: int = 0
    settle_ms: int = 0
    cost: int = 1

    @property
    def name(self) -> str:
        """The name of the series: ``open_interest.5m``."""
        return self.what if self.period is None else f"{self.what}.{self.period}"

    @property
    def retry_ms(self) -> int:
        """Wait before a retry if rows that were due are not published yet."""
        return min(self.every_ms // 5, 2 * MINUTE_MS)


@dataclass(frozen=True, slots=True)
class Job:
    """One request: the grid points from ``start`` to ``end``, both included (UTC ms)."""

    series: RecordedSeries
    start: int
    end: int

    @property
    def rows(self) -> int:
        """The number of grid points."""
        return (self.end - self.start) // self.series.every_ms + 1


def series_of(
    config: RecordConfig, symbols: Iterable[str], underlyings: Iterable[str], assets: Iterable[str] = ()
) -> list[RecordedSeries]:
    """Return all series of these perpetuals (``BTCUSDT``), option underlyings, and coins with options at Deribit."""
    made: list[RecordedSeries] = []
    snapshot_ms = config.snapshot_minutes * MINUTE_MS
    for symbol in symbols:
        made += [_statistic(what, symbol, period) for what in STATISTICS for period in config.periods]
        made.append(_funding(symbol, config.keep_days * DAY_MS))
        made.append(RecordedSeries("open_interest_now", symbol, "futures", snapshot_ms))
    if made:
        made.append(RecordedSeries("premium", EVERY_SYMBOL, "futures", snapshot_ms, cost=PREMIUM_WEIGHT))
    option_ms = config.option_minutes * MINUTE_MS
    made += [
        RecordedSeries("options", name, "options", option_ms, cost=OPTIONS_WEIGHT) for name in underlyings
    ]
    # another host: nothing of the exchange's limits is spent
    made += [RecordedSeries("options_deribit", asset, "options", option_ms, cost=0) for asset in assets]
    return made


def job_for(series: RecordedSeries, cursor: int | None, now: int) -> Job | None:
    """Return the next request, ``None`` while nothing is due."""
    step = series.every_ms
    newest = (now - series.lag_ms) // step * step
    if series.page is None:
        return Job(series, newest, newest) if cursor is None or cursor < newest else None
    oldest = -((series.history_ms - now) // step) * step
    start = oldest if cursor is None else max(cursor // step * step + step, oldest)
    if start > newest:
        return None
    span = step * series.page
    return Job(series, start, min(newest, start // span * span + span - step))


def cursor_after(job: Job, newest_row: int | None, now: int) -> int | None:
    """Return the cursor after a job whose newest row is on grid point ``newest_row``; ``None`` leaves it unchanged.

    Recent missing rows may still be published and are requested again; older ones count as a gap in the exchange's
    data.
    """
    step = job.series.every_ms
    settled = (now - job.series.lag_ms - job.series.settle_ms) // step * step
    far = max(settled, job.start - step if newest_row is None else newest_row)
    cursor = min(job.end, far)
    return cursor if cursor >= job.start else None


def tick_budget(share: float, tick_ms: int) -> dict[Pool, int]:
    """Return the weight that one tick may use of each pool, at least that of the most expensive request."""
    return {
        pool: max(PREMIUM_WEIGHT, int(rule.limit * share * tick_ms / rule.window_ms))
        for pool, rule in POOLS.items()
    }


def select_jobs(
    jobs: Iterable[Job], last_tried: Mapping[RecordedSeries, int], budget: Mapping[Pool, int]
) -> list[Job]:
    """Return the jobs of this tick within the budget: least recently tried first, then short before long ones."""
    spent: defaultdict[Pool, int] = defaultdict(int)
    taken = []
    for job in sorted(jobs, key=lambda job: (last_tried.get(job.series, 0), job.rows, job.series.name)):
        pool, cost = job.series.pool, job.series.cost
        if spent[pool] + cost <= budget[pool]:
            spent[pool] += cost
            taken.append(job)
    return taken


def _statistic(what: What, symbol: str, period: str) -> RecordedSeries:
    step = SHORTEST_MS[period]
    starts = what == "taker_volume"  # its stamp is the start of the period, see TakerHistory
    return RecordedSeries(
        what,
        symbol,
        "statistics",
        step,
        period=period,
        page=STATISTIC_PAGE,
        history_ms=KEPT_MS - HOUR_MS,  # the oldest hour may leave the exchange's window before the request
        lag_ms=PUBLISHED_MS + (step if starts else 0),
        settle_ms=max(step, HOUR_MS),
    )


def _funding(symbol: str, history_ms: int) -> RecordedSeries:
    return RecordedSeries(
        "funding",
        symbol,
        "funding",
        HOUR_MS,
        page=FUNDING_PAGE,
        history_ms=history_ms,
        lag_ms=SETTLEMENT_MS,
        settle_ms=10 * MINUTE_MS,
    )
