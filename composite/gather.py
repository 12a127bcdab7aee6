"""From a question to the scalars of a composite: its modules run side by side, and none is waited for long.

A module that fails or is late is a reason in the panel; what it was computing goes on for the next question.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from analysis.arrays import Floats
from analysis.framework.answer import CANDLES
from analysis.framework.missing import PART_FAILED
from analysis.framework.module import AnyModule
from analysis.framework.question import Request, Scope, SourceStamp
from analysis.framework.reasons import STILL_COMPUTING, Reason
from analysis.framework.result import Analysis
from analysis.framework.scalar_past import ScalarPast
from analysis.sources.degrading import fault_reason
from composite.alignment import NOTHING_EARLIER, panel_of
from composite.declared_scalars import module_id
from composite.panel import Panel
from config.c_composite import CompositeSpec
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.timeouts import first_within

_log = structlog.get_logger(__name__)

SAME_INTERVAL: Final[Mapping[str, str]] = {}

WantedScalars = Mapping[str, tuple[str, ...]]
"""The scalars that are wanted of a module, by its id."""
EVERY_SCALAR: Final[WantedScalars] = {}

Earlier = Callable[[Sequence[Analysis]], Mapping[str, ScalarPast]]
"""What goes before the pasts of answers, by module id."""


class ModuleRunner(Protocol):
    """Runs one analysis module for one request."""

    async def run(self, module_id: str, request: Request) -> Analysis:
        """Return the module's answer. Raises ``SourceError``."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """The panel of a question and the answers it is from, by module id in the order they were asked for.

    ``lead`` is the answer whose price, candles and times stand for all: the first on the asked interval, else the
    first one; ``None`` where no module answered in time.
    """

    panel: Panel
    answers: Mapping[str, Analysis]
    lead: Analysis | None

    @property
    def sources(self) -> tuple[SourceStamp, ...]:
        """Where the answers came from, each source once, as it was read last."""
        stamps = [stamp for answer in self.answers.values() for stamp in answer.sources]
        newest = {stamp.name: stamp for stamp in sorted(stamps, key=lambda stamp: stamp.fetched_at)}
        return tuple(newest[name] for name in dict.fromkeys(stamp.name for stamp in stamps))

    @property
    def candles(self) -> dict[str, Floats]:
        """The drawn bars of ``lead``: ``time`` (open, UTC ms), prices and volume; none where nothing answered."""
        if self.lead is None:
            return {}
        return {name: self.lead.series[name] for name in ("time", *CANDLES) if name in self.lead.series}


async def gather_panel(
    runner: ModuleRunner,
    modules: Sequence[AnyModule],
    request: Request,
    *,
    clock: Clock,
    deadline_s: float,
    earlier: Earlier = lambda answers: NOTHING_EARLIER,
    intervals: Mapping[str, str] = SAME_INTERVAL,
    wanted: WantedScalars = EVERY_SCALAR,
    only: Collection[str] | None = None,
) -> Gathered:
    """Ask ``modules`` side by side and return the scalars of those that answer within ``deadline_s`` seconds.

    ``intervals`` by module id are those of modules that are not asked on the interval of ``request``. Of a module that
    is not named in ``wanted`` every scalar is. The panel has those named in ``only``, all without it. A module that
    takes no basket is asked about the symbol alone. ``earlier`` returns what goes before the pasts of the answers.
    Where none answers, none is late and a source failed, its ``SourceError`` is raised, that of the first module.
    """
    asked = [
        _ask(runner, module, _request(module, request, intervals, wanted), clock, deadline_s)
        for module in modules
    ]
    found = dict(zip((module.id for module in modules), await asyncio.gather(*asked), strict=True))
    answers = {name: one for name, one in found.items() if isinstance(one, Analysis)}
    if not answers and STILL_COMPUTING not in found.values():
        _raise_first(found.values())
    absent = {name: reason_of(one) for name, one in found.items() if not isinstance(one, Analysis)}
    every = tuple(answers.values())
    now, longer = _now(every, request, clock), earlier(every)
    panel = panel_of(every, absent, interval=request.interval, now=now, earlier=longer, only=only)
    return Gathered(panel, answers, _lead(every, request.interval))


def wanted_scalars(specs: Iterable[CompositeSpec]) -> WantedScalars:
    """Return by module id the scalars that some of the scores read, inputs and gates alike."""
    names = sorted({scalar for spec in specs for scalar in spec.scalars()})
    modules = {module_id(name) for name in names}
    return {module: tuple(name for name in names if module_id(name) == module) for module in modules}


async def _ask(
    runner: ModuleRunner, module: AnyModule, request: Request, clock: Clock, deadline_s: float
) -> Analysis | SourceError | Reason:
    """Return the answer, the error of its source, or that it is late or has a defect."""
    try:
        return await _in_time(runner.run(module.id, request), clock, deadline_s)
    except SourceError as error:  # counted and logged by the source's client
        return error
    except Exception:  # a defect of one module costs its own scalars
        _log.exception("a module of a composite failed", module=module.id, symbol=request.symbol)
        return PART_FAILED


def _request(
    module: AnyModule,
    request: Request,
    intervals: Mapping[str, str],
    wanted: WantedScalars,
) -> Request:
    return replace(
        request,
        basket=request.basket if module.basket is not None else None,
        interval=intervals.get(module.id, request.interval),
        scope=Scope(scores_only=True, scalars=wanted.get(module.id, ())),
    )


async def _in_time(call: Awaitable[Analysis], clock: Clock, deadline_s: float) -> Analysis | Reason:
    task = asyncio.ensure_future(call)
    try:
        return await task if await first_within(clock, deadline_s, task) else STILL_COMPUTING
    finally:
        task.cancel()


def reason_of(missing: SourceError | Reason) -> Reason:
    """Return what is known about something that did not answer."""
    return fault_reason(missing) if isinstance(missing, SourceError) else missing


def _raise_first(found: Iterable[Analysis | SourceError | Reason]) -> None:
    for one in found:
        if isinstance(one, SourceError):
            raise one


def _now(answers: Iterable[Analysis], request: Request, clock: Clock) -> int:
    """Return the moment at which all of the answers were known (UTC ms)."""
    if request.as_of is not None:
        return request.as_of
    return max((answer.as_of for answer in answers), default=clock.now_ms())


def _lead(answers: Sequence[Analysis], interval: str) -> Analysis | None:
    return next((one for one in answers if one.interval == interval), next(iter(answers), None))
