"""Rules that are offered ready made under a card: those that are not true already."""

from collections.abc import Iterator, Mapping
from math import floor, log10
from typing import Final

from handlers.alerts.catalogue import PRICE, Catalogue, Scale
from handlers.alerts.condition import Predicate, WatchedValue
from handlers.alerts.truth import NO_VALUE, CurrentValue

MOST: Final = 3
HIGH, MIDDLE, LOW = 0.75, 0.5, 0.25
"""Where on a scale the levels stand that are offered."""
STEP: Final = 0.05
"""How far from the price the price that is offered stands, as a share of it."""
_DIGITS: Final = 2


def ready_predicates(
    watched: WatchedValue, values: Mapping[WatchedValue, CurrentValue], catalogue: Catalogue
) -> tuple[Predicate, ...]:
    """Return two or three conditions about a score, its word and the price, with a view to what they are now. Pure."""
    found = catalogue.of(watched)
    offered = list(_levels(watched, found.scale, values.get(watched, NO_VALUE).number))
    if found.words:
        offered.append(Predicate(watched, "changes", None))
    price = values.get(PRICE, NO_VALUE).number
    if price:
        offered.append(Predicate(PRICE, "crosses_up", _round(price * (1 + STEP))))
        offered.append(Predicate(PRICE, "crosses_down", _round(price * (1 - STEP))))
    return tuple(offered[:MOST])


def _levels(watched: WatchedValue, scale: Scale, now: float | None) -> Iterator[Predicate]:
    if scale.low is None or scale.high is None:
        return
    high, middle, low = (_on(scale.low, scale.high, share) for share in (HIGH, MIDDLE, LOW))
    yield Predicate(watched, "<", middle) if now is not None and now > high else Predicate(watched, ">", high)
    yield Predicate(watched, ">", middle) if now is not None and now < low else Predicate(watched, "<", low)


def _on(low: float, high: float, share: float) -> float:
    return round(low + share * (high - low), 4)


def _round(price: float) -> float:
    """A price with two digits behind its first."""
    return round(price, _DIGITS - floor(log10(price)))
