"""What a source beyond the exchange delivers: series of values, option chains, and topics of daily facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.answers import Answer
from utils.option_chain import OptionChain


@dataclass(frozen=True, slots=True, eq=False)
class ProviderSeries:
    """A provider's values: the moment each describes and the moment it became known (UTC ms, ascending)."""

    time: NDArray[np.int64]
    known_at: NDArray[np.int64]
    value: NDArray[np.float64]
    source: str
    fetched_at: int


class WatchedSource(Protocol):
    """What tells how requests to one source or several have gone."""

    @property
    def failing(self) -> tuple[str, ...]:
        """The sources whose last call failed."""
        ...

    @property
    def requests(self) -> Mapping[tuple[str, str], int]:
        """Requests sent so far by (source, outcome); outcomes are ``ok`` and the names of the faults."""
        ...

    @property
    def held_back(self) -> Mapping[tuple[str, str], bool]:
        """Whether requests are held back now, by (host by name, why): one of `utils.http.watched.HELD_BACK`."""
        ...


class Provider(Protocol):
    """A source beyond the exchange, such as an on-chain or option data provider."""

    async def series(self, name: str, start: int, end: int, *, as_of: int | None) -> ProviderSeries:
        """Return one series of ``[start, end)`` (UTC ms) as known at ``as_of``; raises ``SourceError``."""
        ...


@runtime_checkable
class OptionProvider(Provider, Protocol):
    """A provider that also delivers the options listed on a coin."""

    async def option_chain(self, asset: str) -> Answer[OptionChain]:
        """Return the options on a coin (``BTC``) as they stand now; raises ``SourceError``."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TopicSeries:
    """Daily facts of one topic by name, all from one provider, whose ``title`` is shown."""

    title: str
    series: Mapping[str, ProviderSeries]


@dataclass(frozen=True, slots=True)
class MissingKey:
    """A provider that is not asked because its key is not set: its title, the setting, and topics it would add."""

    title: str
    setting: str
    topics: tuple[str, ...]


@runtime_checkable
class DailyProvider(Provider, Protocol):
    """A provider of daily facts by topic, such as exchange flows of a coin."""

    async def topic(self, topic: str, asset: str, *, as_of: int | None) -> TopicSeries:
        """Return a topic as known at ``as_of`` (UTC ms; ``None`` is now); raises ``SourceError``."""
        ...

    @property
    def has_keys(self) -> bool:
        """Whether any key is set."""
        ...

    def missing_keys(self, asset: str) -> tuple[MissingKey, ...]:
        """Return which keys are not set that would add something for an asset."""
        ...
