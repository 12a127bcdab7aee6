"""What every analysis module is: four functions and a declaration.

``fetch`` is async and only reads. ``fit`` estimates at a fixed refit time from the bars before it; ``trace`` computes
every metric, signal and score per bar (row t from rows <= t); ``words`` says what the last row means. These three are
pure functions of their inputs and a frozen config: picklable, without clock, network or globals. They stand under the
same names in the package beside the declaration, and are imported where they run, so that the process that only
declares, fetches and answers does not carry the numerical libraries.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Generic, Literal, Protocol, TypeVar

from analysis.arrays import Floats, Times
from analysis.framework.metric import MetricSpec, ScalarSpec, ScoreSpec, TableSpec
from analysis.framework.question import Listing, Market, MarketInputs, Request, Scope, Sources, SourceStamp
from analysis.framework.reasons import Message, Reason
from analysis.framework.recorded import Recorded
from analysis.framework.result import CoinMatrix, Group, Heatmap, Table
from analysis.framework.scalar_past import ScalarPast
from config.base import ConfigModel

JobKind = Literal["batch", "async", "stream"]

ConfigT = TypeVar("ConfigT", bound=ConfigModel)
InputsT = TypeVar("InputsT", bound=MarketInputs)
DetailT = TypeVar("DetailT")
ReadT_co = TypeVar("ReadT_co", bound=MarketInputs, covariant=True)


@dataclass(frozen=True, slots=True)
class FitKey:
    """Which estimate: made at ``refit_time`` (UTC ms) from the bars before it, in one ``variant``.

    The variant names what else the estimate depends on, such as sources that were absent or too few bars; a question
    has one key for each refit time, so that ``trace`` receives its fits by refit time.
    """

    refit_time: int
    variant: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreRows:
    """One headline number per bar (n) with its uncertainty (one sigma) and coverage; NaN where missing."""

    score: Floats
    uncertainty: Floats
    coverage: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trace(Generic[DetailT]):
    """Every value per bar: arrays of equal length n over ``time`` (bar close, UTC ms); NaN where missing.

    ``values`` and ``signals`` by metric id, ``groups`` by group id, ``multipliers`` and ``scalars`` by name,
    ``scalar_se`` where a standard error exists, ``headlines`` by name beside the score. ``reasons`` says why a metric
    or scalar of the last row is missing. ``earlier`` are rows of scalars before the last one where they stand over
    other moments than ``time``, such as the closes of longer bars. ``detail`` is what the module's words are made from
    beside all this.
    """

    time: Times
    values: Mapping[str, Floats]
    signals: Mapping[str, Floats]
    groups: Mapping[str, Floats]
    direction: Floats
    score: Floats
    uncertainty: Floats
    coverage: Floats
    scalars: Mapping[str, Floats]
    scalar_se: Mapping[str, Floats]
    reasons: Mapping[str, Reason]
    detail: DetailT
    multipliers: Mapping[str, Floats] = field(default_factory=dict)
    headlines: Mapping[str, ScoreRows] = field(default_factory=dict)
    earlier: ScalarPast | None = None


AnyTrace = Trace[Any]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Words:
    """What the last row means, beside what the framework says of every answer (price, age, gaps, provenance, rank).

    ``weights`` by metric and ``group_weights`` by group are those that count now; a group outside ``group_weights``
    is not shown as one. ``contributions`` by metric id add up, with those of ``steps`` (what is done to the sum
    afterwards, such as a rank), to score - neutral. ``series`` are drawn columns, cut to the drawn bars, to which the
    framework adds the candles; ``curves`` stand over another axis than time, ``tables`` over names. ``null_reasons``
    come before the general ones where there is no score, ``headline_reasons`` say why a headline is missing.
    ``published`` says by name from when on a scalar was as it is (UTC ms), where that is not the close of the last bar.
    ``origins`` say by metric id which provider beyond the exchange a value is from and which moment it describes.
    """

    weights: Mapping[str, float]
    group_weights: Mapping[str, float]
    contributions: Mapping[str, float]
    steps: tuple[Group, ...] = ()
    notes: tuple[Message, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    verdict: Message | None = None
    series: Mapping[str, Floats] = field(default_factory=dict)
    curves: Mapping[str, Floats] = field(default_factory=dict)
    heatmaps: tuple[Heatmap, ...] = ()
    matrices: tuple[CoinMatrix, ...] = ()
    tables: tuple[Table, ...] = ()
    null_reasons: tuple[Reason, ...] = ()
    headline_reasons: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    published: Mapping[str, int] = field(default_factory=dict)
    origins: Mapping[str, SourceStamp] = field(default_factory=dict)


class Parts(Protocol):
    """The pure functions of a module; ``load_parts`` brings them from the package of a declaration."""

    @property
    def fit(self) -> Callable[[Any, Any, int], Any]:
        """(inputs, config, refit time) to the estimate."""

    @property
    def fits(self) -> Callable[[Any, Any, Sequence[int]], dict[int, Any]] | None:
        """(inputs, config, refit times) to ``fit`` at each of them, where they share work; ``None`` where not."""

    @property
    def trace(self) -> Callable[[Any, Mapping[int, Any], Any, Scope], AnyTrace]:
        """(inputs, fits by refit time, config, scope) to every row."""

    @property
    def words(self) -> Callable[[AnyTrace, Any, Mapping[int, Any], Any], Words]:
        """(trace, inputs, fits by refit time, config) to the words of the last row."""


class LiveState(Protocol[ReadT_co]):
    """What a stream module keeps between live questions about one listing, brought up to date by its streams."""

    async def inputs(self, request: Request) -> ReadT_co:
        """Return the inputs as they stand now."""
        ...

    def close(self) -> None:
        """Let go of the streams."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TakesBasket:
    """How many symbols a module takes at once: ``fewest`` to ``most``; one alone where ``single``.

    ``unnamed`` is what it analyses where nobody names a symbol: the chat's default symbol, or what the owner's account
    holds. The account is the owner's in a private chat alone; everywhere else symbols must then be named.
    """

    fewest: int = 2
    most: int = 40
    single: bool = True
    unnamed: Literal["default", "holdings"] = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module(Generic[ConfigT, InputsT]):
    """The declaration of a module; handlers, help, HTTP, menus and tests read nothing else about it.

    ``declared_in`` is the module whose ``MODULE`` this is, by which a worker process finds it; ``package`` holds
    ``fit``, ``trace`` and ``words`` under these names. ``history(config, interval)`` is how many
    closed bars ``fetch`` needs; ``fit_keys(inputs, config)`` the estimates that the trace of these inputs uses;
    ``headlines`` further numbers beside the score; ``groups`` in the order they are shown; ``labels`` the answers in
    words and what each may be; ``rank_bars(config)`` how many past scores the percentile is taken among, 0 for none;
    ``account`` whether an owner sees the own account beside it. A stream module has ``open_state``, asked instead of
    ``fetch`` about now. ``market`` is the one whose bars it reads whatever market is asked, where it
    lists the symbol; ``None`` is the asked one. ``interval`` is the one it is answered on whatever interval is asked;
    ``None`` is the asked one. With ``reads_asked`` it reads bars of the asked one beside its own. ``basket`` says how
    many symbols it takes at once; without it one.
    ``tables`` are those that its answers may have. ``recorded`` makes its inputs of recorded bars, every other source
    missing; ``None`` where bars do not suffice.
    """

    code: str
    id: str
    commands: tuple[str, ...]
    title: str
    question: str
    explanation: str
    declared_in: str
    package: str
    config: type[ConfigT]
    job: JobKind
    score: ScoreSpec
    groups: tuple[str, ...]
    metrics: tuple[MetricSpec, ...]
    scalars: tuple[ScalarSpec, ...]
    history: Callable[[ConfigT, str], int]
    fetch: Callable[[Sources, Listing, Request, ConfigT], Awaitable[InputsT]]
    fit_keys: Callable[[InputsT, ConfigT], tuple[FitKey, ...]]
    open_state: Callable[[Sources, Listing, str, ConfigT], LiveState[InputsT]] | None = None
    headlines: tuple[ScoreSpec, ...] = ()
    other_timeframes: tuple[str, ...] = ("15m", "1h", "4h", "1d")
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rank_bars: Callable[[ConfigT], int] | None = None
    account: bool = False
    market: Market | None = None
    interval: str | None = None
    reads_asked: bool = False
    basket: TakesBasket | None = None
    tables: tuple[TableSpec, ...] = ()
    recorded: Callable[[Recorded, ConfigT], InputsT] | None = None

    def __reduce__(self) -> tuple[Callable[[str], "AnyModule"], tuple[str]]:
        return _declared, (self.declared_in,)

    def interval_of(self, asked: str) -> str:
        """Return the interval of an answer: the module's own one, else that asked."""
        return asked if self.interval is None else self.interval

    def spec(self, metric_id: str) -> MetricSpec:
        """Return one metric's declaration; ``KeyError`` when there is none."""
        for spec in self.metrics:
            if spec.id == metric_id:
                return spec
        raise KeyError(metric_id)


AnyModule = Module[Any, Any]


def _declared(name: str) -> AnyModule:
    found: AnyModule = import_module(name).MODULE
    return found


def module_by(name: str, modules: tuple[AnyModule, ...]) -> AnyModule:
    """Return a module by id or command; ``KeyError`` names what exists."""
    for module in modules:
        if name == module.id or name in module.commands:
            return module
    raise KeyError(f"no module {name!r}; there are {', '.join(module.id for module in modules)}")


@dataclass(frozen=True, slots=True)
class _Loaded:
    fit: Callable[[Any, Any, int], Any]
    fits: Callable[[Any, Any, Sequence[int]], dict[int, Any]] | None
    trace: Callable[[Any, Mapping[int, Any], Any, Scope], AnyTrace]
    words: Callable[[AnyTrace, Any, Mapping[int, Any], Any], Words]


def load_parts(package: str) -> Parts:
    """Import the pure functions of a module where they run; ``AttributeError`` when one is absent, ``fits`` aside."""
    found = {name: getattr(import_module(f"{package}.{name}"), name) for name in ("fit", "trace", "words")}
    return _Loaded(fits=getattr(import_module(f"{package}.fit"), "fits", None), **found)
