"""A walk forward measured: its seconds, and on a sample of bars those of the live answers, which it must equal."""

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np

from analysis.framework.answer import compute
from analysis.framework.module import AnyModule, load_parts, module_by
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from analysis.replay import ModulePast, inputs_at, walk_forward
from utils.binance_api.bars import Bars

REPLAYED: Final = ("trend", "regime", "risk", "redet")
"""Modules that bars suffice for."""
SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Sampled:
    """Live answers at some rows: CPU seconds of each, fits at hand, and the largest difference from the walk."""

    live_s: float
    difference: float


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """One module along one symbol: what it said, CPU seconds of the walk with its fits, and the sample."""

    past: ModulePast
    cpu_s: float
    sampled: Sampled

    @property
    def ratio(self) -> float:
        """How many times as fast a bar is as by calling the live ``compute``."""
        return self.sampled.live_s * len(self.past.time) / self.cpu_s


class Metered(Executor):
    """Hands jobs to another executor and adds up their CPU seconds."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._lock = Lock()
        self.cpu_s = 0.0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand on a job."""
        outer: Future[Any] = Future()

        def finish(inner: Future[Any]) -> None:
            error = inner.exception()
            if error is not None:
                outer.set_exception(error)
                return
            result, cpu_s = inner.result()
            with self._lock:
                self.cpu_s += cpu_s
            outer.set_result(result)

        self._executor.submit(_timed, fn, *args, **kwargs).add_done_callback(finish)
        return outer


def _timed(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, float]:
    start = time.process_time()
    result = fn(*args, **kwargs)
    return result, time.process_time() - start


def walk(module_id: str, bars: Bars, executor: Executor, rows: int) -> Walked:
    """Walk one module along the bars as jobs of the executor, and hold ``rows`` of them against live answers."""
    metered, config = Metered(executor), module_by(module_id, MODULES).config()
    past = walk_forward(module_id, bars, config, executor=metered)
    return Walked(past, metered.cpu_s, executor.submit(sample, module_id, bars, past, rows).result())


def sample(module_id: str, bars: Bars, past: ModulePast, rows: int) -> Sampled:
    """Answer live at some rows of the later half, drawn by a fixed seed; NaN seconds for none."""
    if not rows:
        return Sampled(float("nan"), 0.0)
    module, count = module_by(module_id, MODULES), len(bars)
    drawn = np.random.default_rng(SEED).choice(
        np.arange(count // 2, count), min(rows, count // 2), replace=False
    )
    _live(module, bars, int(drawn[0]))  # imports, and what is kept between answers
    found = [_live(module, bars, row) for row in drawn.tolist()]
    apart = [difference(answer, past, row) for (answer, _), row in zip(found, drawn.tolist(), strict=True)]
    return Sampled(float(np.mean([cpu_s for _, cpu_s in found])), max(apart))


def _live(module: AnyModule, bars: Bars, row: int) -> tuple[Analysis, float]:
    config, fit = module.config(), load_parts(module.package).fit
    inputs = inputs_at(module, bars, row, config)
    fits = {key.refit_time: fit(inputs, config, key.refit_time) for key in module.fit_keys(inputs, config)}
    return _timed(compute, module, inputs, fits, config)


def difference(answer: Analysis, past: ModulePast, row: int) -> float:
    """Return the largest difference in score and scalars; infinite where one of the two has no value."""
    pairs = [(answer.score, past.score[row])]
    pairs += [(scalar.value, past.scalars[scalar.name][row]) for scalar in answer.scalars]
    return max(_apart(said, float(walked)) for said, walked in pairs)


def _apart(said: float | None, walked: float) -> float:
    if said is None or np.isnan(walked):
        return 0.0 if said is None and np.isnan(walked) else float("inf")
    return abs(said - walked)
