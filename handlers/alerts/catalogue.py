"""What an alert can watch, and the names it has: read from the declarations of modules and composites."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from analysis.framework.module import AnyModule
from composite.declared import BY_NAME
from handlers.alerts.condition import Kind, WatchedValue
from handlers.composites.topic import CompositeTopic, look_of
from handlers.grammar import normal_interval
from handlers.locale.messages import N_

PRICE: Final = WatchedValue("price", "price")
_PRICE_NAMES: Final = ("price", "fiyat")
_ALIKE: Final = 0.6
"""Least similarity (Ratcliff/Obershelp) of a name that is suggested."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From where to where a value reaches; ``None`` where it has no bounds."""

    low: float | None = None
    high: float | None = None

    def holds(self, level: float) -> bool:
        """Return whether a value can lie on either side of a level."""
        return (self.low is None or level >= self.low) and (self.high is None or level <= self.high)


@dataclass(frozen=True, slots=True)
class Watchable:
    """Something that can be watched: without its interval, with its scale, and a title (a message id).

    ``intervals`` says whether it may be asked on any interval, ``words`` whether it says a word that can change,
    ``numbers`` whether it has a value, shown with ``decimals``; one that ``is_price`` has as many as a price needs.
    """

    watched: WatchedValue
    title: str
    scale: Scale = Scale()
    intervals: bool = True
    words: bool = False
    numbers: bool = True
    decimals: int = 2
    is_price: bool = False


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name that nothing has, and the most similar one that something has."""

    name: str
    nearest: str | None


@dataclass(frozen=True, slots=True)
class NoInterval:
    """A name with an interval that there is not, or that what is watched does not take."""

    name: str
    interval: str
    watched: WatchedValue


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that can be watched by each of its names, in lower case."""

    by_name: Mapping[str, Watchable]
    _by_watched: Mapping[WatchedValue, Watchable] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_watched = {found.watched: found for found in self.by_name.values()}
        object.__setattr__(self, "_by_watched", by_watched)

    def find(self, name: str) -> WatchedValue | UnknownName | NoInterval:
        """Return what a name such as ``trend.rsi_14.4h`` stands for."""
        words, last = name.casefold(), ""
        found = self.by_name.get(words)
        if found is None and "." in name:
            words, _, last = name.rpartition(".")
            found = self.by_name.get(words.casefold())
        if found is None:
            return UnknownName(name, self._nearest(name.casefold()))
        if not last:
            return found.watched
        interval = normal_interval(last)
        if interval is None and self._parts_of(found.watched):
            return UnknownName(name, self._nearest(name.casefold()))
        if interval is None or not found.intervals:
            return NoInterval(name, last, found.watched)
        return replace(found.watched, interval=interval)

    def of(self, watched: WatchedValue) -> Watchable:
        """Return the declaration of what is watched; `KeyError` for what this catalogue has not."""
        return self._by_watched[replace(watched, interval=None)]

    def _parts_of(self, watched: WatchedValue) -> bool:
        return watched.kind == "score" and any(
            other.id == watched.id and other.part for other in self._by_watched
        )

    def _nearest(self, name: str) -> str | None:
        stem, _, last = name.rpartition(".")
        interval = "" if not stem or normal_interval(last) is None else last
        close = difflib.get_close_matches(stem if interval else name, self.by_name, n=1, cutoff=_ALIKE)
        return f"{close[0]}.{interval}" if close and interval else next(iter(close), None)


def catalogue(modules: Iterable[AnyModule], scores: Iterable[CompositeTopic]) -> Catalogue:
    """Return all that can be watched: the price, scores, metrics and labels of one symbol.

    What is answered about a basket alone, and what are weights and no number, is not among it.
    """
    made: dict[str, Watchable] = {}
    price = Watchable(PRICE, N_("price"), Scale(low=0.0), intervals=False, is_price=True)
    made.update(dict.fromkeys(_PRICE_NAMES, price))
    for module in modules:
        if module.basket is None or module.basket.unnamed == "default":
            made.update(_of_module(module))
    for topic in scores:
        if topic.basket is None:
            made.update(_of_score(topic))
    return Catalogue(made)


def _of_module(module: AnyModule) -> dict[str, Watchable]:
    takes = module.interval is None

    def found(kind: Kind, part: str, title: str, scale: Scale = Scale()) -> Watchable:
        numbers = kind != "label"
        words = not numbers or (kind == "score" and not part and module.score.directional)
        return Watchable(WatchedValue(kind, module.id, part), title, scale, takes, words, numbers)

    own = found("score", "", module.title, Scale(module.score.low, module.score.high))
    parts = {
        one.name: found("score", one.name, one.name.replace("_", " "), Scale(one.low, one.high))
        for one in module.headlines
    }
    parts |= {
        metric.id: replace(
            found("metric", metric.id, metric.title),
            decimals=metric.decimals,
            is_price=metric.unit == "price",
        )
        for metric in module.metrics
    }
    parts |= {name: found("label", name, name.replace("_", " ")) for name in module.labels}
    names = {module.id, *module.commands}
    return dict.fromkeys(sorted(names), own) | {
        f"{name}.{part}": one for name in sorted(names) for part, one in parts.items()
    }


def _of_score(topic: CompositeTopic) -> dict[str, Watchable]:
    declared = BY_NAME[topic.id]
    found = Watchable(
        WatchedValue("composite", topic.id),
        topic.title,
        Scale(declared.low, declared.high),
        intervals=topic.interval is None,
        words=look_of(topic).bands is None,
    )
    return dict.fromkeys((topic.id, *topic.commands), found)
