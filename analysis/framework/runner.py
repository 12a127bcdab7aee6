"""From a question to an answer: fetch, fit, compute, each once for all who ask the same at the same time.

Fits depend on (module, listing, interval, refit time, variant, configuration) only and are kept under that key. Answers
are kept under (module, request, configuration): a past moment's for as long as memory allows, a live one for a few
seconds, and never beyond the close of the bar that follows its last one; as another timeframe's score until that
close. The listing is resolved once for a question and handed to everything that reads.
"""

import asyncio
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from analysis.framework.answer import compute, without_score
from analysis.framework.bar_rules import untraded_rows
from analysis.framework.measured import attempted
from analysis.framework.missing import FITS, PART_FAILED
from analysis.framework.module import AnyModule, AnyTrace, FitKey, load_parts, module_by
from analysis.framework.question import Listing, Request, Scope, Sources
from analysis.framework.result import Analysis, CostToAct, Origin, OtherTimeframe, note_origin
from analysis.framework.states import StreamStates
from analysis.framework.uncertainty import withheld
from analysis.sources.bars import keep_subscribed
from analysis.sources.cost import Holding, cost_to_act
from analysis.sources.degrading import fault_reason
from analysis.sources.listing import resolve_listing
from config.base import ConfigModel
from config.c_cost import CostConfig
from utils.binance_api.intervals import SHORTEST_MS, next_open
from utils.caching import FinishingSingleFlight, LruMap
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.priority import Attention, is_background
from utils.waiting import Work, step

COST_SECTION = "cost"
FIT_JOBS = 2
"""Jobs that the fits of one question are shared out to: they are made side by side where workers are free."""

