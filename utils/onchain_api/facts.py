"""What on-chain providers deliver, in the units of this program: topics, facts, offers and daily rows.

A topic is read as a whole from one provider, so that numbers of two providers never meet in one metric. Facts are
named with their unit: ``native`` are coins of the asset, ``usd`` US dollars, a ratio has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from utils.providers import WatchedSource
from utils.units import DAY_MS, HOUR_MS

Days = NDArray[np.int64]
Values = NDArray[np.float64]

MARKET: Final = "market"
"""The asset of what belongs to no coin, such as the supply of stablecoins."""

STABLECOINS: Final = "stablecoins"
FLOWS: Final = "flows"
BALANCES: Final = "balances"
ETF: Final = "etf"
WHALES: Final = "whales"
VALUATION: Final = "valuation"
PROFIT: Final = "profit"
SOPR: Final = "sopr"

FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    STABLECOINS: ("supply_usd",),
    FLOWS: ("inflow_native", "outflow_native", "inflow_usd", "outflow_usd"),
    BALANCES: ("balance_native",),
    ETF: ("flow_usd",),
    WHALES: ("whale_ratio",),
    VALUATION: ("market_cap_usd", "mvrv"),
    PROFIT: ("realised_pnl_usd",),
    SOPR: ("sopr",),
}
"""Facts by topic; a provider may leave some of a topic's out."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a provider delivers: a topic for some assets, every ``cadence_ms``, ``lag_ms`` after a day's end.

    A day's value is known at the end of that day (UTC) plus ``lag_ms``. Where it is late it is asked for again after
    ``recheck_ms``. ``weekdays_only``: there is none of weekends and holidays.
    """

    topic: str
    assets: frozenset[str]
    lag_ms: int
    cadence_ms: int = DAY_MS
    recheck_ms: int = HOUR_MS
    weekdays_only: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class DailyRows:
    """Days (their start, UTC ms, ascending), when each became known (UTC ms), and values (NaN: absent) by fact."""

    day: Days
    known_at: Days
    values: Mapping[str, Values]

    def __len__(self) -> int:
        return len(self.day)

    def until(self, as_of: int) -> "DailyRows":
        """Return the rows that were known at a moment (UTC ms)."""
        known = self.known_at <= as_of
        return DailyRows(
            self.day[known],
            self.known_at[known],
            {name: column[known] for name, column in self.values.items()},
        )


def rows_of(
    table: Mapping[int, Mapping[str, float]], facts: tuple[str, ...], known_at: Mapping[int, int]
) -> DailyRows:
    """Return rows by day (UTC ms) in order; days of which no fact is known are left out."""
    days = sorted(day for day, values in table.items() if values)
    columns = {fact: [table[day].get(fact, np.nan) for day in days] for fact in facts}
    return DailyRows(
        np.array(days, np.int64),
        np.array([known_at[day] for day in days], np.int64),
        {fact: np.array(column, np.float64) for fact, column in columns.items()},
    )


def by_lag(days: Mapping[int, object], offer: Offer) -> dict[int, int]:
    """Return when each day became known by the offer's lag (UTC ms)."""
    return {day: day + DAY_MS + offer.lag_ms for day in days}


class OnchainProvider(Protocol):
    """One provider. ``name`` is stored with its values, ``title`` is shown, ``key_setting`` is what it needs."""

    @property
    def name(self) -> str:
        """Short lower-case name."""
        ...

    @property
    def title(self) -> str:
        """Name as shown to people."""
        ...

    @property
    def key_setting(self) -> str | None:
        """The setting of the key that it needs; ``None`` for a keyless one."""
        ...

    @property
    def has_access(self) -> bool:
        """Whether it is keyless, or its key is set."""
        ...

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What it delivers."""
        ...

    @property
    def client(self) -> WatchedSource:
        """What sends its requests."""
        ...

    async def read(self, topic: str, asset: str, start: int) -> DailyRows:
        """Return the days from ``start`` on (UTC ms), all that are final; raises ``SourceError``.

        The running day may be among them: the reader leaves it out.
        """
        ...


def offer_of(provider: OnchainProvider, topic: str, asset: str) -> Offer | None:
    """Return a provider's offer of a topic for an asset, ``None`` where it has none."""
    for offer in provider.offers:
        if offer.topic == topic and asset in offer.assets:
            return offer
    return None
