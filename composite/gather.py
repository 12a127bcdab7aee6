"""From a question to what composites are made of: modules run side by side, each once, and none is waited for long.

A module that fails or is late is a reason in the panel; what it was computing goes on for the next question.
"""

import asyncio
from collections.abc import Awaitable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from analysis.arrays import Floats
from analysis.framework.answer import CANDLES
from analysis.framework.missing import PART_FAILED
from analysis.framework.module import AnyModule, module_by
from analysis.framework.question import Request, Scope, SourceStamp
from analysis.framework.reasons import STILL_COMPUTING, Reason
from analysis.framework.result import Analysis
from analysis.framework.scalar_past import ScalarPast
from analysis.sources.degrading import fault_reason
from composite.alignment import NOTHING_EARLIER
from composite.declared_scalars import module_id
from composite.unaligned import Unaligned, unaligned
from config.c_composite import CompositeSpec
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.timeouts import first_within

_log = structlog.get_logger(__name__)

WantedScalars = Mapping[str, tuple[str, ...]]
"""The scalars that are wanted of a module, by its id."""
EVERY_SCALAR: Final[WantedScalars] = {}


class ModuleRunner(Protocol):
    """Runs one analysis module for one request."""

    async def run(self, module_id: str, request: Request) -> Analysis:
        """Return the module's answer. Raises ``SourceError``."""
        ...


Ask = tuple[str, str]
"""A module's id and the interval that it is asked on."""
Found = Analysis | SourceError | Reason
"""What became of a module's answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """The answers of a score's modules, by id in the order they are named, and why others are ``absent``.

    ``now`` is the moment (UTC ms) at which all of them were known, ``interval`` the asked one.
    """

    answers: Mapping[str, Analysis]
    absent: Mapping[str, Reason]
    interval: str
    now: int

    @property
    def lead(self) -> Analysis | None:
        """The answer whose price, candles and times stand for all.

        The first on the asked interval, else the first one; ``None`` where no module answered in time.
        """
        every = self.answers.values()
        return next((one for one in every if one.interval == self.interval), next(iter(every), None))

    @property
    def sources(self) -> tuple[SourceStamp, ...]:
        """Where the answers came from, each source once, as it was read last."""
        stamps = [stamp for answer in self.answers.values() for stamp in answer.sources]
        newest = {stamp.name: stamp for stamp in sorted(stamps, key=lambda stamp: stamp.fetched_at)}
        return tuple(newest[name] for name in dict.fromkeys(stamp.name for stamp in stamps))

    @property
    def candles(self) -> dict[str, Floats]:
        """The drawn bars of ``lead``: ``time`` (open, UTC ms), prices and volume; none where nothing answered."""
        lead = self.lead
        if lead is None:
            return {}
        return {name: lead.series[name] for name in ("time", *CANDLES) if name in lead.series}

    def said(
        self, earlier: Mapping[str, ScalarPast] = NOTHING_EARLIER, only: Collection[str] | None = None
    ) -> Unaligned:
        """Return what their panel is made of, with what goes before their pasts, by module id.

        It has the scalars named in ``only``, all without it.
        """
        return unaligned(
            self.answers.values(),
            self.absent,
            interval=self.interval,
            now=self.now,
            earlier=earlier,
            only=only,
        )


async def ask_modules(
    runner: ModuleRunner,
    modules: tuple[AnyModule, ...],
    asks: Iterable[Ask],
    request: Request,
    *,
    clock: Clock,
    deadline_s: float,
    wanted: WantedScalars = EVERY_SCALAR,
) -> dict[Ask, Found]:
    """Ask some of ``modules`` side by side, each once, and return what became of each within ``deadline_s`` seconds.

    Of a module that is not named in ``wanted`` every scalar is. A module that takes no basket is asked about the symbol
    alone.
    """
    each = tuple(dict.fromkeys(asks))
    asked = (
        _ask(runner, name, _request(module_by(name, modules), request, interval, wanted), clock, deadline_s)
        for name, interval in each
    )
    return dict(zip(each, await asyncio.gather(*asked), strict=True))


def gathered(
    found: Mapping[Ask, Found], asks: Iterable[Ask], request: Request, clock: Clock
) -> Gathered | SourceError:
    """Return what became of ``asks``; where none answers and none is late, the first ``SourceError`` if any."""
    own = {ask[0]: found[ask] for ask in asks}
    answers = {name: one for name, one in own.items() if isinstance(one, Analysis)}
    if not answers and STILL_COMPUTING not in own.values():
        errors = (one for one in own.values() if isinstance(one, SourceError))
        if (error := next(errors, None)) is not None:
            return error
    absent = {name: reason_of(one) for name, one in own.items() if not isinstance(one, Analysis)}
    return Gathered(answers, absent, request.interval, _now(answers.values(), request, clock))


def wanted_scalars(specs: Iterable[CompositeSpec]) -> WantedScalars:
    """Return by module id the scalars that some of the scores read, inputs and gates alike."""
    names = sorted({scalar for spec in specs for scalar in spec.scalars()})
    modules = {module_id(name) for name in names}
    return {module: tuple(name for name in names if module_id(name) == module) for module in modules}


async def _ask(runner: ModuleRunner, module: str, request: Request, clock: Clock, deadline_s: float) -> Found:
    """Return the answer, the error of its source, or that it is late or has a defect."""
    try:
        return await _in_time(runner.run(module, request), clock, deadline_s)
    except SourceError as error:  # counted and logged by the source's client
        return error
    except Exception:  # a defect of one module costs its own scalars
        _log.exception("a module of a composite failed", module=module, symbol=request.symbol)
        return PART_FAILED


def _request(module: AnyModule, request: Request, interval: str, wanted: WantedScalars) -> Request:
    return replace(
        request,
        basket=request.basket if module.basket is not None else None,
        interval=interval,
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


def _now(answers: Iterable[Analysis], request: Request, clock: Clock) -> int:
    """Return the moment at which all of the answers were known (UTC ms)."""
    if request.as_of is not None:
        return request.as_of
    return max((answer.as_of for answer in answers), default=clock.now_ms())
