"""The faults ordered by a test: what they match, how often and how long they bite."""

import itertools
import random
from collections.abc import Collection, Container, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase

from utils.sandbox.control.clock import TimeSource

Known = Mapping[str, Mapping[str, tuple[type, ...]]]
"""Names of faults, each with its settings and their types."""


@dataclass(slots=True)
class Fault:
    """One ordered fault.

    `match` maps fact names (market, kind, path, method, symbol, stream, chat) to a value or a `*` pattern; an
    empty match fits everything. `fault` maps fault names to their settings. `count` is how often it still
    bites (`None`: for ever), `until_ms` when it ends, `probability` the chance that a matching call is hit.
    """

    id: int
    match: dict[str, object]
    fault: dict[str, dict[str, object]]
    count: int | None = None
    until_ms: int | None = None
    probability: float = 1.0

    def fits(self, facts: Mapping[str, object]) -> bool:
        """Whether every entry of `match` agrees with the facts of a call; of a set of facts one must agree."""
        return all(name in facts and _agrees(facts[name], value) for name, value in self.match.items())

    def describe(self) -> dict[str, object]:
        """The fault as JSON."""
        return {
            "id": self.id,
            "match": self.match,
            "fault": self.fault,
            "count": self.count,
            "until_ms": self.until_ms,
            "probability": self.probability,
        }


class FaultTable:
    """The faults of one server, tried in the order in which they were added; chance comes from `seed`.

    `known` are the faults that the server knows, with the types of their settings; other faults, other settings
    and other types are refused (`None`: anything will do).
    """

    def __init__(self, clock: TimeSource, seed: int = 1, known: Known | None = None) -> None:
        self._known = known
        self._clock = clock
        self._random = random.Random(seed)
        self._ids = itertools.count(1)
        self._faults: dict[int, Fault] = {}

    def add(
        self,
        match: Mapping[str, object],
        fault: str | Mapping[str, object],
        *,
        count: int | None = None,
        for_ms: int | None = None,
        probability: float = 1.0,
    ) -> Fault:
        """Order a fault, given by name or as `{name: settings}`; several names bite together.

        Raises `ValueError` when the request makes no sense.
        """
        if count is not None and count < 1:
            raise ValueError("count must be at least 1")
        if not 0 < probability <= 1:
            raise ValueError("probability must be in (0, 1]")
        named = _normalised(fault)
        if self._known is not None:
            _check(named, self._known)
        until_ms = None if for_ms is None else self._clock.now_ms() + for_ms
        added = Fault(next(self._ids), dict(match), named, count, until_ms, probability)
        self._faults[added.id] = added
        return added

    def list(self) -> tuple[Fault, ...]:
        """The faults that can still bite."""
        self._drop_expired()
        return tuple(self._faults.values())

    def remove(self, fault_id: int) -> bool:
        """Forget one fault; false when it is not there."""
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    def __bool__(self) -> bool:
        """Whether any fault stands."""
        return bool(self._faults)

    def take(self, among: Collection[str] | None = None, /, **facts: object) -> Fault | None:
        """The first fault that fits the facts and that chance lets through; its count goes down by one.

        With `among` only faults with one of these names are looked at.
        """
        return next(self._biting(among, frozenset(), facts), None)

    def hits(
        self, among: Collection[str], spared: Container[int] = frozenset(), /, **facts: object
    ) -> Sequence[Fault]:
        """All faults with one of the names `among` that fit and that chance lets through, except the `spared` ids."""
        return tuple(self._biting(among, spared, facts))

    def _biting(
        self, among: Collection[str] | None, spared: Container[int], facts: Mapping[str, object]
    ) -> Iterator[Fault]:
        self._drop_expired()
        for fault in tuple(self._faults.values()):
            meant = fault.id not in spared and (among is None or not fault.fault.keys().isdisjoint(among))
            if meant and fault.fits(facts) and self._random.random() < fault.probability:
                self._spend(fault)
                yield fault

    def _spend(self, fault: Fault) -> None:
        if fault.count is None:
            return
        fault.count -= 1
        if fault.count == 0:
            del self._faults[fault.id]

    def _drop_expired(self) -> None:
        now_ms = self._clock.now_ms()
        expired = [f.id for f in self._faults.values() if f.until_ms is not None and f.until_ms <= now_ms]
        for fault_id in expired:
            del self._faults[fault_id]


def _agrees(fact: object, wanted: object) -> bool:
    facts = fact if isinstance(fact, Set) else (fact,)
    return any(fnmatchcase(str(one), str(wanted)) for one in facts)


def _check(named: Mapping[str, Mapping[str, object]], known: Known) -> None:
    if unknown := sorted(named.keys() - known.keys()):
        raise ValueError(f"unknown fault {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    for name, settings in named.items():
        for setting, value in settings.items():
            types = known[name].get(setting)
            if types is None:
                raise ValueError(
                    f"fault {name} has no setting {setting}; it has: {', '.join(known[name]) or 'none'}"
                )
            if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
                wanted = " or ".join(kind.__name__ for kind in types)
                raise ValueError(f"setting {setting} of fault {name} must be {wanted}")


def _normalised(fault: str | Mapping[str, object]) -> dict[str, dict[str, object]]:
    named: Mapping[str, object] = {fault: {}} if isinstance(fault, str) else fault
    if not named:
        raise ValueError("fault must name at least one fault")
    return {name: _settings(name, settings) for name, settings in named.items()}


def _settings(name: str, settings: object) -> dict[str, object]:
    if settings is None or settings is True:
        return {}
    if not isinstance(settings, Mapping):
        raise TypeError(f"settings of fault {name} must be an object")
    return {str(key): value for key, value in settings.items()}
