"""From a question to an answer: fetch, fit, compute, each once for all who ask the same at the same time.

Fits depend on (module, listing, interval, refit time, variant, configuration) only and are kept under that key. Answers
are kept under (module, request, configuration): a past moment's for as long as memory allows, a live one for a few
seconds, and never beyond the close of the bar that follows its last one. As another timeframe's score it stands until
that close, where bars alone make it, and for a minute where something is published between closes. The listing is
resolved once for a question and handed to everything that reads.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, TypeVar

import structlog

from analysis.framework.jobs import PickledFit, answer_of, fit_all, trace_of
from analysis.framework.missing import FITS, PART_FAILED
from analysis.framework.module import AnyModule, AnyTrace, FitKey, module_by
from analysis.framework.question import Listing, NeighbourPatience, Request, Scope, Sources
from analysis.framework.reasons import STILL_COMPUTING, Message
from analysis.framework.result import Analysis, CostToAct, Origin, OtherTimeframe, note_origin
from analysis.framework.size import answer_bytes
from analysis.framework.states import StreamStates
from analysis.framework.unchanged import (
    OfTheMoment,
    UnchangedAnswers,
    basis_of,
    for_composites,
    stands_until,
)
from analysis.sources.bars import keep_subscribed
from analysis.sources.cost import Holding, cost_to_act
from analysis.sources.degrading import fault_reason
from analysis.sources.listing import resolve_listing
from analysis.sources.quotes import fetch_price
from config.base import ConfigModel
from config.c_cost import CostConfig
from utils.binance_api.intervals import MINUTE, SHORTEST_MS, next_open
from utils.caching import FinishingSingleFlight, LruMap
from utils.clock import Clock
from utils.few_at_once import FewAtOnce
from utils.http.errors import SourceError
from utils.priority import Attention, beside, urgent
from utils.timeouts import first_within
from utils.waiting import Work, step

_log = structlog.get_logger(__name__)

COST_SECTION = "cost"
FIT_JOBS = 2
"""Jobs that the fits of one question are shared out to: they are made side by side where workers are free."""

ResultT = TypeVar("ResultT")
Configs = Callable[[], Mapping[str, ConfigModel]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the runner keeps: answers and fits by bytes, stream states by number, a live answer by age (ms).

    ``unchanged_bytes`` are those of answers for composites that stand while what they rest on does, enough for a scan
    of fifty symbols. ``stream_ms`` is the age of a stream module's live answer, which is another every second.
    ``beside`` answers that nobody waits for himself (other timeframes, alerts) are under way at once.
    """

    answer_bytes: int = 8_000_000
    fit_bytes: int = 10_000_000
    unchanged_bytes: int = 20_000_000
    states: int = 64
    live_ms: int = 5_000
    stream_ms: int = 1_000
    beside: int = 8


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Analysis
    good_until: int | None  # market time, ms; None is for ever
    stands_until: int | None  # the score alone, as another timeframe's


