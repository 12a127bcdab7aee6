"""Write docs/monitoring/dashboard.json anew: the Grafana dashboard, from the panels named here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

FILE: Final = Path(__file__).resolve().parent.parent / "docs" / "monitoring" / "dashboard.json"
SCHEMA: Final = 39
"""The version of Grafana's format that is written; newer ones read it."""
COLUMNS: Final = 24
HEIGHT: Final = 8
SMALL: Final = 4
SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
Kind = Literal["timeseries", "stat"]


@dataclass(frozen=True, slots=True)
class Query:
    """A query and the legend of what it finds."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture; ``unit`` is Grafana's name of a unit, ``width`` in columns of 24."""

    title: str
    queries: tuple[Query, ...]
    unit: str = "short"
    kind: Kind = "timeseries"
    width: int = 8


def _stat(title: str, expr: str, unit: str = "short", legend: str = "", width: int = 3) -> Panel:
    return Panel(title, (Query(expr, legend),), unit, "stat", width)


def _one(title: str, expr: str, legend: str, unit: str = "short") -> Panel:
    return Panel(title, (Query(expr, legend),), unit)


ROWS: Final[tuple[tuple[str, tuple[Panel, ...]], ...]] = (
    (
        "Now",
        (
            _stat("Scraped", 'up{job="$job"}', legend="{{instance}}"),
            _stat("Leads", 'bot_leading{job="$job"}', legend="{{instance}}"),
            _stat("Ready", 'min by (part) (bot_ready{job="$job"})', legend="{{part}}", width=6),
            _stat("Last poll", 'time() - max(bot_poll_timestamp_seconds{job="$job"})', "s"),
            _stat("Running for", 'time() - process_start_time_seconds{job="$job"}', "s", "{{instance}}"),
            _stat("Version", 'bot_build_info{job="$job"}', legend="{{version}} on {{python}}"),
            _stat("Configuration", 'bot_config_info{job="$job"}', legend="{{digest}}"),
            _stat("Read", 'time() - bot_config_read_timestamp_seconds{job="$job"}', "s", "{{instance}}"),
            _stat(
                "Last reload accepted",
                'bot_config_last_reload_successful{job="$job"}',
                legend="{{instance}}",
                width=4,
            ),
            _stat("Reloads", 'sum by (outcome) (bot_config_reloads_total{job="$job"})', legend="{{outcome}}"),
            _stat(
                "Overrides refused",
                'bot_config_overrides_refused{job="$job"}',
                legend="{{instance}}",
                width=4,
            ),
        ),
    ),
    (
        "Questions",
        (
            _one(
                "Questions",
                'sum by (kind) (rate(bot_question_seconds_count{job="$job"}[$__rate_interval]))',
                "{{kind}}",
                "reqps",
            ),
            _one(
                "Time to the answer, 95 of 100 are faster",
                'kind:bot_question_seconds:p95_5m{job="$job"}',
                "{{kind}}",
                "s",
            ),
            _one(
                "Share answered with an error of the program",
                'kind:bot_questions:error_ratio_5m{job="$job"}',
                "{{kind}}",
                "percentunit",
            ),
            _one(
                "Commands in an hour",
                'sum by (command) (increase(bot_commands_total{job="$job"}[1h])) > 0',
                "/{{command}}",
            ),
            _one(
                "Commands by outcome",
                'sum by (outcome) (rate(bot_commands_total{job="$job"}[$__rate_interval]))',
                "{{outcome}}",
                "reqps",
            ),
            Panel(
                "Not answered, not delivered",
                (
                    Query('sum(increase(bot_questions_over_quota_total{job="$job"}[1h]))', "over quota"),
                    Query('sum(increase(bot_answers_undelivered_total{job="$job"}[1h]))', "undelivered"),
                    Query('sum(increase(bot_updates_unreadable_total{job="$job"}[1h]))', "unreadable"),
                ),
            ),
            _one(
                "Answers of modules",
                'sum by (module) (rate(bot_answers_total{job="$job"}[$__rate_interval]))',
                "{{module}}",
                "reqps",
            ),
            _one(
                "Where answers come from",
                'sum by (origin) (rate(bot_answers_total{job="$job"}[$__rate_interval]))',
                "{{origin}}",
                "reqps",
            ),
            _one("Fits", 'sum(rate(bot_fits_total{job="$job"}[$__rate_interval]))', "fits", "ops"),
        ),
    ),
    (
        "HTTP API",
        (
            Panel(
                "Requests by status",
                (
                    Query(
                        'sum by (status) (rate(bot_http_requests_total{job="$job"}[$__rate_interval]))',
                        "{{status}}",
                    ),
                ),
                "reqps",
                width=12,
            ),
            Panel(
                "Time to the answer, 95 of 100 are faster",
                (
                    Query(
                        "histogram_quantile(0.95, sum by (route, le) "
                        '(rate(bot_http_request_seconds_bucket{job="$job"}[5m])))',
                        "{{route}}",
                    ),
                ),
                "s",
                width=12,
            ),
        ),
    ),
    (
        "Exchange and sources",
        (
            _one(
                "Share of the request budget used",
                'pool:bot_exchange_weight:ratio{job="$job"}',
                "{{pool}}",
                "percentunit",
            ),
            Panel(
                "Request weight",
                (
                    Query('sum by (pool) (bot_exchange_weight_used{job="$job"})', "{{pool}} used"),
                    Query('max by (pool) (bot_exchange_weight_limit{job="$job"})', "{{pool}} limit"),
                ),
            ),
            _one(
                "Requests by outcome",
                'sum by (outcome) (rate(bot_source_requests_total{job="$job"}[$__rate_interval]))',
                "{{outcome}}",
                "reqps",
            ),
            _one(
                "Failed requests by endpoint",
                'sum by (source) (rate(bot_source_requests_total{job="$job",outcome!="ok"}'
                "[$__rate_interval])) > 0",
                "{{source}}",
                "reqps",
            ),
            _one("Held back", 'max by (api, why) (bot_breaker_open{job="$job"})', "{{api}} {{why}}"),
            _one(
                "Endpoints and streams that fail",
                'sum by (provider) (bot_sources_failing{job="$job"})',
                "{{provider}}",
            ),
            _one("Streams", 'sum by (state) (bot_streams{job="$job"})', "{{state}}"),
            _one(
                "Streams without current data",
                'product:bot_streams:stale_ratio{job="$job"}',
                "{{product}}",
                "percentunit",
            ),
            _one(
                "Clock behind the exchange",
                'bot_exchange_clock_offset_seconds{job="$job"}',
                "{{instance}}",
                "s",
            ),
            _one(
                "Responses found in memory",
                'sum(rate(bot_response_reads_total{job="$job",outcome="hit"}[5m])) / '
                'sum(rate(bot_response_reads_total{job="$job"}[5m]))',
                "found",
                "percentunit",
            ),
            _one("Kept in memory", 'sum by (what) (bot_kept{job="$job"})', "{{what}}"),
        ),
    ),
    (
        "Pushes and Telegram",
        (
            Panel(
                "Outbox",
                (
                    Query('max(bot_pushes_waiting{job="$job"})', "waiting"),
                    Query('max(bot_pushes_due{job="$job"})', "due"),
                ),
            ),
            _one("The oldest has been due for", 'max(bot_pushes_overdue_seconds{job="$job"})', "due", "s"),
            Panel(
                "Sent and dropped in an hour",
                (
                    Query('sum(increase(bot_pushes_sent_total{job="$job"}[1h]))', "sent"),
                    Query(
                        'sum by (why) (increase(bot_pushes_dropped_total{job="$job"}[1h]))',
                        "dropped: {{why}}",
                    ),
                ),
            ),
            _one(
                "Since the last look",
                'time() - max by (work) (bot_look_timestamp_seconds{job="$job"})',
                "{{work}}",
                "s",
            ),
            _one(
                "Refusals of Telegram",
                'sum by (kind) (rate(bot_telegram_refusals_total{job="$job"}[$__rate_interval]))',
                "{{kind}}",
                "ops",
            ),
            _one(
                "Calls that wait for Telegram's limits",
                'sum(rate(bot_telegram_wait_seconds_total{job="$job"}[$__rate_interval]))',
                "waiting",
            ),
        ),
    ),
    (
        "Process",
        (
            Panel(
                "Memory",
                (
                    Query('bot_memory_bytes{job="$job"}', "all processes, {{instance}}"),
                    Query('process_resident_memory_bytes{job="$job"}', "main process, {{instance}}"),
                    Query('bot_memory_limit_bytes{job="$job"}', "limit, {{instance}}"),
                ),
                "bytes",
            ),
            _one(
                "CPU of the main process",
                'rate(process_cpu_seconds_total{job="$job"}[$__rate_interval])',
                "{{instance}}",
                "percentunit",
            ),
            _one("What waits", 'sum by (queue) (bot_queue_length{job="$job"})', "{{queue}}"),
            _one(
                "Errors of the program in an hour",
                'sum by (kind) (increase(bot_errors_total{job="$job"}[1h]))',
                "{{kind}}",
            ),
            Panel(
                "Deaths of workers, errors in the log, in an hour",
                (
                    Query('sum(increase(bot_worker_deaths_total{job="$job"}[1h]))', "deaths of workers"),
                    Query('sum(increase(bot_logged_errors_total{job="$job"}[1h]))', "errors in the log"),
                ),
            ),
            Panel(
                "Open files",
                (
                    Query('process_open_fds{job="$job"}', "open, {{instance}}"),
                    Query('process_max_fds{job="$job"}', "most, {{instance}}"),
                ),
            ),
        ),
    ),
)


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    return {
        "title": "Market view bot",
        "uid": "market-view-bot",
        "tags": ["bot"],
        "schemaVersion": SCHEMA,
        "editable": True,
        "refresh": "30s",
        "timezone": "browser",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_source_variable(), _job_variable()]},
        "annotations": {"list": [_restarts()]},
        "panels": _panels(),
    }


