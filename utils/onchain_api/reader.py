"""Reads a topic from the first provider that can deliver it now, and knows what each has delivered before.

Providers are asked in their order, each no oftener than its own cadence; one that fails, refuses or is late is replaced
by the next one that delivers the topic. Where none answers, the newest values seen before stand in, as old as they are.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from utils.caching import TtlCache
from utils.clock import Clock
from utils.http.errors import Rejected, SourceError, Unavailable
from utils.onchain_api.facts import FACTS, DailyRows, Offer, OnchainProvider, offer_of
from utils.onchain_api.vintages import Held, Subject, Vintages
from utils.onchain_api.wire import EARLIEST_S
from utils.providers import MissingKey, ProviderSeries, TopicSeries
from utils.units import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from utils.store.store import Store

NAME: Final = "onchain"
HELD_S: Final = 60.0
"""Seconds for which a reading, or its failure, is not repeated."""
OVERLAP_MS: Final = 10 * DAY_MS
"""Read again before the newest value: days that were missing then."""
EARLIEST_MS: Final = EARLIEST_S * 1000
GRACE_MS: Final = 12 * HOUR_MS
"""Beyond its cadence and lag a provider's newest value is late after this time."""
LONGEST_PAUSE_MS: Final = 4 * DAY_MS
"""A topic without weekends has no value for so long over holidays and is not late yet."""


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    held: Held
    fault: SourceError | None


class OnchainReader:
    """All on-chain providers as one; ``providers`` in the order in which they are preferred.

    ``now_ms`` is market time (UTC ms); ``store`` gives the open database or ``None``.
    """

    def __init__(
        self,
        providers: Sequence[OnchainProvider],
        store: "Callable[[], Store | None]",
        *,
        clock: Clock,
        now_ms: Callable[[], int],
    ) -> None:
        self.providers = tuple(providers)
        self._vintages = Vintages(store)
        self._now_ms = now_ms
        self._cache: TtlCache[Hashable, Any] = TtlCache(clock, size=128)

    async def close(self) -> None:
        """Cancel requests in progress."""
        await self._cache.close()

    @property
    def failing(self) -> tuple[str, ...]:
        """The sources of all providers whose last call failed."""
        return tuple(source for provider in self.providers for source in provider.client.failing)

    @property
    def requests(self) -> Mapping[tuple[str, str], int]:
        """Requests to all providers so far by (source, outcome)."""
        return {key: count for provider in self.providers for key, count in provider.client.requests.items()}

    @property
    def held_back(self) -> Mapping[tuple[str, str], bool]:
        """Whether requests are held back, by provider and why."""
        return {key: held for provider in self.providers for key, held in provider.client.held_back.items()}

    @property
    def has_keys(self) -> bool:
        """Whether any provider's key is set."""
        return any(provider.key_setting is not None and provider.has_access for provider in self.providers)

    def missing_keys(self, asset: str) -> tuple[MissingKey, ...]:
        """Return which keys are not set, with the topics of an asset that each would add or stand in for."""
        found = []
        for provider in self.providers:
            topics = tuple(offer.topic for offer in provider.offers if asset in offer.assets)
            if provider.key_setting is not None and not provider.has_access and topics:
                found.append(MissingKey(provider.title, provider.key_setting, topics))
        return tuple(found)

    async def topic(self, topic: str, asset: str, *, as_of: int | None) -> TopicSeries:
        """Return a topic as known at ``as_of`` (UTC ms; ``None`` is now), from one provider.

        Raises ``Rejected`` where no provider that may be asked delivers it, ``Unavailable`` where none has answered.
        """
        capable = [
            (provider, offer)
            for provider in self.providers
            if provider.has_access and (offer := offer_of(provider, topic, asset)) is not None
        ]
        if not capable:
            raise Rejected(NAME, f"no provider delivers {topic} of {asset[:32]!r}", parameter="asset")
        moment = self._now_ms() if as_of is None else as_of
        best: tuple[int, TopicSeries] | None = None
        for provider, offer in capable:
            reading = await self._reading(provider, offer, asset)
            rows = reading.held.rows.until(moment)
            if not len(rows):
                continue
            found = _series(provider, topic, rows, reading.held.read_at or moment)
            newest = int(rows.day[-1])
            if reading.fault is None and not is_late(newest, offer, moment):
                return found
            if best is None or newest > best[0]:
                best = newest, found
        if best is None:
            names = ", ".join(provider.title for provider, _ in capable)
            raise Unavailable(f"{NAME}.{topic}", f"no values from {names}")
        return best[1]

    async def series(self, name: str, start: int, end: int, *, as_of: int | None) -> ProviderSeries:
        """Return one fact, named ``topic.fact.asset``, of days in ``[start, end)`` (UTC ms).

        Raises ``Rejected`` for another name and what ``topic`` raises.
        """
        topic, _, rest = name.partition(".")
        fact, _, asset = rest.partition(".")
        if fact not in FACTS.get(topic, ()):
            raise Rejected(NAME, f"there is no series {name[:64]!r}", parameter="name")
        found = (await self.topic(topic, asset, as_of=as_of)).series[fact]
        kept = (found.time >= start) & (found.time < end)
        return ProviderSeries(
            found.time[kept], found.known_at[kept], found.value[kept], found.source, found.fetched_at
        )

    async def _reading(self, provider: OnchainProvider, offer: Offer, asset: str) -> _Reading:
        subject = Subject(provider.name, offer.topic, asset)
        reading: _Reading = await self._cache.fetch(
            subject, HELD_S, lambda: self._up_to_date(provider, offer, subject)
        )
        return reading

    async def _up_to_date(self, provider: OnchainProvider, offer: Offer, subject: Subject) -> _Reading:
        held = await self._vintages.held(subject)
        now = self._now_ms()
        if not is_due(held, offer, now):
            return _Reading(held, None)
        start = int(held.rows.day[-1]) - OVERLAP_MS if len(held.rows) else EARLIEST_MS
        try:
            read = await provider.read(subject.topic, subject.asset, start)
        except SourceError as fault:  # counted and logged by the provider's client
            return _Reading(held, fault)
        return _Reading(await self._vintages.add(subject, read, self._now_ms()), None)


def is_due(held: Held, offer: Offer, now: int) -> bool:
    """Say whether a provider should have something new: by its cadence and lag, and not asked just before."""
    if held.read_at is None:
        return True
    if now - held.read_at < offer.recheck_ms:
        return False
    return not len(held.rows) or now >= _next_known(int(held.rows.day[-1]), offer)


def is_late(newest: int, offer: Offer, moment: int) -> bool:
    """Say whether the day after ``newest`` should be known by now; where weekends have none, after a long one."""
    pause = LONGEST_PAUSE_MS if offer.weekdays_only else 0
    return moment > _next_known(newest, offer) + GRACE_MS + pause


def _next_known(newest: int, offer: Offer) -> int:
    return newest + DAY_MS + offer.cadence_ms + offer.lag_ms


def _series(provider: OnchainProvider, topic: str, rows: DailyRows, read_at: int) -> TopicSeries:
    series = {}
    for fact in FACTS[topic]:
        known = np.isfinite(rows.values[fact])
        series[fact] = ProviderSeries(
            rows.day[known], rows.known_at[known], rows.values[fact][known], provider.name, read_at
        )
    return TopicSeries(provider.title, series)
