"""How many bars module B's horizons are: a day, a week, 30 days."""

from dataclasses import dataclass

from analysis.features.look_backs import HAR_PERIODS
from analysis.framework.look_back import look_back_bars
from config.c_volat import VolatilityConfig
from utils.binance_api.intervals import DAY, SHORTEST_MS

MONTH_DAYS = 30
SEASON_DAYS = 182
"""Days whose hours of the week tell what each hour usually moves."""


@dataclass(frozen=True, slots=True)
class Horizons:
    """Bars of the next day and of the next 30 days, at least one each."""

    day: int
    month: int


def horizons(interval: str) -> Horizons:
    """Return the bars of a day and of 30 days."""
    step = SHORTEST_MS[interval]
    return Horizons(max(1, DAY // step), max(1, MONTH_DAYS * DAY // step))


def har_periods(interval: str) -> tuple[int, ...]:
    """Return the bars of Corsi's day, week and month."""
    return tuple(horizons(interval).day * days for days in HAR_PERIODS)


def har_returns(config: VolatilityConfig, interval: str) -> int:
    """Return how many returns the first HAR forecast of the next day needs."""
    return max(har_periods(interval)) + config.har_fit_bars + horizons(interval).day - 1


def range_har_horizons(interval: str) -> tuple[int, ...]:
    """Return the bars it forecasts: the next one and the next day."""
    return tuple(sorted({1, horizons(interval).day}))


def range_har_bars(config: VolatilityConfig, interval: str) -> int:
    """Return how many bars its fit reads: half a year, and at least those of HAR."""
    return max(look_back_bars(interval, SEASON_DAYS), config.har_fit_bars)