@dataclass(frozen=True, slots=True)
class _Asked:
    """One module on one symbol and interval, with the configuration of the moment it was asked."""

    module: AnyModule
    request: Request
    listing: Listing
    configs: Mapping[str, ConfigModel]

    @property
    def config(self) -> ConfigModel:
        return self.configs[self.module.id]

    @property
    def subject(self) -> dict[str, str]:
        """What steps of the work are about."""
        symbol = self.listing.instrument.symbol
        return {"symbol": symbol, "interval": self.request.interval, "module": self.module.id}

    @property
    def follows(self) -> bool:
        """Whether streams are followed for it: of now alone, and not for scalars of bars."""
        wanted = self.request.scope.scalars
        live = {spec.name for spec in self.module.scalars if spec.tier == "live"}
        return (
            self.module.open_state is not None
            and self.request.as_of is None
            and (not wanted or not live.isdisjoint(wanted))
        )

    @property
    def may_stand(self) -> bool:
        """Whether an answer is kept for as long as what its scalars rest on is as it was."""
        return self.request.scope.scores_only and self.request.as_of is None and not self.follows

    def on(self, interval: str) -> "_Asked":
        return replace(self, request=replace(self.request, interval=interval))


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
        self._answers: LruMap[tuple[object, ...], _Kept] = LruMap(
            limits.answer_bytes, weigh=lambda kept: answer_bytes(kept.answer)
        )
        self._fits: LruMap[tuple[object, ...], PickledFit] = LruMap(limits.fit_bytes, weigh=len)
        self._unchanged = UnchangedAnswers(limits.unchanged_bytes)
        self._flights: FinishingSingleFlight[tuple[object, ...], Analysis] = FinishingSingleFlight()
        self._beside = FewAtOnce(limits.beside)
        self._states = StreamStates(limits.states)
        self._counts = {"computed": 0, "remembered": 0, "unchanged": 0, "fitted": 0}
        self._origins: Counter[tuple[str, Origin]] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many answers were computed, remembered, shared and found unchanged, and how many fits were made."""
        return {**self._counts, "shared": self._flights.joined}

    @property
    def answers(self) -> Mapping[tuple[str, Origin], int]:
        """How many answers there were by module and origin, other timeframes included."""
        return self._origins

    async def close(self) -> None:
        """Cancel what is under way and let go of the streams; the executors are the caller's."""
        await self._flights.close()
        self._states.close()

    async def run(
        self,
        module_id: str,
        request: Request,
        *,
        other_timeframes: bool = False,
        cost: bool = False,
        patience: NeighbourPatience | None = None,
    ) -> Analysis:
        """Return the module's answer, with the neighbouring intervals' scores and the cost to act where asked.

        A neighbour that is not there when ``patience`` ends is left out with its reason, and computed to its end for
        the next question; without ``patience`` all are waited for.
        ``KeyError`` for an unknown module, the errors of ``utils.http.errors`` for the asked symbol and interval;
        what fails beside them is a reason in the answer. What a live answer of one symbol read stays warm in streams
        for a while. A basket has neither neighbours nor a cost to act.
        """
        began = self._clock.monotonic()
        with self._attention.question():
            asked = await self._asked(module_id, request)
            alone = asked.request.basket is None
            intervals = asked.module.other_timeframes if other_timeframes and alone else ()
            answer = await self._complete(
                asked, intervals, cost=cost and alone, patience=patience, began=began
            )
        if alone:
            with Work().collecting():  # the streams that are opened here are no part of the answer
                keep_subscribed(
                    self._sources, asked.request, asked.listing, {asked.request.interval, *intervals}
                )
        return answer

    async def _complete(
        self,
        asked: _Asked,
        intervals: Sequence[str],
        *,
        cost: bool,
        patience: NeighbourPatience | None,
        began: float,
    ) -> Analysis:
        has_inputs = asyncio.Event()
        near = {
            interval: asyncio.create_task(self._other_timeframe(asked.on(interval), has_inputs))
            for interval in intervals
            if interval != asked.request.interval
        }
        try:
            core, price = await asyncio.gather(
                self._core(asked, note=note_origin, has_inputs=has_inputs.set),
                self._cost(asked) if cost else _nothing(None),
            )
            now = self._clock.monotonic()
            until = None if patience is None else min(now + patience.after_s, began + patience.total_s)
            return replace(core, other_timeframes=await self._in_time(near, until), cost=price)
        finally:
            for task in near.values():
                task.cancel()  # it alone: the work that it waits for goes on

    async def _in_time(
        self, near: Mapping[str, asyncio.Task[OtherTimeframe]], until: float | None
    ) -> tuple[OtherTimeframe, ...]:
        if until is not None:
            while (left := _running(near.values())) and (left_s := until - self._clock.monotonic()) > 0:
                await first_within(self._clock, left_s, *left)
        late = () if until is None else _running(near.values())
        return tuple(
            [
                OtherTimeframe(interval, None, STILL_COMPUTING) if task in late else await task
                for interval, task in near.items()
            ]
        )

    async def trace(self, module_id: str, request: Request, rows: int) -> AnyTrace:
        """Return every value per bar over the last ``rows`` closed bars, for evidence; not kept."""
        asked = await self._asked(module_id, replace(request, scope=Scope(rows)))
        module, request = asked.module, asked.request
        inputs = await module.fetch(self._sources, asked.listing, request, asked.config)
        fits = await self._fitted(asked, inputs)
        return await self._on(self._heavy, trace_of, module, inputs, fits, asked.config, request.scope)

    async def _asked(self, module_id: str, request: Request) -> _Asked:
        module = module_by(module_id, self._modules)
        scope = request.scope
        request = replace(
            request,
            interval=module.interval_of(request.interval),
            asked_interval=request.interval if module.reads_asked else None,
            scope=scope if module.open_state is not None else replace(scope, scalars=()),
        )
        configs = self._configs()  # those of the moment of the question
        listing = (await resolve_listing(self._sources, request)).seen_from(module.market)
        return _Asked(module, request, listing, configs)

    async def _core(
        self,
        asked: _Asked,
        *,
        score_only: bool = False,
        note: Callable[[Origin], None] = lambda _: None,
        has_inputs: Callable[[], None] = lambda: None,
    ) -> Analysis:
        key = (asked.module.id, asked.request, asked.config.digest)
        kept = self._answers.get(key)
        if kept is not None and self._is_good(kept, score_only=score_only):
            self._counts["remembered"] += 1
            self._origins[asked.module.id, "remembered"] += 1
            note("remembered")
            has_inputs()
            return kept.answer
        shared = key in self._flights
        origin: Origin = "shared" if shared else "computed"
        self._origins[asked.module.id, origin] += 1
        note(origin)
        if shared:
            has_inputs()
        return await self._flights.run(key, lambda: self._answer(asked, key, has_inputs))

    def _is_good(self, kept: _Kept, *, score_only: bool) -> bool:
        until = kept.stands_until if score_only and kept.good_until is not None else kept.good_until
        return until is None or self._sources.exchange.market_time_ms() < until

    async def _answer(
        self, asked: _Asked, key: tuple[object, ...], has_inputs: Callable[[], None]
    ) -> Analysis:
        read_s = self._clock.monotonic()
        computed = await self._standing(asked, key)
        if computed is None:
            async with self._beside.turn():  # or what was read would wait for workers in any number
                with step("sources", **asked.subject):
                    inputs = await self._inputs(asked)
                read_s = self._clock.monotonic()
                has_inputs()
                computed = await self._computed(asked, key, inputs)
        has_inputs()
        basket = asked.request.basket
        answer = replace(
            computed,
            computed_at=self._clock.now_ms(),
            notes=computed.notes + self._latency(asked, read_s),
            tick_size=asked.listing.tick_size if basket is None else None,
            basket=basket,
        )
        now = self._sources.exchange.market_time_ms()
        next_close = next_open(answer.bar_close + 1, asked.request.interval)
        good_until = self._good_until(asked, now, next_close)
        stands_until = _stands_until(asked.module, now, next_close)
        self._answers.put(key, _Kept(answer, good_until, stands_until or good_until))
        return answer

    async def _standing(self, asked: _Asked, key: tuple[object, ...]) -> Analysis | None:
        """Return the answer of the bar at the price of now, ``None`` where anything else has to be read."""
        listing, exchange = asked.listing, self._sources.exchange
        one = asked.may_stand and asked.request.basket is None
        if not one or not self._unchanged.stands(key, listing, exchange.market_time_ms()):
            return None
        spoken = await fetch_price(self._sources, asked.request, listing)
        moment = exchange.market_time_ms()
        if spoken.price is None or not self._unchanged.stands(key, listing, moment):
            return None
        self._counts["unchanged"] += 1
        return self._unchanged.standing(key, OfTheMoment(moment, spoken.price, spoken.changes))

    async def _computed(self, asked: _Asked, key: tuple[object, ...], inputs: Any) -> Analysis:
        module, fits = asked.module, await self._fitted(asked, inputs)
        wanted = module.fit_keys(inputs, asked.config)
        if wanted and not fits:
            inputs = replace(inputs, missing={**inputs.missing, FITS: PART_FAILED})
        basis = basis_of(module, inputs, fits) if asked.may_stand else b""
        kept = self._unchanged.find(key, basis, inputs) if asked.may_stand else None
        if kept is not None:
            self._counts["unchanged"] += 1
            return kept
        with step("score", **asked.subject):
            computed = await self._on(self._executor, answer_of, module, inputs, fits, asked.config)
        self._counts["computed"] += 1
        found = for_composites(computed) if asked.request.scope.scores_only else computed
        if asked.may_stand:
            has_all = len(fits) == len(wanted)
            until = stands_until(module, inputs, asked.request.interval) if has_all else 0
            self._unchanged.keep(key, basis, found, listing=asked.listing, until=until)
        return found

    def _latency(self, asked: _Asked, read_s: float) -> tuple[Message, ...]:
        """Return how long after its reading a live answer from streams was computed."""
        if not asked.follows:
            return ()
        return (Message("live_answer", {"took": round(1000 * (self._clock.monotonic() - read_s))}),)

    def _good_until(self, asked: _Asked, now: int, next_close: int) -> int | None:
        if asked.request.as_of is not None:
            return None
        kept_ms = self._limits.live_ms
        if asked.module.job == "stream":
            kept_ms = min(kept_ms, self._limits.stream_ms)
        return min(next_close, now + kept_ms)

    async def _inputs(self, asked: _Asked) -> Any:
        module, request, listing = asked.module, asked.request, asked.listing
        opener = module.open_state
        if asked.follows and opener is not None:
            key = (module.id, listing.instrument, request.interval, asked.config.digest)
            with urgent():  # a state serves everybody, whoever opened it
                state = self._states.of(
                    key, lambda: opener(self._sources, listing, request.interval, asked.config)
                )
            return await state.inputs(request)
        return await module.fetch(self._sources, listing, request, asked.config)

    async def _fitted(self, asked: _Asked, inputs: Any) -> dict[int, PickledFit]:
        config = asked.config
        request = asked.request
        place = (asked.module.id, asked.listing.instrument, request.basket, request.interval, config.digest)
        wanted: tuple[FitKey, ...] = asked.module.fit_keys(inputs, config)
        kept = {key.refit_time: self._fits.get((*place, key)) for key in wanted}
        known = {refit_time: fit for refit_time, fit in kept.items() if fit is not None}
        missing = tuple(key.refit_time for key in wanted if key.refit_time not in known)
        if missing:
            fresh = await self._fresh_fits(asked, inputs, missing)
            for key in wanted:
                if key.refit_time in fresh:
                    self._fits.put((*place, key), fresh[key.refit_time])
            known |= fresh
        return known

    async def _fresh_fits(
        self, asked: _Asked, inputs: Any, refit_times: tuple[int, ...]
    ) -> dict[int, PickledFit]:
        shares = filter(None, (refit_times[start::FIT_JOBS] for start in range(FIT_JOBS)))
        with step("fit", **asked.subject) as fitting:
            fitting.expect(len(refit_times))
            made = await asyncio.gather(*(self._fit_share(asked, inputs, share, fitting) for share in shares))
        self._counts["fitted"] += len(refit_times)
        return dict(chain.from_iterable(share.items() for share in made))

    async def _fit_share(
        self, asked: _Asked, inputs: Any, refit_times: Sequence[int], fitting: Work
    ) -> dict[int, PickledFit]:
        made = await self._on(self._heavy, fit_all, asked.module.package, inputs, asked.config, refit_times)
        for _ in refit_times:
            fitting.part_done()
        return made

    async def _on(
        self, executor: Executor | None, job: Callable[..., ResultT], *arguments: object
    ) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(executor, job, *arguments)

    async def _other_timeframe(self, asked: _Asked, after: asyncio.Event) -> OtherTimeframe:
        await after.wait()
        interval = asked.request.interval
        try:
            with beside():
                answer = await self._core(asked, score_only=True)
        except SourceError as error:
            return OtherTimeframe(interval, None, fault_reason(error))
        except Exception:  # a defect beside an answer costs its own score, as that of a part does
            _log.exception("another timeframe failed", **asked.subject)
            return OtherTimeframe(interval, None, PART_FAILED)
        reason = answer.null_reasons[0] if answer.null_reasons else None
        return OtherTimeframe(interval, answer.score, reason, answer.uncertainty)

    async def _cost(self, asked: _Asked) -> CostToAct | None:
        if not asked.module.score.directional:
            return None
        section = asked.configs[COST_SECTION]
        if not isinstance(section, CostConfig):
            raise TypeError(f"section {COST_SECTION} is a {type(section).__name__}, not a CostConfig")
        bar_s = SHORTEST_MS[asked.request.interval] / 1000
        horizon_s = asked.module.scalars[0].horizon(bar_s) if asked.module.scalars else bar_s
        holding = Holding(asked.listing.instrument, horizon_s, asked.request.as_of)
        with step("sources", **asked.subject):
            return await cost_to_act(self._sources, holding, section)


async def _nothing(value: ResultT) -> ResultT:
    return value


def _stands_until(module: AnyModule, now: int, next_close: int) -> int | None:
    """Return until when a score alone stands (market time, ms), ``None``: no longer than its answer."""
    until = {"batch": next_close, "async": min(next_close, now + MINUTE)}
    return until.get(module.job)


def _running(tasks: Iterable["asyncio.Task[ResultT]"]) -> set["asyncio.Task[ResultT]"]:
    return {task for task in tasks if not task.done()}
