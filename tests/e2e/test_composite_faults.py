"""Composite scores through the real bot while something is gone: what is left is answered, the rest has its reason."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.postgres.proxy import Proxy
from tests.store.databases import fresh_postgres
from tests.support.app_under_test import POLL_S, AppUnderTest
from tests.support.limits import PATIENCE_S

pytestmark = pytest.mark.slow

SHUT: dict[str, dict[str, Any]] = {
    "418": {"ban": {}},
    "429": {"status": {"code": 429, "body": '{"code":-1003,"msg":"Too many requests"}'}},
}


def score_path(symbol: str, name: str = "trend_strength") -> str:
    return f"/composite/{name}?symbol={symbol}&interval=1h"


def missing_of(body: dict[str, Any]) -> dict[str, str]:
    return {one["id"]: one["code"] for one in body["missing"]}


async def score_of(app: AppUnderTest, symbol: str) -> dict[str, Any]:
    """Ask until every module was in time: on a busy machine one may not be."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            status, body = await app.get(score_path(symbol))
            assert status == 200, body
            if "still_computing" not in missing_of(body).values():
                return dict(body)


@pytest.mark.parametrize("name", SHUT)
async def test_a_market_that_shuts_in_the_middle_costs_its_own_inputs(tmp_path: Path, name: str) -> None:
    async with AppUnderTest(tmp_path) as app:
        person = await app.person()
        before = await score_of(app, "BTCUSDT")
        assert "sentiment.tilt" not in missing_of(before)
        await app.fault(app.exchange_url, {"market": "futures"}, SHUT[name])
        body = await score_of(app, "XRPUSDT")
        assert body["score"] is not None
        assert missing_of(body) == {"sentiment.tilt": "source_down", "flow.bar_imbalance": "source_down"}
        assert body["coverage"] < before["coverage"]
        card = await app.card(person, person, "/ts xrp 1h")
        assert "does not answer now" in card.text
        status, problem = await app.get(score_path("XRPUSDT", "liquidity_pressure"))
        assert (status, problem["status"]) == (503, 503)
        assert app.alive
    assert app.returncode == 0
    assert "Traceback" not in app.output


async def test_without_the_database_scores_are_answered_and_kept_for_later(tmp_path: Path) -> None:
    async with (
        fresh_postgres() as address,
        Proxy(address) as proxy,
        AppUnderTest(tmp_path, {"DATABASE_URL": proxy.address}) as app,
    ):
        await score_of(app, "BTCUSDT")
        await proxy.cut()
        body = await score_of(app, "ETHUSDT")
        assert body["score"] is not None
        status, record = await app.get(body["record"])
        assert (status, record["published"]) == (200, [])
        assert record["missing"]["code"] == "source_down"
        await proxy.mend()
        published = await published_of(app, body["record"])
        assert body["score"] in [one["score"] for one in published]
        assert app.alive
    assert "Traceback" not in app.output


async def published_of(app: AppUnderTest, record: str) -> list[dict[str, Any]]:
    """Wait until something of a record can be read."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            status, body = await app.get(record)
            if status == 200 and body["published"]:
                return list(body["published"])
            await asyncio.sleep(POLL_S)


async def test_a_delisted_coin_is_answered_in_words_and_the_others_as_ever(tmp_path: Path) -> None:
    async with AppUnderTest(tmp_path) as app:
        person = await app.person()
        await app.call("POST", app.exchange_url, "/market/TRXUSDT", {"event": "delist"})
        status, problem = await app.get(score_path("TRXUSDT"))
        assert (status, problem["parameter"]) == (404, "symbol")
        said = await app.ask(person, person, "/ts trx 1h")
        assert said.text == "The exchange does not list that symbol now."
        assert (await score_of(app, "BTCUSDT"))["score"] is not None
        assert app.alive
    assert "Traceback" not in app.output


async def test_a_coin_without_bars_of_its_perpetual_is_answered_from_spot(
    tmp_path: Path, shared_data: Path
) -> None:
    async with AppUnderTest(tmp_path, {"SANDBOX_DATA": str(shared_data)}) as app:
        path = "/composite/trend_strength?symbol=SOLUSDT&interval=4h&at=2022-11-09T00:00:00Z"
        status, body = await app.get(path)
        assert status == 200, body
        found = missing_of(body)
        assert found["flow.bar_imbalance"] == "no_bars"
        assert found["sentiment.tilt"] == "no_bars_then"
        assert "trend.direction" not in found
        assert app.alive
    assert "Traceback" not in app.output
