"""The year that scores are ranked among, where the answers of modules carry less of it: computed in the background.

An answer brings the past of its scalars over some hundred bars. The first question about a symbol is answered with
that; the year before it is then computed by the same functions, one module at a time while nobody waits, and stands
before the past of every later answer. It is used once every module of the question that can have one has it, so that
no row lacks an input that is merely not computed yet. What is kept and used makes no room for others: where more is
asked about than fits, the first have their year and the others a shorter past, instead of all being computed again and
again. An answer's own past goes on from it as bars close, and it is
computed anew before the two come apart. Questions about a past moment use what is there and start nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from analysis.framework.look_back import DRAWN_BARS, MOST_BARS, YEAR_DAYS, look_back_bars
from analysis.framework.module import AnyModule, module_by
from analysis.framework.past_reader import ReadPast
from analysis.framework.question import Market, Request
from analysis.framework.result import Analysis
from analysis.framework.scalar_past import ScalarPast
from utils.binance_api.intervals import MINUTE, SHORTEST_MS
from utils.caching import LruMap
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.priority import background

_log = structlog.get_logger(__name__)

MOST_BYTES: Final = 8_000_000
MOST_WANTED: Final = 32
"""Pasts that wait to be computed; what does not fit is wanted again with its next question."""
HELD_S: Final = 3_600.0
"""A past that was used within this time is not dropped for another one: it would be wanted back at once."""
RETRY_S: Final = 600.0
"""A past that could not be computed is not tried again before."""
SHORT_MS: Final = 15 * MINUTE
SHORT_BARS: Final = 3_000
"""Bars shorter than a quarter of an hour are ranked among as many, and the answer says how long they last."""
JOINED: Final = 1.5
"""Closes at most so many bars apart follow each other; months differ in length."""


@dataclass(frozen=True, slots=True)
class _Key:
    module: str
    symbol: str
    market: Market
    interval: str
    config_hash: str


@dataclass(slots=True, eq=False)
class _Kept:
    """A past, and when it last stood before an answer or was computed (monotonic seconds)."""

    past: ScalarPast
    used_s: float


class PastSource(Protocol):
    """Computes the past of a module's scalars."""

    async def read(self, module_id: str, request: Request, rows: int) -> ReadPast:
        """Return the scalars at the last ``rows`` closes."""
        ...


class LongerPast:
    """Keeps what modules said over the last year, by module, instrument, interval and configuration.

    ``modules`` are those that answer; those that can be walked along recorded bars have a past here. ``quiet`` waits
    until nobody waits for an answer. At most ``most_bytes`` are kept; one that was not used for `HELD_S` makes room.
    """

    def __init__(
        self,
        reader: PastSource,
        modules: Sequence[AnyModule],
        *,
        clock: Clock,
        quiet: Callable[[], Awaitable[None]],
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._reader = reader
        self._modules = tuple(modules)
        self._clock = clock
        self._quiet = quiet
        self._most_bytes = most_bytes
        self._kept: LruMap[_Key, _Kept] = LruMap(most_bytes, weigh=lambda kept: kept.past.nbytes)
        self._wanted: dict[_Key, None] = {}
        self._failed: LruMap[_Key, float] = LruMap(MOST_WANTED)
        self._some_wanted = asyncio.Event()

    @property
    def kept_bytes(self) -> int:
        """The size of all that is kept."""
        return sum(kept.past.nbytes for kept in self._kept.values())

    @property
    def waiting(self) -> int:
        """How many pasts wait to be computed, that under way included."""
        return len(self._wanted)

    def of(self, answers: Sequence[Analysis], *, live: bool) -> Mapping[str, ScalarPast]:
        """Return by module id what goes before the pasts of answers: of all that can have more than theirs, or none.

        With ``live`` what is missing, or will soon be too old, is computed for later questions.
        """
        extended = [one for one in answers if self._can_be_longer(one)]
        found = {_key_of(one): self._before(one, live=live) for one in extended}
        pasts = {key: past for key, past in found.items() if past is not None}
        if len(pasts) < len(found):
            return {}
        return {key.module: self._used(key, past) for key, past in pasts.items()}

    async def run(self) -> None:
        """Compute what is wanted, one past at a time, until cancelled."""
        with background():
            while True:
                await self._some_wanted.wait()
                await self._quiet()
                key = next(iter(self._wanted))
                try:
                    await self._compute(key)
                finally:
                    self._unwant(key)

    def _can_be_longer(self, answer: Analysis) -> bool:
        """Return whether history may begin before the past of an answer, and ranks look further back than it."""
        if module_by(answer.module, self._modules).recorded is None:
            return False
        return DRAWN_BARS <= len(answer.past.time) < year_bars(answer.interval)

    def _before(self, answer: Analysis, *, live: bool) -> ScalarPast | None:
        key, time = _key_of(answer), answer.past.time
        kept = self._kept.peek(key)
        if live and (kept is None or kept.past.time[-1] < time[len(time) // 2]):
            self._want(key)
        if kept is None or kept.past.time[-1] + JOINED * SHORTEST_MS[answer.interval] < time[0]:
            return None
        return kept.past

    def _used(self, key: _Key, past: ScalarPast) -> ScalarPast:
        if (kept := self._kept.get(key)) is not None:
            kept.used_s = self._clock.monotonic()
        return past

    def _has_room(self, key: _Key) -> bool:
        """Return whether a past is kept already, fits beside the others, or one that nobody uses makes room."""
        if key in self._kept or not len(self._kept):
            return True
        largest = max(kept.past.nbytes for kept in self._kept.values())
        if self.kept_bytes + largest <= self._most_bytes:
            return True
        _, oldest = self._kept.oldest()
        return self._clock.monotonic() - oldest.used_s >= HELD_S

    def _want(self, key: _Key) -> None:
        if not self._has_room(key):
            return
        failed_s = self._failed.peek(key)
        if failed_s is not None and self._clock.monotonic() - failed_s < RETRY_S:
            return
        if len(self._wanted) < MOST_WANTED:
            self._wanted[key] = None
            self._some_wanted.set()

    def _unwant(self, key: _Key) -> None:
        del self._wanted[key]
        if not self._wanted:
            self._some_wanted.clear()

    async def _compute(self, key: _Key) -> None:
        if not self._has_room(key):  # others have come before it
            return
        request = Request(key.symbol, key.interval, market=key.market)
        try:
            read = await self._reader.read(key.module, request, year_bars(key.interval))
        except Exception as error:  # whatever it is costs ranks their length alone
            self._note_failure(key, error)
            return
        kept = _Kept(read.past, self._clock.monotonic())
        self._kept.put(replace(key, config_hash=read.config_hash), kept)
        if key in self._failed:
            self._failed.pop(key)

    def _note_failure(self, key: _Key, error: Exception) -> None:
        if key not in self._failed:
            defect = None if isinstance(error, SourceError) else error
            _log.warning(
                "ranks have no year yet",
                module=key.module,
                symbol=key.symbol,
                interval=key.interval,
                error=str(error),
                exc_info=defect,
            )
        self._failed.put(key, self._clock.monotonic())


def _key_of(answer: Analysis) -> _Key:
    return _Key(answer.module, answer.symbol, answer.market, answer.interval, answer.config_hash)


def year_bars(interval: str) -> int:
    """Return how many bars a year is, fewer of short ones."""
    return look_back_bars(interval, YEAR_DAYS, MOST_BARS if SHORTEST_MS[interval] >= SHORT_MS else SHORT_BARS)
