"""What a running bot tells Prometheus: every part has its numbers, and what was asked is in them."""

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from analysis.registry import MODULES
from scripts.metrics_table import FILE
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


LATER = {"bot_memory_bytes", "bot_memory_limit_bytes", "bot_exchange_clock_offset_seconds"}
"""What is measured while the bot runs, perhaps not before the first look at it."""


def documented() -> set[str]:
    """Every metric of the page, histograms by their count."""
    rows = [
        line.split("|")[1:3]
        for line in FILE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    return {name.strip(" `") + ("_count" if kind.strip() == "histogram" else "") for name, kind in rows}


async def samples(app: AppUnderTest) -> dict[tuple[str, ...], float]:
    """Each sample's value by its name and the values of its labels, in the order of their names."""
    async with aiohttp.ClientSession() as session, session.get(f"{app.http_url}/metrics") as answer:
        assert answer.status == 200
        text = await answer.text()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_every_part_has_its_numbers_and_an_answer_is_counted(app: AppUnderTest) -> None:
    before = await samples(app)
    for module in MODULES:
        for origin in ("computed", "remembered", "shared"):
            assert ("bot_answers_total", module.id, origin) in before
    for queue in ("answers", "fits", "updates", "scores"):
        assert ("bot_queue_length", queue) in before
    for pool in ("spot", "futures", "options", "funding", "statistics"):
        assert before["bot_exchange_weight_limit", pool] > 0
    assert {before["bot_ready", part] for part in ("telegram", "exchange", "charts", "database")} == {1.0}
    assert (await app.get("/analysis/trend?symbol=BTCUSDT"))[0] == 200
    ada = await app.person()
    await app.ask(ada, ada, "/help t")
    after = await samples(app)
    assert sum(after["bot_answers_total", "trend", origin] for origin in ("computed", "shared")) > 0
    assert after["bot_source_requests_total", "ok", "binance.spot.klines"] > 0
    assert after["bot_question_seconds_count", "http"] == 1.0
    assert after["bot_commands_total", "help", "ok"] == 1.0
    assert after["bot_poll_timestamp_seconds",] > 0
    assert after["bot_leading",] == 1.0
    assert 0 < after["bot_memory_bytes",] < after["bot_memory_limit_bytes",]
    assert set(before) <= set(after)
    assert {name for name, *_ in before if name not in LATER} >= documented() - LATER
