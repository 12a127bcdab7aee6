"""Dashboard, rules and documentation name what is exposed; every label has its values from the start."""

import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
import pytest_asyncio
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from analysis.registry import MODULES
from bot.metrics.chat import REFUSALS
from bot.metrics.registry import COMMAND_OUTCOMES, KINDS, OTHER, STATUSES, Described, Metrics
from bot.metrics.sources import OUTCOMES
from handlers.commands.routes import build_registry
from handlers.composites.registry import TOPICS
from scripts import dashboard, metrics_table
from scripts.promql import selectors, without_strings
from utils.binance_api.streams.subscription import StreamState
from utils.http.watched import HELD_BACK

PAGE = metrics_table.FILE
RULES = dashboard.FILE.with_name("rules.yml")
OF_PROMETHEUS = {"job", "instance"}
"""Labels that Prometheus adds to everything it scrapes."""
FORBIDDEN = re.compile(r"symbol|chat|user|person|address|token|secret|host|path", re.IGNORECASE)
PRODUCTS = ("spot", "futures", "options")


@dataclass(frozen=True)
class Exposed:
    """``samples`` are names with the values of their labels, in the order of these; ``labels`` is by name."""

    described: tuple[Described, ...]
    text: str
    open_text: str
    samples: set[tuple[str, ...]]
    labels: Mapping[str, set[str]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exposed() -> AsyncIterator[Exposed]:
    """What a bot exposes whose parts are made and of which nothing has begun."""
    async with metrics_table.unstarted() as metrics:
        yield _exposed(metrics)


def _exposed(metrics: Metrics) -> Exposed:
    described, text = metrics.described(), metrics.exposition("")[0].decode()
    samples, labels = set[tuple[str, ...]](), {one.name: set(one.labels) for one in described}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples.add((sample.name, *(value for _, value in sorted(sample.labels.items()))))
            labels[sample.name] = labels.get(sample.name, set()) | set(sample.labels)
    open_text = metrics.exposition("application/openmetrics-text; version=1.0.0")[0].decode()
    return Exposed(described, text, open_text, samples, labels)


def groups() -> list[dict[str, Any]]:
    return list(yaml.safe_load(RULES.read_text())["groups"])


def rules() -> Iterator[dict[str, Any]]:
    for group in groups():
        yield from group["rules"]


def recorded() -> dict[str, str]:
    return {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}


def queries() -> list[str]:
    return [*dashboard.expressions(), *(rule["expr"] for rule in rules())]


def test_both_formats_are_read_by_the_parsers_of_the_client(exposed: Exposed) -> None:
    names = {family.name for family in text_string_to_metric_families(exposed.text)}
    open_names = {family.name for family in open_metrics(exposed.open_text)}  # type: ignore[no-untyped-call]
    assert names == open_names
    assert len(names) == len(exposed.described)


def test_names_have_the_form_and_the_units_that_prometheus_wants(exposed: Exposed) -> None:
    for one in exposed.described:
        assert one.name.startswith(("bot_", "process_")), one
        assert one.name.endswith("_total") == (one.kind == "counter"), one
        assert not re.search(r"_(ms|millis|minutes|hours|kb|mb|percent)(_|$)", one.name), one
        assert one.help, one


def test_labels_are_few_and_name_nobody(exposed: Exposed) -> None:
    assert not [one for one in exposed.described if any(map(FORBIDDEN.search, one.labels))]
    count = defaultdict[str, int](int)
    for sample in exposed.samples:
        count[sample[0]] += 1
    assert max(count.values()) < 500
    assert sum(count.values()) < 2_500


def test_every_value_is_there_before_anything_has_happened(exposed: Exposed) -> None:
    registry = build_registry(MODULES, TOPICS)
    commands = [spec.name for spec in registry.specs]
    wanted: set[tuple[str, ...]] = {
        *product(["bot_commands_total"], commands, COMMAND_OUTCOMES),
        *product(["bot_answers_total"], registry.module_ids, ["computed", "remembered", "shared"]),
        *product(["bot_question_seconds_count", "bot_questions_failed_total"], KINDS),
        *product(["bot_http_requests_total"], ["/analysis/{module}", "/metrics", OTHER], STATUSES),
        *product(["bot_source_requests_total"], OUTCOMES, ["binance.spot.klines", "onchain.farside"]),
        *product(["bot_source_requests_total"], OUTCOMES, ["deribit.get_book_summary_by_currency"]),
        *product(["bot_breaker_open"], [*PRODUCTS, "deribit", "coinmetrics", "glassnode"], HELD_BACK),
        *product(["bot_streams"], PRODUCTS, [state.value for state in StreamState]),
        *product(["bot_telegram_refusals_total"], REFUSALS),
        *product(["bot_pushes_dropped_total"], ["gone", "given_up", "unreadable", "muted"]),
        *product(["bot_errors_total"], ["answers", "updates", "alerts", "digests", "pushes", "streams", "background"]),
        *product(["bot_queue_length"], ["answers", "fits", "updates", "scores", "longer_pasts"]),
        *product(["bot_look_timestamp_seconds"], ["alerts", "digests", "pushes"]),
        *product(["bot_ready"], ["telegram", "exchange", "charts", "database"]),
        *product(["bot_config_reloads_total"], ["accepted", "refused"]),
        *product(["bot_sources_failing"], ["exchange", "deribit", "onchain"]),
        *product(["bot_response_reads_total"], ["hit", "miss"]),
        *product(
            ["bot_exchange_weight_used", "bot_exchange_weight_limit", "bot_exchange_weight_budget"],
            [*PRODUCTS, "funding", "statistics"],
        ),
        *((f"bot_{name}",) for name in (
            "worker_deaths_total", "fits_total", "logged_errors_total", "pushes_sent_total", "pushes_waiting",
            "pushes_due", "pushes_overdue_seconds", "poll_timestamp_seconds", "leading", "memory_limit_bytes",
            "config_last_reload_successful", "config_read_timestamp_seconds", "config_overrides_refused",
            "answers_undelivered_total", "questions_over_quota_total", "updates_unreadable_total",
            "telegram_wait_seconds_total",
        )),
    }  # fmt: skip
    assert wanted - exposed.samples == set()


def test_the_page_lists_what_there_is(exposed: Exposed) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == metrics_table.written(page, exposed.described), "run python -m scripts.metrics_table"


def test_the_dashboard_is_the_one_of_its_panels() -> None:
    assert dashboard.FILE.read_text(encoding="utf-8") == dashboard.text(), "run python -m scripts.dashboard"


def test_panels_lie_side_by_side_and_not_on_one_another() -> None:
    taken = set[tuple[int, int]]()
    for panel in json.loads(dashboard.text())["panels"]:
        place = panel["gridPos"]
        cells = set(
            product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))
        )
        assert max(x for x, _ in cells) < dashboard.COLUMNS
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("query", queries())
def test_every_query_asks_for_metrics_and_labels_that_there_are(query: str, exposed: Exposed) -> None:
    known = {**exposed.labels, "up": set[str]()}
    found = list(selectors(query))
    assert found, query
    for name, labels in found:
        if name in recorded():
            assert labels - OF_PROMETHEUS <= _given(recorded()[name], known), (name, labels)
        else:
            assert name in known, name
            assert labels - OF_PROMETHEUS <= known[name], (name, labels)


