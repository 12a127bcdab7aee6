"""Facts by day: columns of one topic, changes over days, and their place at the moments of the bars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.alignment import at_same_time
from utils.binance_api.intervals import DAY
from utils.providers import TopicSeries
from utils.units import PERCENT

MILLION: Final = 1e6
BILLION: Final = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """A topic's columns over its days (starts, UTC ms, ascending; n), NaN where a fact is absent.

    ``known_at`` is when all up to and with a day were known: what grows over days is known then.
    """

    day: Times
    known_at: Times
    columns: Mapping[str, Floats]

    def column(self, fact: str) -> Floats:
        """Return a fact; NaN where the topic has none."""
        return self.columns.get(fact, np.full(len(self.day), np.nan))


@dataclass(frozen=True, slots=True, eq=False)
class Daily:
    """Metrics of one topic by day: values in their unit, signals in [-1, 1], and when they were known (UTC ms)."""

    day: Times
    known_at: Times
    values: Mapping[str, Floats]
    signals: Mapping[str, Floats] = field(default_factory=dict)


NO_FACTS: Final = Facts(np.empty(0, np.int64), np.empty(0, np.int64), {})


def facts_of(topic: TopicSeries | None) -> Facts:
    """Return the columns of a topic over all days on which it has a fact."""
    series = () if topic is None else tuple(one for one in topic.series.values() if len(one.time))
    if topic is None or not series:
        return NO_FACTS
    day = np.unique(np.concatenate([one.time for one in series]))
    known_at = np.zeros(len(day), np.int64)
    for one in series:
        place = np.searchsorted(day, one.time)
        known_at[place] = np.maximum(known_at[place], one.known_at)
    columns = {name: at_same_time(day, one.time, one.value) for name, one in topic.series.items()}
    return Facts(day, np.maximum.accumulate(known_at), columns)


def change(facts: Facts, values: Floats, days: int) -> Floats:
    """Return each value (n) less that of ``days`` days before; NaN where one of them is not known."""
    return values - at_same_time(facts.day - days * DAY, facts.day, values)


def change_pct(facts: Facts, values: Floats, days: int) -> Floats:
    """Return the change over ``days`` days in percent of the earlier value, which is above zero."""
    before = at_same_time(facts.day - days * DAY, facts.day, values)
    return PERCENT * (values / np.where(before > 0, before, np.nan) - 1)


def over_days(facts: Facts, sums: Floats, days: int) -> Floats:
    """Return a statistic of the last ``days`` rows, NaN where those are not as many days in a row."""
    whole = np.zeros(len(facts.day), np.bool_)
    if len(facts.day) >= days:
        whole[days - 1 :] = facts.day[days - 1 :] - facts.day[: len(facts.day) - days + 1] == (days - 1) * DAY
    return np.where(whole, sums, np.nan)


def placed(daily: Daily, column: Floats, moments: Times, max_age_ms: float) -> Floats:
    """Return at each moment the newest value known then, NaN where its day ended more than ``max_age_ms`` before.

    A newest day without that value is no value, rather than an older one.
    """
    result = np.full(len(moments), np.nan)
    at = np.searchsorted(daily.known_at, moments, side="right") - 1
    found = at >= 0
    if len(daily.day):
        found &= moments - (daily.day[np.maximum(at, 0)] + DAY) <= max_age_ms
        result[found] = column[at[found]]
    return result
