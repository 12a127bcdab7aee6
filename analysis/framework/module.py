"""What every analysis module is: four functions and a declaration.

A module fetches its inputs (async, only reads), fits what is estimated at fixed refit times, traces every metric,
signal and score per bar (row t from rows <= t), and computes the last row of that trace with its words. Everything
but ``fetch`` is a pure function of its inputs and a frozen config: picklable, without clock, network or globals.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from analysis.arrays import Floats, Times
from analysis.framework.metric import MetricSpec, ScalarSpec, ScoreSpec
from analysis.framework.question import Request, Sources
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from config.base import ConfigModel

JobKind = Literal["batch", "async", "stream"]

ConfigT = TypeVar("ConfigT", bound=ConfigModel)
InputsT = TypeVar("InputsT")
FitT = TypeVar("FitT")


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Every value per bar: arrays of equal length n over ``time`` (bar close, UTC ms); NaN where missing.

    ``values`` and ``signals`` by metric id, ``groups`` by group id, ``multipliers`` and ``scalars`` by name,
    ``scalar_se`` where a standard error exists. ``reasons`` says why a metric of the last row is missing.
    """

    time: Times
    values: Mapping[str, Floats]
    signals: Mapping[str, Floats]
    groups: Mapping[str, Floats]
    multipliers: Mapping[str, Floats]
    direction: Floats
    score: Floats
    uncertainty: Floats
    coverage: Floats
    scalars: Mapping[str, Floats]
    scalar_se: Mapping[str, Floats]
    reasons: Mapping[str, Reason]


@dataclass(frozen=True, slots=True)
class Module(Generic[ConfigT, InputsT, FitT]):
    """The declaration of a module; handlers, help, HTTP, menus and tests read nothing else about it.

    ``history(config, interval)`` is how many closed bars ``fetch`` needs; ``refit times(inputs, config)`` the fixed
    UTC moments (ms, ascending) whose fits the trace of these inputs uses; ``neighbours`` the intervals beside it;
    ``labels`` the answers in words and what each may be; ``account`` whether an owner sees the own account beside it.
    """

    code: str
    id: str
    commands: tuple[str, ...]
    title: str
    question: str
    explanation: str
    config: type[ConfigT]
    job: JobKind
    score: ScoreSpec
    groups: tuple[str, ...]
    metrics: tuple[MetricSpec, ...]
    scalars: tuple[ScalarSpec, ...]
    history: Callable[[ConfigT, str], int]
    fetch: Callable[[Sources, Request, ConfigT], Awaitable[InputsT]]
    refit_times: Callable[[InputsT, ConfigT], tuple[int, ...]]
    fit: Callable[[InputsT, ConfigT, int], FitT]
    trace: Callable[[InputsT, Mapping[int, FitT], ConfigT], Trace]
    compute: Callable[[InputsT, Mapping[int, FitT], ConfigT], Analysis]
    other_timeframes: tuple[str, ...] = ("15m", "1h", "4h", "1d")
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    account: bool = False

    def spec(self, metric_id: str) -> MetricSpec:
        """Return one metric's declaration; ``KeyError`` when there is none."""
        for spec in self.metrics:
            if spec.id == metric_id:
                return spec
        raise KeyError(metric_id)


AnyModule = Module[Any, Any, Any]
