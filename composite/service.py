"""From a question to composite scores: modules are asked side by side, each once, and a worker computes from them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Final, Protocol, TypeVar

import structlog

from analysis.framework.missing import PART_FAILED
from analysis.framework.module import AnyModule
from analysis.framework.question import Request
from analysis.framework.reasons import OLDER_PRICE, STILL_COMPUTING, Reason
from analysis.framework.result import Analysis
from analysis.framework.scalar_past import ScalarPast
from composite.alignment import NOTHING_EARLIER
from composite.asked import ScoreContext, Surroundings
from composite.declared import BY_NAME
from composite.events_around import EventsAround
from composite.gather import (
    Ask,
    Found,
    Gathered,
    ModuleRunner,
    ask_modules,
    gathered,
    reason_of,
    wanted_scalars,
)
from composite.jobs import ScoreJob, score_of, scores_of
from composite.readings import Readings, readings_before
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

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")
Specs = Callable[[], Mapping[str, CompositeSpec]]
Records = Callable[[str, Request], Sequence[TrackRecord]]


class Events(Protocol):
    """Knows which events are near."""

    async def around(self, request: Request) -> EventsAround:
        """Return the events that a question may be near."""
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
        if not _has_enough(name, request):
            return self._withheld(spec, request, _too_few(name))
        found = (await self._gathered([spec], request))[name]
        if isinstance(found, SourceError):
            raise found
        begun = await self._begun(spec, request, found, await self._events_of(request))
        return await self._on_worker(score_of, begun) if isinstance(begun, ScoreJob) else begun

    async def all(self, request: Request) -> tuple[Composite, ...]:
        """Return every score of a question in the order they are declared; of a basket those that take one.

        Modules that several scores read are asked once, and one job computes all. A score none of whose modules
        answered, or that has a defect, is withheld with the reason; the first ``SourceError`` is raised where that is
        every score of enough symbols.
        """
        specs = self._specs()
        names = [one.name for one in BY_NAME.values() if request.basket is None or one.basket is not None]
        asked = [specs[name] for name in names if _has_enough(name, request)]
        found = await self._gathered(asked, request)
        faults = [one for one in found.values() if isinstance(one, SourceError)]
        if faults and len(faults) == len(asked):
            raise faults[0]
        made = await self._made(asked, request, found)
        return tuple(
            one if isinstance(one, Composite) else self._withheld(specs[name], request, one)
            for name, one in ((name, made.get(name) or _too_few(name)) for name in names)
        )

    async def evidence(self, name: str, request: Request) -> tuple[TrackRecord, ...]:
        """Return what was measured of a score on the symbol and interval, nothing where nothing was."""
        return tuple(self._records(name, request))

    async def _gathered(
        self, specs: Sequence[CompositeSpec], request: Request
    ) -> dict[str, Gathered | SourceError]:
        """Return by name what each score is made of, or the error of its first source where nothing answered."""
        found: dict[Ask, Found] = {}
        waiting = {spec.name: _asks(spec, request) for spec in specs}
        for _ in range(MOST_WAITS):  # what a late module was computing goes on, and is joined
            found |= await ask_modules(
                self._runner,
                self._modules,
                (
                    ask
                    for asks in waiting.values()
                    for ask in asks
                    if not isinstance(found.get(ask), Analysis)
                ),
                request,
                clock=self._clock,
                deadline_s=self._deadline_s,
                wanted=wanted_scalars(specs),
            )
            waiting = {name: asks for name, asks in waiting.items() if not _suffices(name, asks, found)}
            if not waiting:
                break
        return {spec.name: gathered(found, _asks(spec, request), request, self._clock) for spec in specs}

    async def _made(
        self, specs: Sequence[CompositeSpec], request: Request, found: Mapping[str, Gathered | SourceError]
    ) -> dict[str, Composite | Reason]:
        """Return every score by name, or why there is none."""
        near, made, jobs = await self._events_of(request), dict[str, Composite | Reason](), list[ScoreJob]()
        for spec in specs:
            begun = await self._begun_or_reason(spec, request, found[spec.name], near)
            if isinstance(begun, ScoreJob):
                jobs.append(begun)
            else:
                made[spec.name] = begun
        for job, score in zip(jobs, await self._computed(jobs), strict=True):
            made[job.spec.name] = score or PART_FAILED
        return made

    async def _begun_or_reason(
        self,
        spec: CompositeSpec,
        request: Request,
        found: Gathered | SourceError,
        near: EventsAround | None,
    ) -> ScoreJob | Composite | Reason:
        if isinstance(found, SourceError):
            return reason_of(found)
        try:
            return await self._begun(spec, request, found, near)
        except Exception:  # a defect of one score costs that score alone
            _log.exception("a composite score failed", composite=spec.name, symbol=request.symbol)
            return PART_FAILED

    async def _computed(self, jobs: Sequence[ScoreJob]) -> tuple[Composite | None, ...]:
        """Return the score of each job, ``None`` where there is a defect."""
        if not jobs:
            return ()
        try:
            return await self._on_worker(scores_of, jobs)
        except Exception:  # what breaks the worker costs what it was to compute
            _log.exception("composite scores were not computed", symbol=jobs[0].context.symbol)
            return (None,) * len(jobs)

    async def _on_worker(self, work: Callable[[JobT], ResultT], job: JobT) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, job)

    async def _events_of(self, request: Request) -> EventsAround | None:
        return None if self._events is None else await self._events.around(request)

    def _earlier(self, answers: Sequence[Analysis], request: Request) -> Mapping[str, ScalarPast]:
        if self._pasts is None:
            return NOTHING_EARLIER
        return self._pasts.of(answers, live=request.as_of is None)

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

    async def _begun(
        self, spec: CompositeSpec, request: Request, found: Gathered, near: EventsAround | None
    ) -> ScoreJob | Composite:
        """Return what a worker makes a score of; weights as they are, which nothing has to be computed for."""
        lead, declared = found.lead, BY_NAME[spec.name]
        symbol, market = (request.symbol, request.market) if lead is None else (lead.symbol, lead.market)
        readings, unread = None, None
        if declared.remembers:
            readings, unread = await readings_before(self._readings, spec.name, request, found.now)
        context = ScoreContext(symbol, market, request.interval, unread=unread)
        around = self._around(request, found, () if near is None else near.near(found.now))
        said = found.said(self._earlier(tuple(found.answers.values()), request), spec.scalars())
        if declared.is_weights:
            return allocation(spec, found.answers, said.panel(), context, around)
        return ScoreJob(spec, said, context, around, readings, None if near is None else near.dated)

    def _around(self, request: Request, found: Gathered, events: tuple[Event, ...]) -> Surroundings:
        lead, now = found.lead, found.now
        if lead is None:
            return Surroundings(as_of=now, bar_close=now, basket=request.basket, events=events)
        return Surroundings(
            as_of=now,
            bar_close=lead.bar_close,
            is_final=lead.is_final,
            price=lead.price,
            changes=lead.changes,
            tick_size=lead.tick_size,
            sources=found.sources,
            events=events,
            candles=found.candles,
            basket=request.basket,
            notes=tuple(note for note in lead.notes if note.code == OLDER_PRICE),
            computed_at=self._clock.now_ms(),
        )


def _asks(spec: CompositeSpec, request: Request) -> tuple[Ask, ...]:
    """Return what is asked for a score."""
    return tuple((name, spec.interval_of(name, request.interval)) for name in spec.modules)


def _suffices(name: str, asks: Sequence[Ask], found: Mapping[Ask, Found]) -> bool:
    """Return whether there is something to make a score of, or nothing that may still come.

    Weights need module I, or that it will not come.
    """
    own = {ask[0]: found[ask] for ask in asks}
    if BY_NAME[name].is_weights:
        return own.get(ALLOCATE) != STILL_COMPUTING
    return STILL_COMPUTING not in own.values() or any(isinstance(one, Analysis) for one in own.values())


def _too_few(name: str) -> Reason:
    return Reason("few_symbols", {"needs": BY_NAME[name].fewest_symbols})


def _has_enough(name: str, request: Request) -> bool:
    """Return whether a question names as many symbols as a score needs."""
    count = 1 if request.basket is None else len(request.basket.members)
    return count >= BY_NAME[name].fewest_symbols