def _given(expr: str, known: Mapping[str, set[str]]) -> set[str]:
    """Return the labels that a recorded expression may have: those of what it is made of."""
    return set().union(*(known[name] for name, _ in selectors(expr)))


@pytest.mark.parametrize("query", queries())
def test_what_is_grouped_by_is_a_label_of_what_is_summed(query: str, exposed: Exposed) -> None:
    bare = without_strings(query)
    known = {**exposed.labels, "up": set[str]()}
    of_all = set().union(
        *(
            _given(recorded()[name], known) if name in recorded() else known[name]
            for name, _ in selectors(query)
        )
    )
    for grouped in re.findall(r"\bby \(([^)]*)\)", bare):
        assert {one.strip() for one in grouped.split(",")} <= of_all | OF_PROMETHEUS, query


def test_every_alert_has_a_severity_and_a_line_of_what_to_do() -> None:
    page = PAGE.read_text(encoding="utf-8")
    alerts = [rule for rule in rules() if "alert" in rule]
    for rule in alerts:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["runbook"] == f"docs/monitoring.md#{rule['alert'].lower()}"
        assert f"\n### {rule['alert']}\n" in page
    headings = re.findall(r"^### (Bot\w+)$", page, re.MULTILINE)
    assert headings == list(dict.fromkeys(headings))
    assert set(headings) == {rule["alert"] for rule in alerts}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('up{job="b"} == 0 or absent(up{job="$job"})', [("up", {"job"}), ("up", {"job"})]),
        ('sum by (a, b) (rate(x_total{c=~"d|e{,}",f!="g"}[5m])) > 0.5', [("x_total", {"c", "f"})]),
        (
            "time() - max(y_seconds) and on (job) k:z:p95_5m == 1",
            [("y_seconds", set()), ("k:z:p95_5m", set())],
        ),
    ],
)
def test_selectors_are_found_in_a_query(query: str, found: list[tuple[str, set[str]]]) -> None:
    assert [(name, set(labels)) for name, labels in selectors(query)] == found
