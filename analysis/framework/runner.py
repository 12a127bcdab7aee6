"""From a question to an answer: fetch, fit, compute, each once for all who ask the same at the same time.

Fits depend on (module, symbol, market, interval, refit time, configuration) only and are kept under that key. Answers
are kept under (module, request, configuration): a past moment's for as long as memory allows, a live one for a few
seconds, and never beyond the close of the bar that follows its last one; as a neighbour's score until that close.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from analysis.framework.module import AnyModule, Trace
from analysis.framework.question import Request, Sources
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, CostToAct, OtherTimeframe
from analysis.registry import module_by
from analysis.sources.cost import Holding, cost_to_act
from analysis.sources.listing import find_places
from analysis.sources.subscriptions import keep_warm
from config.base import ConfigModel
from config.c_cost import CostConfig
from utils.binance_api.intervals import SHORTEST_MS, next_open
from utils.caching import FinishingSingleFlight, LruMap
from utils.clock import Clock
from utils.http.errors import SourceError

COST_SECTION = "cost"

ResultT = TypeVar("ResultT")
Configs = Callable[[], Mapping[str, ConfigModel]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the runner keeps: answers and fits by number, a live answer by age (ms)."""

    answers: int = 512
    fits: int = 8192
    live_ms: int = 5_000


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
        limits: Limits = Limits(),
    ) -> None:
        self._sources = sources
        self._modules = tuple(modules)
        self._configs = configs
        self._clock = clock
        self._executor = executor
        self._heavy = heavy or executor
        self._limits = limits
        self._answers: LruMap[tuple[object, ...], _Kept] = LruMap(limits.answers)
        self._fits: LruMap[tuple[object, ...], Any] = LruMap(limits.fits)
        self._flights: FinishingSingleFlight[tuple[object, ...], Analysis] = FinishingSingleFlight()
        self._counts = {"computed": 0, "remembered": 0, "fitted": 0}

    @property
    def counts(self) -> Mapping[str, int]:
        """How many answers were computed, remembered and shared, and how many fits were made."""
        return {**self._counts, "shared": self._flights.joined}

    async def close(self) -> None:
        """Cancel what is under way; the executors are the caller's."""
        await self._flights.close()

    async def run(
        self, module_id: str, request: Request, *, other_timeframes: bool = False, cost: bool = False
    ) -> Analysis:
        """Return the module's answer, with the neighbouring intervals' scores and the cost to act where asked.

        ``KeyError`` for an unknown module, the errors of ``utils.http.errors`` for the asked symbol and interval;
        what fails beside them is a reason in the answer. What a live answer read stays warm in streams for a while.
        """
        module = module_by(module_id, self._modules)
        configs = self._configs()
        own = (await find_places(self._sources, request)).own
        core, beside, price = await asyncio.gather(
            self._core(module, request, configs),
            self._other_timeframes(module, request, configs) if other_timeframes else _nothing(()),
            self._cost(module, replace(request, market=own.market), configs) if cost else _nothing(None),
        )
        intervals = {request.interval, *(near.interval for near in beside)}
        await keep_warm(self._sources, request, intervals)
        return replace(core, other_timeframes=beside, cost=price)

    async def trace(self, module_id: str, request: Request, rows: int) -> Trace:
        """Return every value per bar over the last ``rows`` closed bars, for evidence; not kept."""
        module = module_by(module_id, self._modules)
        config = self._configs()[module.id]
        asked = replace(request, rows=rows)
        inputs = await module.fetch(self._sources, asked, config)
        fits = await self._fitted(module, asked, inputs, config)
        return await self._on(self._heavy, module.trace, inputs, fits, config)

    async def _core(
        self,
        module: AnyModule,
        request: Request,
        configs: Mapping[str, ConfigModel],
        *,
        score_only: bool = False,
    ) -> Analysis:
        config = configs[module.id]
        key = (module.id, request, config.digest())
        kept = self._answers.get(key)
        if kept is not None and self._is_good(kept, score_only=score_only):
            self._counts["remembered"] += 1
            return kept.answer
        return await self._flights.run(key, lambda: self._answer(module, request, config, key))

    def _is_good(self, kept: _Kept, *, score_only: bool) -> bool:
        if kept.good_until is None:
            return True
        return self._sources.exchange.market_time_ms() < (kept.next_close if score_only else kept.good_until)

    async def _answer(
        self, module: AnyModule, request: Request, config: ConfigModel, key: tuple[object, ...]
    ) -> Analysis:
        inputs = await module.fetch(self._sources, request, config)
        fits = await self._fitted(module, request, inputs, config)
        computed: Analysis = await self._on(self._executor, module.compute, inputs, fits, config)
        self._counts["computed"] += 1
        answer = replace(computed, computed_at=self._clock.now_ms())
        next_close = next_open(answer.bar_close + 1, request.interval)
        self._answers.put(key, _Kept(answer, self._good_until(request, next_close), next_close))
        return answer

    def _good_until(self, request: Request, next_close: int) -> int | None:
        if request.as_of is not None:
            return None
        return min(next_close, self._sources.exchange.market_time_ms() + self._limits.live_ms)

    async def _fitted(
        self, module: AnyModule, request: Request, inputs: Any, config: ConfigModel
    ) -> dict[int, Any]:
        place = (module.id, request.symbol, request.market, request.interval, config.digest())
        wanted = module.refit_times(inputs, config)
        known = {refit_time: self._fits.get((*place, refit_time)) for refit_time in wanted}
        missing = tuple(refit_time for refit_time, fit in known.items() if fit is None)
        if missing:
            fresh = await self._on(self._heavy, fit_all, module.fit, inputs, config, missing)
            self._counts["fitted"] += len(missing)
            for refit_time, fit in fresh.items():
                self._fits.put((*place, refit_time), fit)
            known |= fresh
        return known

    async def _on(
        self, executor: Executor | None, job: Callable[..., ResultT], *arguments: object
    ) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(executor, job, *arguments)

    async def _other_timeframes(
        self, module: AnyModule, request: Request, configs: Mapping[str, ConfigModel]
    ) -> tuple[OtherTimeframe, ...]:
        intervals = [interval for interval in module.other_timeframes if interval != request.interval]
        asked = [replace(request, interval=interval) for interval in intervals]
        return tuple(await asyncio.gather(*(self._other_timeframe(module, one, configs) for one in asked)))

    async def _other_timeframe(
        self, module: AnyModule, request: Request, configs: Mapping[str, ConfigModel]
    ) -> OtherTimeframe:
        try:
            # only the score is shown, and that of a batch module rests on closed bars alone
            answer = await self._core(module, request, configs, score_only=module.job == "batch")
        except SourceError as error:
            return OtherTimeframe(request.interval, None, Reason("source_down", {"source": error.source}))
        reason = answer.null_reasons[0] if answer.null_reasons else None
        return OtherTimeframe(request.interval, answer.score, reason)

    async def _cost(
        self, module: AnyModule, request: Request, configs: Mapping[str, ConfigModel]
    ) -> CostToAct | None:
        if not module.score.directional:
            return None
        section = configs[COST_SECTION]
        if not isinstance(section, CostConfig):
            raise TypeError(f"section {COST_SECTION} is a {type(section).__name__}, not a CostConfig")
        bars = module.scalars[0].horizon_bars if module.scalars else 1.0
        horizon_s = bars * SHORTEST_MS[request.interval] / 1000
        holding = Holding(request.symbol, request.market, horizon_s, request.as_of)
        return await cost_to_act(self._sources, holding, section)


def fit_all(
    fit: Callable[[Any, Any, int], Any], inputs: Any, config: ConfigModel, moments: Iterable[int]
) -> dict[int, Any]:
    """Return the fit at each refit time; one job, so that the inputs cross a process border once."""
    return {moment: fit(inputs, config, moment) for moment in moments}


async def _nothing(value: ResultT) -> ResultT:
    return value
