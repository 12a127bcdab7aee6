"""From a question to composite scores: the modules are asked side by side, and a worker computes from their scalars."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Final, Protocol

import structlog

from analysis.arrays import Times
from analysis.framework.missing import PART_FAILED
from analysis.framework.module import AnyModule, module_by
from analysis.framework.question import Request
from analysis.framework.reasons import STILL_COMPUTING, Reason
from analysis.framework.result import Analysis
from analysis.framework.scalar_past import ScalarPast
from composite.alignment import NOTHING_EARLIER
from composite.asked import ScoreContext, Surroundings
from composite.declared import BY_NAME
from composite.events_around import EventsAround
from composite.gather import (
    Gathered,
    ModuleRunner,
    WantedScalars,
    gather_panel,
    reason_of,
    wanted_scalars,
)
from composite.jobs import score_of
from composite.panel import Panel
from composite.readings import Readings, readings_before, with_readings
from composite.record import TrackRecord
from composite.result import Composite, Event
from composite.scores.optimal_allocation import ALLOCATE, allocation
from config.c_composite import CompositeSpec
from utils.binance_api.intervals import SHORTEST_MS
from utils.clock import Clock
from utils.http.errors import SourceError

_log = structlog.get_logger(__name__)

DEADLINE_S: Final = 8.0
"""How long a score waits for one of its modules; what is not there by then lowers its coverage."""
MOST_WAITS: Final = 3
"""How often a score of which nothing is there yet, or weights whose module is late, wait that long."""

Specs = Callable[[], Mapping[str, CompositeSpec]]
Records = Callable[[str, Request], Sequence[TrackRecord]]


class Events(Protocol):
    """Knows which events are near."""

    async def around(self, request: Request, time: Times) -> EventsAround:
        """Return the events around the last of the moments, and how far each moment is from a dated one."""
        ...


class Pasts(Protocol):
    """Keeps more of the past of scalars than answers carry."""

    def of(self, answers: Sequence[Analysis], *, live: bool) -> Mapping[str, ScalarPast]:
        """Return by module id what goes before the pasts of answers, which are about now where ``live``."""
        ...


class CompositeService:
    """Answers questions about composite scores.

    ``specs`` returns the scores in force, read once per question. ``executor`` computes (the loop's threads by
    default). ``records`` returns what was measured of a score. ``events`` knows which are near, none without it.
    Without ``pasts`` scores are ranked among the past that answers carry; without ``readings`` a score that remembers
    earlier ones has none.
    """

    def __init__(
        self,
        runner: ModuleRunner,
        modules: Sequence[AnyModule],
        specs: Specs,
        *,
        clock: Clock,
        executor: Executor | None = None,
        records: Records = lambda name, request: (),
        events: Events | None = None,
        pasts: Pasts | None = None,
        readings: Readings | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._runner = runner
        self._modules = tuple(modules)
        self._specs = specs
        self._clock = clock
        self._executor = executor
        self._records = records
        self._events = events
        self._pasts = pasts
        self._readings = readings
        self._deadline_s = deadline_s

    async def score(self, name: str, request: Request) -> Composite:
        """Return one score, withheld with its reasons where too much is missing or it needs more symbols.

        ``KeyError`` for an unknown name; the first module's ``SourceError`` where no module answered.
        """
        spec = self._specs()[name]
        return await self._answer(spec, request, wanted_scalars([spec]))

    async def all(self, request: Request) -> tuple[Composite, ...]:
        """Return every score of a question in the order they are declared; of a basket those that take one.

        Modules that several scores read are asked once. A score none of whose modules answered, or that has a defect,
        is withheld with the reason; the first ``SourceError`` is raised where that is every score of enough symbols.
        """
        specs = self._specs()
        names = [one.name for one in BY_NAME.values() if request.basket is None or one.basket is not None]
        wanted = wanted_scalars([specs[name] for name in names])
        made = await asyncio.gather(*(self._made_or_missing(specs[name], request, wanted) for name in names))
        faults = [one for one in made if isinstance(one, SourceError)]
        if faults and len(faults) == sum(_has_enough(name, request) for name in names):
            raise faults[0]
        return tuple(
            one if isinstance(one, Composite) else self._withheld(specs[name], request, reason_of(one))
            for name, one in zip(names, made, strict=True)
        )

    async def evidence(self, name: str, request: Request) -> tuple[TrackRecord, ...]:
        """Return what was measured of a score on the symbol and interval, nothing where nothing was."""
        return tuple(self._records(name, request))

    async def _answer(self, spec: CompositeSpec, request: Request, wanted: WantedScalars) -> Composite:
        if not _has_enough(spec.name, request):
            needs = BY_NAME[spec.name].fewest_symbols
            return self._withheld(spec, request, Reason("few_symbols", {"needs": needs}))
        return await self._made(spec, request, await self._gathered(spec, request, wanted))

    async def _made_or_missing(
        self, spec: CompositeSpec, request: Request, wanted: WantedScalars
    ) -> Composite | SourceError | Reason:
        try:
            return await self._answer(spec, request, wanted)
        except SourceError as error:
            return error
        except Exception:  # a defect of one score costs that score alone
            _log.exception("a composite score failed", composite=spec.name, symbol=request.symbol)
            return PART_FAILED

    async def _gathered(self, spec: CompositeSpec, request: Request, wanted: WantedScalars) -> Gathered:
        modules = [module_by(name, self._modules) for name in spec.modules]
        for _ in range(MOST_WAITS):  # what a late module was computing goes on, and is joined
            gathered = await gather_panel(
                self._runner,
                modules,
                request,
                clock=self._clock,
                deadline_s=self._deadline_s,
                earlier=partial(self._earlier, live=request.as_of is None),
                intervals=spec.intervals,
                wanted=wanted,
                only=spec.scalars(),
            )
            if _suffices(spec, gathered):
                break
        return gathered

    def _earlier(self, answers: Sequence[Analysis], *, live: bool) -> Mapping[str, ScalarPast]:
        return NOTHING_EARLIER if self._pasts is None else self._pasts.of(answers, live=live)

    def _withheld(self, spec: CompositeSpec, request: Request, reason: Reason) -> Composite:
        """Return a score of which nothing is there."""
        now = self._clock.now_ms()
        moment = now if request.as_of is None else request.as_of
        declared = BY_NAME[spec.name]
        return Composite(
            name=spec.name,
            score_name=declared.score_name,
            symbol=request.symbol,
            market=request.market,
            interval=request.interval,
            horizon_s=spec.horizon(SHORTEST_MS[request.interval] / 1000),
            as_of=moment,
            bar_close=moment,
            is_final=True,
            price=None,
            score=None,
            raw=None,
            low=declared.low,
            high=declared.high,
            neutral=declared.neutral,
            uncertainty=None,
            percentile=None,
            method=spec.method,
            coverage=0.0,
            min_coverage=spec.min_coverage,
            groups_present=0,
            min_groups=spec.min_groups,
            contributions=(),
            config_hash=spec.digest,
            null_reasons=(reason,),
            basket=request.basket,
            computed_at=now,
        )

    async def _made(self, spec: CompositeSpec, request: Request, gathered: Gathered) -> Composite:
        lead = gathered.lead
        symbol, market = (request.symbol, request.market) if lead is None else (lead.symbol, lead.market)
        panel, unread = await self._remembering(spec, request, gathered.panel)
        near = None if self._events is None else await self._events.around(request, panel.time)
        hours = None if near is None else near.hours
        context = ScoreContext(symbol, market, request.interval, event_hours=hours, unread=unread)
        around = self._around(request, gathered, () if near is None else near.events)
        if BY_NAME[spec.name].is_weights:
            return allocation(spec, gathered.answers, panel, context, around)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, score_of, spec, panel, context, around)

    async def _remembering(
        self, spec: CompositeSpec, request: Request, panel: Panel
    ) -> tuple[Panel, Reason | None]:
        """Return the panel, of a score that remembers with its earlier readings, and why they cannot be read."""
        if not BY_NAME[spec.name].remembers:
            return panel, None
        past, unread = await readings_before(self._readings, spec.name, request, int(panel.time[-1]))
        return with_readings(panel, past), unread

    def _around(self, request: Request, gathered: Gathered, events: tuple[Event, ...]) -> Surroundings:
        lead, now = gathered.lead, int(gathered.panel.time[-1])
        if lead is None:
            return Surroundings(as_of=now, bar_close=now, basket=request.basket, events=events)
        return Surroundings(
            as_of=now,
            bar_close=lead.bar_close,
            is_final=lead.is_final,
            price=lead.price,
            changes=lead.changes,
            tick_size=lead.tick_size,
            sources=gathered.sources,
            events=events,
            candles=gathered.candles,
            basket=request.basket,
            computed_at=self._clock.now_ms(),
        )


def _suffices(spec: CompositeSpec, gathered: Gathered) -> bool:
    """Return whether there is something to make a score of; weights need module I, or that it will not come."""
    if BY_NAME[spec.name].is_weights:
        return gathered.panel.absent.get(ALLOCATE) != STILL_COMPUTING
    return bool(gathered.answers)


def _has_enough(name: str, request: Request) -> bool:
    """Return whether a question names as many symbols as a score needs."""
    count = 1 if request.basket is None else len(request.basket.members)
    return count >= BY_NAME[name].fewest_symbols
