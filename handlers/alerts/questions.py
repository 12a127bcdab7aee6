"""What has to be asked to know the values of alerts: each question once, however many alerts need its answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from analysis.framework.module import AnyModule
from analysis.framework.question import Market
from handlers.alerts.catalogue import Catalogue
from handlers.alerts.condition import WatchedValue
from handlers.alerts.facts import AnswerFacts
from handlers.alerts.truth import NO_VALUE, CurrentValue
from handlers.composites.topic import CompositeTopic
from utils.binance_api.intervals import DAY, HOUR, SHORTEST_MS

MARGIN_OF_SCALE: Final = 0.02
"""How far back a value with a scale must go before it can become true again, as a share of the scale."""
MARGIN_OF_VALUE: Final = 0.001
"""The same of a value without one, as a share of the value."""
Answer = float | AnswerFacts
"""A price, or what the answer of a module or composite says."""
LIVE_MS: Final = 15_000
"""How often what changes all the time is asked."""
SETTLED_MS: Final = 3_000
"""So long after its close a bar is asked for."""


@dataclass(frozen=True, slots=True)
class AlertQuestion:
    """The price of an instrument, or the answer of a module or composite about it, on an interval."""

    source: Literal["price", "module", "composite"]
    id: str
    symbol: str
    market: Market
    interval: str


class AlertQuestions:
    """Knows which question a watched value needs, when to ask it again, and what the answer says of the value."""

    def __init__(
        self, catalogue: Catalogue, modules: Iterable[AnyModule], topics: Iterable[CompositeTopic]
    ) -> None:
        self._catalogue = catalogue
        self._modules = {module.id: module for module in modules}
        self._topics: Mapping[str, CompositeTopic] = {topic.id: topic for topic in topics}

    def question(self, watched: WatchedValue, symbol: str, market: Market, interval: str) -> AlertQuestion:
        """Return the question about a watched value; ``interval`` is that of names without one."""
        if watched.kind == "price":
            return AlertQuestion("price", "price", symbol, market, "")
        asked = watched.interval or interval
        if watched.kind == "composite":
            asked = self._topics[watched.id].interval_of(asked)
            return AlertQuestion("composite", watched.id, symbol, market, asked)
        own = self._modules[watched.id].interval
        return AlertQuestion("module", watched.id, symbol, market, own or asked)

    def next_ms(self, question: AlertQuestion, now_ms: int) -> int:
        """Return when a question that was answered now has another answer (UTC ms): at the next close of a bar.

        What streams, and the price, is asked every `LIVE_MS`; bars that are longer than a day every hour.
        """
        if self._is_live(question):
            return now_ms + LIVE_MS
        step = SHORTEST_MS[question.interval]
        step = step if step <= DAY else HOUR
        return now_ms - now_ms % step + step + SETTLED_MS

    def value(self, watched: WatchedValue, answer: Answer | None) -> CurrentValue:
        """Return what an answer says of a watched value; nothing where there is no answer."""
        if answer is None:
            return NO_VALUE
        if isinstance(answer, float):
            return self._current(watched, answer)
        if watched.kind == "label":
            return CurrentValue(word=answer.labels.get(watched.part))
        if watched.kind == "metric":
            return self._current(watched, answer.metrics[watched.part])
        if watched.part:
            return self._current(watched, answer.numbers.get(watched.part))
        return self._current(watched, answer.score, answer.word)

    def _current(self, watched: WatchedValue, number: float | None, word: str | None = None) -> CurrentValue:
        if number is None:
            return NO_VALUE
        return CurrentValue(number, word, self._margin(watched, number))

    def _margin(self, watched: WatchedValue, number: float) -> float:
        scale = self._catalogue.of(watched).scale
        if scale.low is None or scale.high is None:
            return MARGIN_OF_VALUE * abs(number)
        return MARGIN_OF_SCALE * (scale.high - scale.low)

    def _is_live(self, question: AlertQuestion) -> bool:
        if question.source == "module":
            return self._modules[question.id].job == "stream"
        return question.source == "price" or self._topics[question.id].reads_live