def expressions() -> tuple[str, ...]:
    """Return every query, those of variables and annotations too."""
    panels = [query.expr for _, some in ROWS for panel in some for query in panel.queries]
    return (*panels, _restarts()["expr"])


def _panels() -> Sequence[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    top = 0
    for title, panels in ROWS:
        made.append(_row(len(made) + 1, title, top))
        top, left = top + 1, 0
        for panel in panels:
            if left + panel.width > COLUMNS:
                top, left = top + _height(panel), 0
            made.append(_panel(len(made) + 1, panel, left, top))
            left += panel.width
        top += _height(panels[-1])
    return made


def _height(panel: Panel) -> int:
    return SMALL if panel.kind == "stat" else HEIGHT


def _row(number: int, title: str, top: int) -> dict[str, Any]:
    place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
    return {"id": number, "type": "row", "title": title, "gridPos": place, "collapsed": False, "panels": []}


def _panel(number: int, panel: Panel, left: int, top: int) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + place), "datasource": SOURCE, "expr": one.expr, "legendFormat": one.legend}
        for place, one in enumerate(panel.queries)
    ]
    made = {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": {"x": left, "y": top, "w": panel.width, "h": _height(panel)},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": targets,
    }
    if panel.kind == "stat":
        named = "name" if "info" in panel.queries[0].expr else "value_and_name"
        made["options"] = {"textMode": named, "reduceOptions": {"calcs": ["lastNotNull"]}}
    return made


def _source_variable() -> dict[str, Any]:
    return {"name": "datasource", "label": "Source", "type": "datasource", "query": "prometheus"}


def _job_variable() -> dict[str, Any]:
    return {
        "name": "job",
        "label": "Job",
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": "label_values(bot_build_info, job)", "refId": "jobs"},
        "refresh": 1,
    }


def _restarts() -> dict[str, Any]:
    return {
        "name": "Starts",
        "datasource": SOURCE,
        "enable": True,
        "iconColor": "blue",
        "expr": 'changes(process_start_time_seconds{job="$job"}[2m]) > 0',
        "titleFormat": "started",
    }


def text() -> str:
    """Return the file."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