PickledFit = bytes
"""An estimate as the worker made it: the runner only hands it on, and imports nothing of what it is made of."""
ResultT = TypeVar("ResultT")
Configs = Callable[[], Mapping[str, ConfigModel]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the runner keeps: answers and stream states by number, fits by bytes, a live answer by age (ms).

    ``stream_ms`` is the age of a stream module's live answer, which is another every second.
    """

    answers: int = 512
    fit_bytes: int = 32_000_000
    states: int = 64
    live_ms: int = 5_000
    stream_ms: int = 1_000


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Analysis
    good_until: int | None  # market time, ms; None is for ever
    next_close: int  # market time, ms, when the next bar closes; the score stands until then


class Runner:
    """Answers questions about any declared module.

    ``configs`` returns the sections in force, read once per question, so that an analysis finishes with the
    configuration it started with. ``executor`` computes, ``heavy`` fits and traces (both default to ``executor``,
    and that to the loop's threads). Errors of the asked module's sources pass through typed.
    """

    def __init__(
        self,
        sources: Sources,
        modules: Sequence[AnyModule],
        configs: Configs,
        *,
        clock: Clock,
        executor: Executor | None = None,
        heavy: Executor | None = None,
        attention: Attention | None = None,
        limits: Limits = Limits(),
    ) -> None:
        self._sources = sources
        self._modules = tuple(modules)
        self._configs = configs
        self._clock = clock
        self._executor = executor
        self._heavy = heavy or executor
        self._attention = attention or Attention(clock)
        self._limits = limits
        self._answers: LruMap[tuple[object, ...], _Kept] = LruMap(limits.answers)
        self._fits: LruMap[tuple[object, ...], PickledFit] = LruMap(limits.fit_bytes, weigh=len)
        self._flights: FinishingSingleFlight[tuple[object, ...], Analysis] = FinishingSingleFlight()
        self._states = StreamStates(limits.states)
        self._counts = {"computed": 0, "remembered": 0, "fitted": 0}

    @property
    def counts(self) -> Mapping[str, int]:
        """How many answers were computed, remembered and shared, and how many fits were made."""
        return {**self._counts, "shared": self._flights.joined}

    async def close(self) -> None:
        """Cancel what is under way and let go of the streams; the executors are the caller's."""
        await self._flights.close()
        self._states.close()

    async def run(
        self, module_id: str, request: Request, *, other_timeframes: bool = False, cost: bool = False
    ) -> Analysis:
        """Return the module's answer, with the neighbouring intervals' scores and the cost to act where asked.

        ``KeyError`` for an unknown module, the errors of ``utils.http.errors`` for the asked symbol and interval;
        what fails beside them is a reason in the answer. What a live answer read stays warm in streams for a while.
        """
        with self._attention.question():
            return await self._run(module_id, request, other_timeframes=other_timeframes, cost=cost)

    async def _run(self, module_id: str, request: Request, *, other_timeframes: bool, cost: bool) -> Analysis:
        module = module_by(module_id, self._modules)
        request = replace(request, interval=module.interval_of(request.interval))
        configs = self._configs()
        listing = (await resolve_listing(self._sources, request)).seen_from(module.market)
        core, beside, price = await asyncio.gather(
            self._core(module, request, listing, configs, note=note_origin),
            self._other_timeframes(module, request, listing, configs) if other_timeframes else _nothing(()),
            self._cost(module, request, listing, configs) if cost else _nothing(None),
        )
        intervals = {request.interval, *(near.interval for near in beside)}
        with Work().collecting():  # the streams that are opened here are no part of the answer
            keep_subscribed(self._sources, request, listing, intervals)
        return replace(core, other_timeframes=beside, cost=price)

    async def trace(self, module_id: str, request: Request, rows: int) -> AnyTrace:
        """Return every value per bar over the last ``rows`` closed bars, for evidence; not kept."""
        module = module_by(module_id, self._modules)
        config = self._configs()[module.id]
        asked = replace(request, interval=module.interval_of(request.interval), scope=Scope(rows))
        listing = (await resolve_listing(self._sources, asked)).seen_from(module.market)
        inputs = await module.fetch(self._sources, listing, asked, config)
        fits = await self._fitted(module, asked, listing, inputs, config)
        return await self._on(self._heavy, trace_of, module, inputs, fits, config, asked.scope)

    async def _core(
        self,
        module: AnyModule,
        request: Request,
        listing: Listing,
        configs: Mapping[str, ConfigModel],
        *,
        score_only: bool = False,
        note: Callable[[Origin], None] = lambda _: None,
    ) -> Analysis:
        config = configs[module.id]
        key = (module.id, request, config.digest)
        kept = self._answers.get(key)
        if kept is not None and self._is_good(kept, score_only=score_only):
            self._counts["remembered"] += 1
            note("remembered")
            return kept.answer
        # a person's question does not join background work, which waits behind other people's
        flight = (is_background(), *key)
        note("shared" if flight in self._flights else "computed")
        return await self._flights.run(flight, lambda: self._answer(module, request, listing, config, key))

    def _is_good(self, kept: _Kept, *, score_only: bool) -> bool:
        if kept.good_until is None:
            return True
        return self._sources.exchange.market_time_ms() < (kept.next_close if score_only else kept.good_until)

    async def _answer(
        self,
        module: AnyModule,
        request: Request,
        listing: Listing,
        config: ConfigModel,
        key: tuple[object, ...],
    ) -> Analysis:
        subject = {"symbol": listing.instrument.symbol, "interval": request.interval, "module": module.id}
        with step("sources", **subject):
            inputs = await self._inputs(module, request, listing, config)
        fits = await self._fitted(module, request, listing, inputs, config)
        if not fits and module.fit_keys(inputs, config):
            inputs = replace(inputs, missing={**inputs.missing, FITS: PART_FAILED})
        with step("score", **subject):
            computed = await self._on(self._executor, answer_of, module, inputs, fits, config)
        self._counts["computed"] += 1
        answer = replace(computed, computed_at=self._clock.now_ms(), tick_size=listing.tick_size)
        next_close = next_open(answer.bar_close + 1, request.interval)
        self._answers.put(key, _Kept(answer, self._good_until(module, request, next_close), next_close))
        return answer

    def _good_until(self, module: AnyModule, request: Request, next_close: int) -> int | None:
        if request.as_of is not None:
            return None
        kept_ms = self._limits.live_ms
        if module.job == "stream":
            kept_ms = min(kept_ms, self._limits.stream_ms)
        return min(next_close, self._sources.exchange.market_time_ms() + kept_ms)

    async def _inputs(
        self, module: AnyModule, request: Request, listing: Listing, config: ConfigModel
    ) -> Any:
        if request.as_of is None and module.open_state is not None:
            opener = module.open_state
            key = (module.id, listing.instrument, request.interval, config.digest)
            state = self._states.of(key, lambda: opener(self._sources, listing, request.interval, config))
            return await state.inputs(request)
        return await module.fetch(self._sources, listing, request, config)

    async def _fitted(
        self, module: AnyModule, request: Request, listing: Listing, inputs: Any, config: ConfigModel
    ) -> dict[int, PickledFit]:
        place = (module.id, listing.instrument, request.interval, config.digest)
        wanted: tuple[FitKey, ...] = module.fit_keys(inputs, config)
        kept = {key.refit_time: self._fits.get((*place, key)) for key in wanted}
        known = {refit_time: fit for refit_time, fit in kept.items() if fit is not None}
        missing = tuple(key.refit_time for key in wanted if key.refit_time not in known)
        if missing:
            shares = filter(None, (missing[start::FIT_JOBS] for start in range(FIT_JOBS)))
            subject = {
                "symbol": listing.instrument.symbol,
                "interval": request.interval,
                "module": module.id,
            }
            with step("fit", **subject) as fitting:
                fitting.expect(len(missing))
                jobs = (self._fit_share(module, inputs, config, share, fitting) for share in shares)
                fresh = dict(chain.from_iterable(made.items() for made in await asyncio.gather(*jobs)))
            self._counts["fitted"] += len(missing)
            for key in wanted:
                if key.refit_time in fresh:
                    self._fits.put((*place, key), fresh[key.refit_time])
            known |= fresh
        return known

    async def _fit_share(
        self,
        module: AnyModule,
        inputs: Any,
        config: ConfigModel,
        refit_times: Sequence[int],
        fitting: Work,
    ) -> dict[int, PickledFit]:
        made = await self._on(self._heavy, fit_all, module.package, inputs, config, refit_times)
        for _ in refit_times:
            fitting.part_done()
        return made

    async def _on(
        self, executor: Executor | None, job: Callable[..., ResultT], *arguments: object
    ) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(executor, job, *arguments)

    async def _other_timeframes(
        self, module: AnyModule, request: Request, listing: Listing, configs: Mapping[str, ConfigModel]
    ) -> tuple[OtherTimeframe, ...]:
        intervals = [interval for interval in module.other_timeframes if interval != request.interval]
        asked = [replace(request, interval=interval) for interval in intervals]
        found = (self._other_timeframe(module, one, listing, configs) for one in asked)
        return tuple(await asyncio.gather(*found))

    async def _other_timeframe(
        self, module: AnyModule, request: Request, listing: Listing, configs: Mapping[str, ConfigModel]
    ) -> OtherTimeframe:
        try:
            # only the score is shown, and that of a batch module rests on closed bars alone
            answer = await self._core(module, request, listing, configs, score_only=module.job == "batch")
        except SourceError as error:
            return OtherTimeframe(request.interval, None, fault_reason(error))
        reason = answer.null_reasons[0] if answer.null_reasons else None
        return OtherTimeframe(request.interval, answer.score, reason, answer.uncertainty)

    async def _cost(
        self, module: AnyModule, request: Request, listing: Listing, configs: Mapping[str, ConfigModel]
    ) -> CostToAct | None:
        if not module.score.directional:
            return None
        section = configs[COST_SECTION]
        if not isinstance(section, CostConfig):
            raise TypeError(f"section {COST_SECTION} is a {type(section).__name__}, not a CostConfig")
        bars = module.scalars[0].horizon_bars if module.scalars else 1.0
        horizon_s = bars * SHORTEST_MS[request.interval] / 1000
        holding = Holding(listing.instrument, horizon_s, request.as_of)
        with step("sources", symbol=listing.instrument.symbol, interval=request.interval, module=module.id):
            return await cost_to_act(self._sources, holding, section)


def fit_all(
    package: str, inputs: Any, config: ConfigModel, refit_times: Iterable[int]
) -> dict[int, PickledFit]:
    """Return the fit at each refit time; several in one job, as the inputs cross a process border with each job.

    One that fails is left out, and made anew with the next question.
    """
    fit = load_parts(package).fit
    made = {
        at: attempted(f"{package}.fit", partial(_pickled, fit, inputs, config, at), None)
        for at in refit_times
    }
    return {at: pickled for at, pickled in made.items() if pickled is not None}


def _pickled(fit: Callable[[Any, Any, int], Any], inputs: Any, config: Any, refit_time: int) -> PickledFit:
    return pickle.dumps(fit(inputs, config, refit_time))


def answer_of(
    module: AnyModule, inputs: Any, fits: Mapping[int, PickledFit], config: ConfigModel
) -> Analysis:
    """Return a module's answer, its code imported where it runs."""
    return compute(module, inputs, _opened(fits), config)


def trace_of(
    module: AnyModule, inputs: Any, fits: Mapping[int, PickledFit], config: ConfigModel, scope: Scope
) -> AnyTrace:
    """Return a module's trace, its code imported where it runs.

    No score where it is too uncertain or hardly anything was traded.
    """
    trace = withheld(load_parts(module.package).trace(inputs, _opened(fits), config, scope), module)
    return without_score(trace, untraded_rows(inputs.bars)[-len(trace.time) :])


def _opened(fits: Mapping[int, PickledFit]) -> dict[int, Any]:
    return {refit_time: pickle.loads(fit) for refit_time, fit in fits.items()}  # noqa: S301 - `fit_all` made it


async def _nothing(value: ResultT) -> ResultT:
    return value
