"""The metrics of one process: some counted where things happen, the others read from the parts when they are asked for.

Every label has a fixed set of values, and each of them has a sample from the start: a counter that appears with its
first event has no rate then. No label holds a symbol, a person, a path as it was asked, or a secret.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from handlers.question_log import Question
from utils.http.errors import FAULTS

# a second series for each counter, which nothing here asks for
disable_created_metrics()  # type: ignore[no-untyped-call]

SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 60.0)
"""Upper ends of the buckets of every latency, in seconds."""
COMMAND: Final = "command"
BUCKET: Final = "le"
"""The label that Prometheus gives the buckets of a histogram."""
KINDS: Final = (COMMAND, "button", "inline", "http")
STATUSES: Final = ("200", "302", "400", "401", "404", "405", "421", "429", "500", "503")
OTHER: Final = "other"
COMMAND_OUTCOMES: Final = ("ok", "failed", *FAULTS)
"""How a command was answered: by what was asked, by an error of this program, or by the fault of a source."""

Numbers = Mapping[tuple[str, ...], float]
"""Numbers by the values of the labels."""


@dataclass(frozen=True, slots=True)
class PartMetric:
    """A metric that is read from a running part: numbers by the values of its labels."""

    name: str
    help: str
    labels: tuple[str, ...]
    read: Callable[[], Numbers]
    is_counter: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as it is documented: its name in queries, its type, its labels."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str


class Metrics:
    """What is exposed. Each process, or test, has its own."""

    def __init__(self, part_metrics: Sequence[PartMetric] = ()) -> None:
        self._registry = CollectorRegistry()
        self._questions = Histogram(
            "bot_question_seconds",
            "time from a question to its answer, by how it was asked",
            ["kind"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._failed = Counter(
            "bot_questions_failed",
            "questions answered with an error of this program",
            ["kind"],
            registry=self._registry,
        )
        self._commands = Counter(
            "bot_commands",
            "commands of chat, by how they were answered: ok, failed, or the fault of a source",
            ["command", "outcome"],
            registry=self._registry,
        )
        self._requests = Counter(
            "bot_http_requests",
            "requests to the HTTP API, refused ones too, by route and status",
            ["route", "status"],
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "bot_http_request_seconds",
            "time to answer a request to the HTTP API",
            ["route"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._routes: frozenset[str] = frozenset()
        self._command_names: frozenset[str] = frozenset()
        for kind in KINDS:
            self._questions.labels(kind)
            self._failed.labels(kind)
        ProcessCollector(registry=self._registry)
        self.read(part_metrics)

    def read(self, part_metrics: Sequence[PartMetric]) -> None:
        """Read these too whenever the metrics are asked for."""
        self._registry.register(_PartMetrics(tuple(part_metrics)))

    def expect_commands(self, names: Iterable[str]) -> None:
        """Name the commands; anything else counts as ``other``."""
        self._command_names = frozenset(names)
        for name, outcome in product(sorted(self._command_names), COMMAND_OUTCOMES):
            self._commands.labels(name, outcome)

    def expect_routes(self, routes: Iterable[str]) -> None:
        """Name the routes of the HTTP API; requests to anything else count as ``other``."""
        self._routes = frozenset(routes)
        for route in (*sorted(self._routes), OTHER):
            self._request_seconds.labels(route)
            for status in STATUSES:
                self._requests.labels(route, status)

    def note_request(self, route: str | None, status: int, took_s: float) -> None:
        """Count a request to the HTTP API."""
        known = route if route in self._routes else OTHER
        text = str(status)
        self._requests.labels(known, text if text in STATUSES else OTHER).inc()
        self._request_seconds.labels(known).observe(took_s)

    def note_question(self, what: str, took_s: float, question: Question) -> None:
        """Count a question of chat or HTTP."""
        kind = _kind(what)
        self._questions.labels(kind).observe(took_s)
        if question.failed:
            self._failed.labels(kind).inc()
        if kind == COMMAND:
            name = what.partition(" ")[0].removeprefix("/")
            known = name if name in self._command_names else OTHER
            self._commands.labels(known, _outcome(question)).inc()

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics in the format that ``accept`` (the header) asks for, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def described(self) -> tuple[Described, ...]:
        """Return what is exposed now, by name; a metric without a sample has no labels here."""
        return tuple(sorted(map(_described, self._registry.collect()), key=lambda one: one.name))


class _PartMetrics(Collector):
    def __init__(self, part_metrics: tuple[PartMetric, ...]) -> None:
        self._metrics = part_metrics

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        for metric in self._metrics:
            make = CounterMetricFamily if metric.is_counter else GaugeMetricFamily
            family = make(metric.name, metric.help, labels=metric.labels)
            for labels, value in metric.read().items():
                family.add_metric(labels, value)
            yield family


def _described(family: Metric) -> Described:
    labels = {label: None for sample in family.samples for label in sample.labels if label != BUCKET}
    name = f"{family.name}_total" if family.type == "counter" else family.name
    return Described(name, family.type, tuple(labels), family.documentation)


def _outcome(question: Question) -> str:
    return "failed" if question.failed else question.fault or "ok"


def _kind(what: str) -> str:
    """Return how a question was asked, from its line in the log."""
    first = what.partition(" ")[0]
    if first in {"button", "inline"}:
        return first
    return COMMAND if first.startswith("/") else "http"
