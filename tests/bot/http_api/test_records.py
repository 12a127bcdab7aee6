"""The record of a score over HTTP: evidence and published scores, or why there are none."""

from typing import Any

import pytest

from analysis.framework.question import Request
from analysis.framework.reasons import Message, Reason
from composite.declared import SCORES
from composite.judged import NOT_YET, Aftermath, JudgedScore, LiveRecord
from composite.published import published
from composite.record import Measurement, TrackRecord
from tests.bot.http_api.conftest import NOW, Api, Setting
from tests.bot.http_api.documented import check
from tests.support.composites import AS_OF, sample_composite

PATH = "/composite/trend_strength/record?symbol=BTCUSDT&interval=4h"
ASKED = Request("BTCUSDT", "4h")
AFTER = Aftermath(AS_OF, 100.0, AS_OF + 14_400_000, 101.0, 0.01, -0.02, 0.03)
EVIDENCE = TrackRecord(
    composite="trend_strength",
    tier="full",
    variant="trend_strength[A,B,D-spot]",
    symbol=None,
    interval="4h",
    horizon_s=14_400.0,
    since=AS_OF - 86_400_000,
    until=AS_OF,
    rows=6,
    independent=5,
    measurements=(
        Measurement("rank_ic", -0.03, -0.05, -0.01, 0.0, 0.01),
        Measurement("hit_rate", None, reason=Reason("constant")),
    ),
    verdict=Message("no_edge_measured"),
    untested=("sentiment.tilt",),
)


async def record(api: Api, path: str = PATH, **headers: str) -> Any:
    status, body, _ = await api.get(path, **headers)
    assert status == 200
    check(body, "RecordShape")
    return body


async def test_nothing_measured_and_nothing_published_is_an_answer(api: Api) -> None:
    body = await record(api)
    assert (body["composite"], body["symbol"], body["interval"]) == ("trend_strength", "BTCUSDT", "4h")
    assert body["as_of"] == "2024-08-05T14:10:00.000Z"
    assert (body["evidence"], body["published"]) == ([], [])
    assert body["live"] == {"published": 0, "withheld": 0, "judged": 0, "independent": 0, "needed": 500}
    assert api.records.asked == [("trend_strength", Request("BTCUSDT", "4h"))]


async def test_evidence_says_what_it_rests_on(api: Api) -> None:
    api.composites.records = (EVIDENCE,)
    (one,) = (await record(api))["evidence"]
    assert (one["tier"], one["variant"], one["symbol"]) == ("full", "trend_strength[A,B,D-spot]", None)
    ic, hits = one["measurements"]
    assert (ic["value"], ic["low"], ic["high"], ic["null"], ic["benchmark"]) == (
        -0.03,
        -0.05,
        -0.01,
        0.0,
        0.01,
    )
    assert (hits["value"], hits["reason"]["code"]) == (None, "constant")
    assert one["verdict"]["code"] == "no_edge_measured"
    assert one["untested"] == ["sentiment.tilt"]


async def test_published_scores_stand_beside_what_happened_after(api: Api) -> None:
    rows = [published(sample_composite(), ASKED), published(sample_composite(score=None, raw=None), ASKED)]
    api.records.answer = LiveRecord((JudgedScore(rows[0], AFTER), JudgedScore(rows[1], NOT_YET)))
    body = await record(api)
    first, second = body["published"]
    assert (first["score"], first["as_of"], first["config"]) == (
        0.3257,
        "2024-08-05T13:10:00.000Z",
        "9f3c2a71b0de",
    )
    assert first["after"]["change"] == 0.01
    assert "reason" not in first
    assert (second["score"], second["after"], second["reason"]["code"]) == (None, None, "not_yet")
    assert body["live"] == {"published": 2, "withheld": 1, "judged": 1, "independent": 1, "needed": 500}


async def test_without_the_database_the_evidence_is_answered(api: Api) -> None:
    api.composites.records = (EVIDENCE,)
    api.records.answer = Reason("source_down", {"source": "database"})
    body = await record(api)
    assert len(body["evidence"]) == 1
    assert (body["live"], body["published"]) == (None, [])
    assert body["missing"]["code"] == "source_down"


async def test_a_past_moment_is_asked_as_one(api: Api) -> None:
    body = await record(api, f"{PATH}&at=2024-08-05T13:10:00Z")
    assert api.records.asked[0][1].as_of == AS_OF < NOW
    assert body["as_of"] == "2024-08-05T13:10:00.000Z"


async def test_the_link_of_an_answer_leads_there(api: Api) -> None:
    for declared in SCORES:
        if declared.fewest_symbols > 1:
            continue
        _, body, _ = await api.get(f"/composite/{declared.name}?symbol=BTCUSDT")
        assert (await record(api, body["record"]))["composite"] == declared.name
    _, body, _ = await api.get("/composite/optimal_allocation?symbols=BTCUSDT,1000SHIBUSDT")
    assert body["record"].endswith("symbols=1000SHIBUSDT.P,BTCUSDT&interval=4h")


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("nosuch/record?symbol=BTCUSDT", 404, "name"),
        ("trend_strength/record", 400, "symbol"),
        ("optimal_allocation/record?symbol=BTCUSDT", 400, "symbols"),
        ("trend_strength/record?symbol=BTCUSDT&limit=5", 400, "limit"),
        ("trend_strength/record?symbol=NOSUCH", 404, "symbol"),
        ("trend_strength/record?symbol=BTCUSDT&interval=4h&interval=1h", 400, "interval"),
    ],
)
async def test_what_is_wrong_is_named(api: Api, path: str, status: int, parameter: str) -> None:
    got, body, _ = await api.get(f"/composite/{path}")
    assert (got, body["parameter"]) == (status, parameter)
    check(body, "ProblemShape")
    assert not api.records.asked


class TestWithToken:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(token="right-token", required=True)

    async def test_is_needed(self, api: Api) -> None:
        assert (await api.get(PATH))[0] == (await api.get(PATH, Authorization="Bearer x"))[0] == 401
        assert not api.records.asked
        await record(api, Authorization="Bearer right-token")
