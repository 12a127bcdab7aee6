"""What a running bot tells Prometheus: every part has its numbers, and what was asked is in them."""

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from analysis.registry import MODULES
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


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
    after = await samples(app)
    assert sum(after["bot_answers_total", "trend", origin] for origin in ("computed", "shared")) > 0
    assert after["bot_source_requests_total", "ok", "binance.spot.klines"] > 0
    assert after["bot_question_seconds_count", "http"] == 1.0
    assert set(before) <= set(after)
