"""Composite scores over HTTP: the documented shape, withheld ones, baskets, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from analysis.framework.question import Basket, Instrument, Request
from analysis.framework.reasons import Message, Reason
from analysis.framework.result import Table
from bot.http_api.composite_shape import composite_answer, record_path
from composite.declared import SCORES, DeclaredScore
from composite.result import Event, Gate, Multiplier, Part, Step
from tests.bot.http_api.conftest import Api, Setting
from tests.bot.http_api.documented import DOCUMENT, check, check_composite, check_refusal
from tests.support.composites import AS_OF, NO_LEVERAGE, sample_composite, sample_contributions
from utils.http.errors import Retryable, Unavailable

GOLDEN = Path(__file__).with_name("trend_strength.json")
NAMES = [declared.name for declared in SCORES]
TREND = "/composite/trend_strength?symbol=BTCUSDT"
BOTH = Basket((Instrument("futures", "1000SHIBUSDT"), Instrument("spot", "BTCUSDT")))


async def test_a_score_is_the_golden_answer(api: Api) -> None:
    status, body, headers = await api.get(f"{TREND}&interval=4h")
    assert status == 200
    assert headers["Content-Type"].startswith("application/json")
    assert body == json.loads(GOLDEN.read_text("utf-8"))
    assert list(body) == list(json.loads(GOLDEN.read_text("utf-8")))


async def test_contributions_and_steps_lead_from_neutral_to_the_score(api: Api) -> None:
    api.composites.changes = {"score": 0.3357, "steps": (Step("rank", 0.01),)}
    _, body, _ = await api.get(TREND)
    sums = [sum(part["contribution"] for part in body[name]) for name in ("contributions", "steps")]
    assert body["neutral"] + sums[0] == pytest.approx(body["raw"], abs=1e-12)
    assert body["raw"] + sums[1] == pytest.approx(body["score"], abs=1e-12)


def about(declared: DeclaredScore) -> str:
    """A question that a score takes."""
    return "symbols=BTCUSDT,1000SHIBUSDT" if declared.is_weights else "symbol=BTCUSDT"


async def test_weights_of_one_symbol_are_no_question_and_it_says_how_to_ask(api: Api) -> None:
    said = "expected 2 to 40 symbols, not {}; ask with symbols=BTCUSDT,ETHUSDT or symbols=top20"
    for query, count in (("symbol=BTCUSDT", 1), ("symbols=BTCUSDT", 1), ("interval=1d", 0)):
        _, body, _ = await api.get(f"/composite/optimal_allocation?{query}")
        assert body["detail"] == said.format(count)


@pytest.mark.parametrize("name", NAMES)
async def test_every_score_has_its_own_key_and_fits_its_schema(api: Api, name: str) -> None:
    declared = next(one for one in SCORES if one.name == name)
    status, body, _ = await api.get(f"/composite/{name}?{about(declared)}&interval=1h")
    assert status == 200
    check_composite(body)
    ((asked, request),) = api.composites.asked
    assert asked == name
    assert request.basket == (BOTH if declared.is_weights else None)
    if declared.is_weights:
        assert body["score"] is None
        assert body[declared.score_name] == {"BTC": 0.6, "USDT": 0.4}
    else:
        assert body[declared.score_name] == body["score"] == 0.3257


async def test_a_withheld_score_is_an_answer_with_reasons(api: Api) -> None:
    first, *rest = sample_contributions()
    gone = replace(first, value=None, contribution=0.0, effective=0.0, reason=NO_LEVERAGE)
    api.composites.changes = {
        "score": None,
        "raw": None,
        "uncertainty": None,
        "contributions": (gone, *rest),
        "multipliers": (Multiplier("regime.p_trend", None, Reason("constant")),),
        "parts": (Part("direction", None, -1.0, 1.0, 0.0),),
        "null_reasons": (Reason("low_coverage", {"has": "30 %", "needs": "60 %"}),),
        "gates": (Gate("flow.fragility", 0.9, 0.8, closed=True, reason=Reason("no_volume")),),
    }
    status, body, _ = await api.get(TREND)
    assert status == 200
    check_composite(body)
    assert (body["trend_strength_score"], body["score"], body["raw"]) == (None, None, None)
    assert [reason["code"] for reason in body["null_reasons"]] == ["low_coverage"]
    assert [(one["id"], one["code"]) for one in body["missing"]] == [
        ("trend.direction", "no_data"),
        ("regime.p_trend", "constant"),
        ("direction", "no_data"),
    ]
    assert body["gates"][0]["closed"] is True
    assert body["gates"][0]["reason"]["code"] == "no_volume"


async def test_what_is_beside_the_score_is_shown(api: Api) -> None:
    api.composites.changes = {
        "events": (Event("fomc", "FOMC decision", AS_OF + 3_600_000, "https://example.org"),),
        "notes": (Message("constant"),),
        "verdict": Message("no_edge_measured"),
        "tables": (Table("band", ("BTC",), ("low", "high"), np.array([[0.2, np.nan]])),),
    }
    _, body, _ = await api.get(TREND)
    check_composite(body)
    assert body["events"][0]["time"] == "2024-08-05T14:10:00.000Z"
    assert body["notes"][0]["code"] == "constant"
    assert body["verdict"]["code"] == "no_edge_measured"
    assert body["band"] == {"BTC": {"low": 0.2, "high": None}}


async def test_numbers_that_are_none_are_null(api: Api) -> None:
    nan = float("nan")
    api.composites.changes = {"score": nan, "raw": nan, "price": nan, "percentile": float("inf")}
    _, body, _ = await api.get(TREND)
    check_composite(body)
    assert [body[name] for name in ("score", "trend_strength_score", "raw", "price", "percentile")] == [
        None
    ] * 5


async def test_a_symbol_is_resolved_as_for_an_analysis_and_says_what_was_guessed(api: Api) -> None:
    _, body, _ = await api.get("/composite/trend_strength?symbol=BTCUSDT.P&at=2024-08-05T13:10:00Z")
    assert api.composites.asked[0][1] == Request("BTCUSDT", "4h", as_of=AS_OF, market="futures")
    assert body["record"] == "/composite/trend_strength/record?symbol=BTCUSDT.P&interval=4h"


async def test_a_basket_is_one_question(api: Api) -> None:
    status, body, _ = await api.get("/composite/optimal_allocation?symbols=BTCUSDT,1000SHIBUSDT&interval=1d")
    assert status == 200
    check_composite(body)
    assert api.composites.asked[0][1].basket == BOTH
    assert body["symbols"] == ["1000SHIBUSDT", "BTCUSDT"]
    assert body["price"] is None
    assert body["record"] == (
        "/composite/optimal_allocation/record?symbols=1000SHIBUSDT.P,BTCUSDT&interval=1d"
    )


def test_the_record_of_a_symbol_in_another_script_is_a_path() -> None:
    assert "symbol=%E5%B8%81%E5%AE%89USDT" in record_path("trend_strength", Request("币安USDT", "4h"))


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("nosuch?symbol=BTCUSDT", 404, "name"),
        ("trend_strength", 400, "symbol"),
        ("trend_strength?symbol=NOSUCH", 404, "symbol"),
        ("trend_strength?symbol=BTCUSDT&interval=5h", 400, "interval"),
        ("trend_strength?symbol=BTCUSDT&at=2024-08-05T14:10:01Z", 400, "at"),
        ("trend_strength?symbol=BTCUSDT&at=yesterday", 400, "at"),
        ("trend_strength?symbol=BTCUSDT&symbol=BTCUSDT", 400, "symbol"),
        ("trend_strength?symbol=BTCUSDT&method=pca", 400, "method"),
        ("trend_strength?symbols=BTCUSDT,1000SHIBUSDT", 400, "symbols"),
        ("optimal_allocation", 400, "symbols"),
        ("optimal_allocation?symbol=BTCUSDT", 400, "symbols"),
        ("optimal_allocation/record?symbol=BTCUSDT", 400, "symbols"),
        ("optimal_allocation?symbols=BTCUSDT", 400, "symbols"),
        ("optimal_allocation?symbols=", 400, "symbols"),
        ("optimal_allocation?symbols=BTCUSDT,NOSUCH", 404, "symbols"),
    ],
)
async def test_what_is_wrong_is_a_problem_that_names_it(
    api: Api, path: str, status: int, parameter: str
) -> None:
    await check_refusal(api, path, status, parameter)


@pytest.mark.parametrize(
    ("error", "retry_after"),
    [(Retryable("binance.spot", "timed out", retry_after_s=7.4), "7"), (Unavailable("binance", "gone"), "5")],
)
async def test_nothing_could_be_read(api: Api, error: Exception, retry_after: str) -> None:
    api.composites.error = error
    status, body, headers = await api.get(TREND)
    assert (status, headers["Retry-After"]) == (503, retry_after)
    check(body, "ProblemShape")


class TestWithToken:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(token="right-token", required=True)

    @pytest.mark.parametrize("name", NAMES)
    async def test_is_needed_for_every_score(self, api: Api, name: str) -> None:
        path = f"/composite/{name}?{about(next(one for one in SCORES if one.name == name))}"
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            status, body, answered = await api.get(path, **headers)
            assert (status, body["status"]) == (401, 401)
            assert answered["WWW-Authenticate"] == "Bearer"
        assert not api.composites.asked
        assert (await api.get(path, Authorization="Bearer right-token"))[0] == 200


class TestOwnAccount:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(token="right-token")

    async def test_stands_beside_the_risk_for_the_token_alone(self, api: Api) -> None:
        path = "/composite/risk_exposure?symbol=BTCUSDT"
        _, public, headers = await api.get(path)
        assert not {"account_risk", "account", "account_reason"} & set(public)
        assert "Cache-Control" not in headers
        _, private, headers = await api.get(path, Authorization="Bearer right-token")
        check_composite(private)
        assert "account_risk" in private
        assert headers["Cache-Control"] == "no-store"

    async def test_stands_beside_no_other_score(self, api: Api) -> None:
        _, body, _ = await api.get(TREND, Authorization="Bearer right-token")
        assert "account_risk" not in body


def test_the_document_is_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    for declared in SCORES:
        operation = DOCUMENT["paths"][f"/composite/{declared.name}"]["get"]
        assert set(operation["responses"]) == {"200", "400", "401", "404", "421", "429", "503"}
        names = [parameter["name"] for parameter in operation["parameters"]]
        assert ("symbols" in names, "symbol" in names) == (declared.is_weights, not declared.is_weights)
        assert all(one["required"] for one in operation["parameters"] if one["name"].startswith("symbol"))


def test_the_schema_refuses_what_is_no_answer() -> None:
    answer = json.loads(json.dumps(composite_answer(sample_composite(), Request("BTCUSDT", "4h"))))
    check_composite(answer)
    broken: tuple[dict[str, Any], ...] = (
        {"score": 1.2},
        {"trend_strength_score": "high"},
        {"direction": "down"},
        {"unknown": []},
        {"contributions": [{}]},
        {"null_reasons": None},
    )
    for wrong in broken:
        with pytest.raises(jsonschema.ValidationError):
            check_composite(answer | wrong)
    for name in ("trend_strength_score", "coverage", "config", "record"):
        with pytest.raises(jsonschema.ValidationError):
            check_composite({key: value for key, value in answer.items() if key != name})
