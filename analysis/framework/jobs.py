"""What workers do for the runner: estimates, answers and traces of a module whose code is imported where it runs."""

import pickle
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from analysis.framework.answer import compute, without_score
from analysis.framework.bar_rules import untraded_rows
from analysis.framework.measured import attempted
from analysis.framework.module import AnyModule, AnyTrace, load_parts
from analysis.framework.question import Scope
from analysis.framework.result import Analysis
from analysis.framework.scalar_past import ScalarPast
from analysis.framework.uncertainty import withheld
from config.base import ConfigModel

PickledFit = bytes
"""An estimate as the worker made it: whoever asked only hands it on, and imports nothing of what it is made of."""


def fit_all(
    package: str, inputs: Any, config: ConfigModel, refit_times: Iterable[int]
) -> dict[int, PickledFit]:
    """Return the fit at each refit time; several in one job, as the inputs cross a process border with each job.

    One that fails is left out, and made anew with the next question; ``None`` is a fit that says nothing.
    """
    parts, times = load_parts(package), tuple(refit_times)
    made, nothing = dict[int, Any](), dict[int, Any]()
    if parts.fits is not None and len(times) > 1:
        made |= attempted(f"{package}.fits", partial(parts.fits, inputs, config, times), nothing)
    for at in times:
        if at not in made:
            made |= attempted(f"{package}.fit", partial(_fit_at, parts.fit, inputs, config, at), nothing)
    return {at: pickle.dumps(fit) for at, fit in made.items()}


def _fit_at(fit: Callable[[Any, Any, int], Any], inputs: Any, config: Any, refit_time: int) -> dict[int, Any]:
    return {refit_time: fit(inputs, config, refit_time)}


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


def scalars_of(
    module: AnyModule,
    inputs: Any,
    fits: Mapping[int, PickledFit],
    config: ConfigModel,
    scope: Scope,
    rows: int,
) -> ScalarPast:
    """Return the scalars of the last ``rows`` rows of a module's trace."""
    trace = trace_of(module, inputs, fits, config, scope)
    values = {name: np.array(column[-rows:]) for name, column in trace.scalars.items()}
    return ScalarPast(np.array(trace.time[-rows:]), values)


def _opened(fits: Mapping[int, PickledFit]) -> dict[int, Any]:
    return {refit_time: pickle.loads(fit) for refit_time, fit in fits.items()}  # noqa: S301 - `fit_all` made it
