"""Walk forward: what a module would have said at the close of every recorded bar, by the functions that answer live.

One trace of a whole continuous history gives every row at once: a row rests on rows up to it and on the fit of the last
refit time before its close, and what a live answer reads before its last bar has faded from it or is counted exactly.
So a row equals the live answer at its close to 1e-9 in score and scalars, with the periods of the default
configuration. Each fit is made once for all bars between two refit times.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from analysis.arrays import Floats, Times
from analysis.framework.bar_rules import continuous, histories
from analysis.framework.jobs import PickledFit, fit_all, trace_of
from analysis.framework.module import AnyModule, module_by
from analysis.framework.question import LATEST, MarketInputs, Scope
from analysis.framework.recorded import Recorded
from analysis.framework.scalar_past import ScalarPast
from analysis.registry import MODULES
from config.base import ConfigModel
from utils.binance_api.bars import Bars

FIT_JOBS = 4
"""Jobs that the fits of one history are shared out to."""
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class NotReplayable(ValueError):
    """The module needs more than recorded bars."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ModulePast:
    """What one module said at n bar closes ``time`` (UTC ms, ascending) where the price was ``close``; NaN: nothing.

    ``uncertainty`` is one sigma of the score, ``scalar_se`` that of the scalars that have one, both by name.
    """

    module: str
    symbol: str
    interval: str
    time: Times
    close: Floats
    score: Floats
    uncertainty: Floats
    scalars: Mapping[str, Floats]
    scalar_se: Mapping[str, Floats]

    @property
    def past(self) -> ScalarPast:
        """The scalars as an answer hands them over."""
        return ScalarPast(self.time, self.scalars)


def walk_forward(
    module_id: str,
    bars: Bars,
    config: ConfigModel,
    *,
    counterpart: Bars | None = None,
    executor: Executor | None = None,
) -> ModulePast:
    """Return a module's score and scalars at the close of each of the closed ``bars``, which begin with the listing.

    ``counterpart`` are bars of the coin's other market in the same unit; every further source is missing, as where it
    does not answer. Fits and traces are jobs of ``executor``, done at once without one. ``NotReplayable`` for a module
    that bars do not suffice for, ``KeyError`` for an unknown one, ``ValueError`` without bars.
    """
    module = module_by(module_id, MODULES)
    if not len(bars):
        raise ValueError("there are no bars to walk along")
    return _joined(
        [_of_history(module, history, config, counterpart, executor) for history in histories(bars)], bars
    )


def inputs_at(
    module: AnyModule, bars: Bars, row: int, config: ConfigModel, counterpart: Bars | None = None
) -> MarketInputs:
    """Return what a question at the close of one row reads of the same record: its last bars, with their listing."""
    moment, count = int(bars.close_time[row]) + 1, module.history(config, bars.interval)
    read = continuous(bars.closed(moment).tail(count)).bars
    other = None if counterpart is None else continuous(counterpart.closed(moment).tail(count)).bars
    return _inputs(module, config, read, other, from_listing=len(read) < count, scope=LATEST)


def _inputs(
    module: AnyModule,
    config: ConfigModel,
    bars: Bars,
    counterpart: Bars | None,
    *,
    from_listing: bool,
    scope: Scope,
) -> MarketInputs:
    if module.recorded is None:
        raise NotReplayable(f"{module.id} needs more than recorded bars")
    record = Recorded(bars=bars, from_listing=from_listing, counterpart=counterpart, scope=scope)
    found: MarketInputs = module.recorded(record, config)
    return found


def _of_history(
    module: AnyModule, bars: Bars, config: ConfigModel, counterpart: Bars | None, executor: Executor | None
) -> ModulePast:
    scope = Scope(len(bars), scores_only=True)
    inputs = _inputs(module, config, bars, counterpart, from_listing=True, scope=scope)
    times = [key.refit_time for key in module.fit_keys(inputs, config)]
    size = max(1, -(-len(times) // FIT_JOBS))  # neighbours share what they read
    shares = [times[start : start + size] for start in range(0, len(times), size)]
    fits: dict[int, PickledFit] = {}
    for made in _each(executor, partial(fit_all, module.package, inputs, config), shares):
        fits |= made
    (past,) = _each(executor, partial(_traced, module, inputs, fits), [config])
    return past


def _each(
    executor: Executor | None, job: Callable[[ItemT], ResultT], items: Sequence[ItemT]
) -> Iterable[ResultT]:
    return map(job, items) if executor is None else executor.map(job, items)


def _traced(
    module: AnyModule, inputs: MarketInputs, fits: Mapping[int, PickledFit], config: ConfigModel
) -> ModulePast:
    trace = trace_of(module, inputs, fits, config, inputs.scope)
    bars = inputs.bars
    return ModulePast(
        module=module.id,
        symbol=bars.symbol,
        interval=bars.interval,
        time=trace.time,
        close=bars.close,
        score=trace.score,
        uncertainty=trace.uncertainty,
        scalars=trace.scalars,
        scalar_se=trace.scalar_se,
    )


def _joined(parts: Sequence[ModulePast], bars: Bars) -> ModulePast:
    return ModulePast(
        module=parts[0].module,
        symbol=bars.symbol,
        interval=bars.interval,
        time=np.concatenate([part.time for part in parts]),
        close=bars.close,
        score=np.concatenate([part.score for part in parts]),
        uncertainty=np.concatenate([part.uncertainty for part in parts]),
        scalars=_joined_columns([part.scalars for part in parts]),
        scalar_se=_joined_columns([part.scalar_se for part in parts]),
    )


def _joined_columns(parts: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
