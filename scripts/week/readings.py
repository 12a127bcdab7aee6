"""What analyses say in a week: waves that are drawn by seed, so that it is known when an alert must fire."""

import random
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from analysis.framework.question import Request
from analysis.framework.result import Analysis
from composite.record import TrackRecord
from composite.result import Composite
from scripts.week.plan import WeekPlan
from tests.handlers.sample import analysis
from tests.support.composites import sample_composite
from utils.http.errors import Unavailable

Source = Literal["trend", "regime", "trend_strength"]
SOURCES: Final[tuple[Source, ...]] = ("trend", "regime", "trend_strength")
SHORT: Final = 2
LONG: Final = (10, 12)
REST: Final = (16, 30)
"""How many bars a wave is up, briefly or for long, and down between."""
FIRST: Final = (3, 20)
LAST: Final = 14
"""So many bars before the end the last wave begins at the latest: all that it causes comes before the end."""


REACHED_MS: Final = 600_000


@dataclass(frozen=True, slots=True)
class Wave:
    """When a value is up: the moments (UTC ms) at which that begins and ends, in turns."""

    turns: tuple[int, ...]

    def is_up(self, at_ms: int) -> bool:
        """Whether the value is up at a moment."""
        return bisect_right(self.turns, at_ms) % 2 == 1

    @property
    def episodes(self) -> list[tuple[int, int]]:
        """Beginning and end of each time for which it is up."""
        return list(zip(self.turns[::2], self.turns[1::2], strict=True))


def draw_wave(plan: WeekPlan, rng: random.Random) -> Wave:
    """Draw a wave."""
    turns, bar = list[int](), rng.randint(*FIRST)
    while bar + LAST <= plan.bars:
        lasts = rng.choice((SHORT, rng.randint(*LONG)))
        turns += [plan.at(bar), plan.at(bar + lasts)]
        bar += lasts + rng.randint(*REST)
    return Wave(tuple(turns))


async def _nothing(_symbol: str) -> None:
    """Reach nothing."""


class Readings:
    """Answers modules and composites from the waves; ``down`` are symbols of which nothing is known now.

    Implements `handlers.services.AnalysisRunner` and `handlers.services.CompositePort`. ``now_ms`` is the world's
    time. A real analysis reads the exchange, which also tells the bot the time: so a question asks for a price by
    ``reach``, where none has within `REACHED_MS`.
    """

    def __init__(self, waves: dict[tuple[Source, str], Wave], now_ms: Callable[[], int]) -> None:
        self._waves = waves
        self._now_ms = now_ms
        self.reach: Callable[[str], Awaitable[object]] = _nothing
        self.down: frozenset[str] = frozenset()
        self.asked = 0
        self._reached_ms = 0

    def forget_time(self) -> None:
        """Let the next question read the exchange."""
        self._reached_ms = 0

    async def run(self, module_id: str, request: Request, **_: Any) -> Analysis:
        """Return what a module says now. Raises `Unavailable`."""
        if module_id == "regime":
            word = "stressed" if await self._is_up("regime", request) else "calm"
            return replace(analysis(request), module="regime", labels={"volatility_state": word})
        is_up = await self._is_up("trend", request)
        found = analysis(request)
        metrics = tuple(
            replace(one, value=90.0 if is_up else 30.0) if one.id == "rsi_14" else one
            for one in found.metrics
        )
        return replace(found, score=0.9 if is_up else 0.3, metrics=metrics)

    async def score(self, name: str, request: Request) -> Composite:
        """Return one score. Raises `Unavailable`."""
        is_up = await self._is_up("trend_strength", request)
        return sample_composite(symbol=request.symbol, score=0.1 if is_up else 0.5)

    async def all(self, request: Request) -> tuple[Composite, ...]:
        """Return the scores of a digest, which has nothing to do with the waves."""
        return (sample_composite(symbol=request.symbol),)

    async def evidence(self, name: str, request: Request) -> tuple[TrackRecord, ...]:
        """Nobody asks for it here."""
        raise NotImplementedError(name)

    async def _is_up(self, source: Source, request: Request) -> bool:
        self.asked += 1
        if request.symbol in self.down:
            raise Unavailable("binance.spot", "away")
        if self._now_ms() >= self._reached_ms + REACHED_MS:
            await self.reach(request.symbol)
            self._reached_ms = self._now_ms()
        return self._waves[source, request.symbol].is_up(self._now_ms())
