"""`/metrics`: what Prometheus reads, from the start, with a bounded set of labels and nothing secret in it."""

from collections.abc import Mapping

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from bot.metrics.registry import Metrics, PartMetric
from handlers.question_log import Question
from tests.bot.http_api.conftest import Api, Setting
from utils.http.errors import Retryable

Samples = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]
TREND = "/analysis/trend?symbol=BTCUSDT"


def read(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scrape(api: Api) -> Samples:
    status, text, headers = await api.get("/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain")
    return read(text)


def requests(route: str, status: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return "bot_http_requests_total", (("route", route), ("status", status))


def took(name: str, **labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return f"{name}_count", tuple(labels.items())


async def test_every_label_has_a_sample_before_anything_happened(api: Api) -> None:
    first = await scrape(api)
    for route in ("/analysis/{module}", "/composite/{name}", "/metrics", "other"):
        for status in ("200", "401", "429", "500", "503"):
            assert first[requests(route, status)] == 0
        assert first[took("bot_http_request_seconds", route=route)] == 0
    for kind in ("command", "button", "inline", "http"):
        assert first[took("bot_question_seconds", kind=kind)] == 0
        assert first["bot_questions_failed_total", (("kind", kind),)] == 0


async def test_requests_count_by_route_and_status(api: Api) -> None:
    for path in (TREND, TREND, "/analysis/nosuch", "/nothing", "/composite/trend_strength"):
        await api.get(path)
    api.runner.error = Retryable("binance.spot", "timed out")
    await api.get(TREND)
    found = await scrape(api)
    assert found[requests("/analysis/{module}", "200")] == 2
    assert found[requests("/analysis/{module}", "404")] == 1
    assert found[requests("/analysis/{module}", "503")] == 1
    assert found[requests("/composite/{name}", "400")] == 1
    assert found[requests("other", "404")] == 1
    assert found[took("bot_http_request_seconds", route="/analysis/{module}")] == 4
    assert found[took("bot_question_seconds", kind="http")] == 6


async def test_an_error_of_this_program_counts_as_failed(api: Api) -> None:
    api.runner.error = ZeroDivisionError()
    await api.get(TREND)
    found = await scrape(api)
    assert found["bot_questions_failed_total", (("kind", "http"),)] == 1
    assert found[requests("/analysis/{module}", "500")] == 1


async def test_a_scrape_is_counted_and_no_question_for_the_log(api: Api) -> None:
    with capture_logs() as logs:
        await scrape(api)
    assert not logs
    found = await scrape(api)
    assert found[requests("/metrics", "200")] == 1
    assert found[took("bot_question_seconds", kind="http")] == 0


async def test_no_label_comes_from_what_was_asked(api: Api) -> None:
    before = set(await scrape(api))
    for path in ("/secret-path", "/analysis/hidden?symbol=HIDDEN", "/composite/hidden", "/healthz"):
        await api.get(path)
    async with api.session.request("DELETE", f"{api.url}/analysis/trend") as answer:
        assert answer.status == 405
    assert set(await scrape(api)) == before


async def test_the_process_shows_its_memory(api: Api) -> None:
    assert (await scrape(api))["process_resident_memory_bytes", ()] > 1_000_000


async def test_open_metrics_is_spoken_to_those_who_ask(api: Api) -> None:
    async with api.session.get(
        f"{api.url}/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
    ) as answer:
        assert answer.content_type == "application/openmetrics-text"
        text = await answer.text()
    families = open_metrics(text)  # type: ignore[no-untyped-call]
    assert "bot_http_requests" in {family.name for family in families}


class TestWithToken:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(token="right-token", required=True)

    async def test_is_needed_and_shown_nowhere(self, api: Api) -> None:
        assert (await api.get("/metrics"))[0] == 401
        assert (await api.get("/metrics", Authorization="Bearer wrong"))[0] == 401
        status, text, _ = await api.get("/metrics", Authorization="Bearer right-token")
        assert status == 200
        assert "right-token" not in text
        assert read(text)[requests("/metrics", "401")] == 2


def test_questions_count_by_how_they_were_asked() -> None:
    metrics = Metrics()
    for what in ("/t btc", "button 1|r|t", "inline btc", "GET /docs"):
        metrics.note_question(what, 0.2, Question(failed=what.startswith("/")))
    found = read(metrics.exposition("")[0].decode())
    for kind in ("command", "button", "inline", "http"):
        assert found[took("bot_question_seconds", kind=kind)] == 1
        assert found["bot_questions_failed_total", (("kind", kind),)] == (kind == "command")


def test_readings_are_taken_when_they_are_asked_for() -> None:
    used: dict[tuple[str, ...], float] = {("spot",): 10.0}
    metrics = Metrics((PartMetric("weight", "used", ("pool",), lambda: used),))
    metrics.read((PartMetric("sent", "sent", (), lambda: {(): 3.0}, is_counter=True),))
    used["spot",] = 12.0
    found = read(metrics.exposition("")[0].decode())
    assert found["weight", (("pool", "spot"),)] == 12
    assert found["sent_total", ()] == 3
