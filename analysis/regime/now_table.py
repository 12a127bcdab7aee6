"""The table of P(trend) now: the logistic of each interval, the hindsight it was fitted to, and its record against it.

The table is fitted by ``scripts/fit_regime`` and read once; nothing is fitted when a question is answered.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from analysis.regime.odds_table import FeatureWindows, IntervalOdds, nearest_interval
from analysis.regime.shipped import read_shipped


@dataclass(frozen=True, slots=True)
class NowWindows:
    """Bars each reading looks back on; the others are those of ``FeatureWindows``."""

    efficiency: tuple[int, ...] = (10, 20, 40)
    slope: int = 20
    rank: int = 250  # past values that a rank is taken among
    rank_least: int = 100  # and the fewest
    shared: FeatureWindows = field(default_factory=FeatureWindows)


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What a trend is in hindsight, in bars.

    The whole history is segmented with ``penalty`` per segment; a segment is a trend where |drift| / noise reaches
    ``strength``; a bar's stretch is one where at least half of the last ``stretch`` bars belong to such segments.
    """

    penalty: float
    stretch: int
    strength: float


@dataclass(frozen=True, slots=True)
class Record:
    """How P(trend) did against hindsight: AUC by year and, of the held-out year, how late and how often.

    ``delay_bars``: median bars from the first bar of a trend segment to the label *trend*, among those ``caught``
    (share of the segments whose bars read *trend* at some time).
    """

    auc_by_year: dict[str, float]
    delay_bars: float
    caught: float


@dataclass(frozen=True, slots=True)
class IntervalNow:
    """One interval: its hindsight, the logistic, the standard error of the logistic's constant, and the record.

    ``offset_error`` is clustered by month: how far whole months lie above or below what was said.
    """

    hindsight: Hindsight
    logistic: IntervalOdds
    offset_error: float
    record: Record


@dataclass(frozen=True, slots=True)
class NowTable:
    """What is shipped: span, windows of the readings, and one fit per interval."""

    version: int
    first: str
    last: str
    prior_deviation: float
    windows: NowWindows
    intervals: dict[str, IntervalNow]


@lru_cache(maxsize=1)
def shipped_now() -> NowTable:
    """Return the table in ``config/trend_now.json``; ``msgspec.ValidationError`` names what is wrong in it."""
    return read_shipped("trend_now.json", NowTable)


def hindsight_of(interval: str) -> Hindsight:
    """Return what the nearest fitted interval means by a trend."""
    table = shipped_now()
    return table.intervals[nearest_interval(table.intervals, interval)].hindsight
