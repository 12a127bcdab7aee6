"""The HTTP API's answers: the documented shapes, errors as problems, and no internal detail."""

import asyncio
import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import jsonschema
import numpy as np
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from structlog.testing import capture_logs

from analysis.framework.metric import TableSpec
from analysis.framework.reasons import Reason
from analysis.framework.result import Headline, Heatmap, Table
from bot.http_api.openapi import openapi_document
from bot.http_api.shapes import analysis_answer
from composite.declared import SCORES
from tests.bot.http_api.conftest import Api
from tests.bot.samples import AS_OF, sample_analysis, sample_module
from utils.http.errors import Misconfigured, Rejected, Retryable, Unavailable


def schema(name: str = "TrendAnalysis") -> dict[str, Any]:
    document = openapi_document([sample_module()], (), "0.1")
    return {"$ref": f"#/components/schemas/{name}", "components": document["components"]}


async def test_an_answer_has_the_documented_shape(api: Api) -> None:
    status, body, _ = await api.get("/analysis/trend?symbol=BTCUSDT&interval=4h")
    assert status == 200
    assert list(body)[:15] == [
        *(
            "schema",
            "module",
            "symbol",
            "market",
            "interval",
            "as_of",
            "bar_close",
            "is_final",
            "computed_at",
        ),
        *("price", "trend_score", "price_change", "score", "range", "neutral"),
    ]
    assert body["as_of"] == "2024-08-05T13:10:00.000Z"
    assert body["bar_close"] == "2024-08-05T11:59:59.999Z"
    assert body["trend_score"] == body["score"] == 0.2153
    assert body["range"] == [0, 1]
    assert body["metrics"][0] == {
        **{"id": "rsi_14", "group": "oscillators", "value": 21.4, "unit": "0..100", "signal": -0.572},
        **{"weight": 1.0, "contribution": -0.0174, "as_of": "2024-08-05T11:59:59.999Z", "reason": None},
    }
    assert body["missing"] == [
        {"id": "basis_bps", "code": "no_data", "text": "no perpetual bars at this time"}
    ]
    assert body["neighbours"][0] == {"interval": "1h", "trend_score": 0.19}
    assert body["neighbours"][1]["reason"]["code"] == "no_data"
    assert body["sources"] == [
        {"name": "binance.spot.klines", "as_of": "2024-08-05T11:59:59.999Z", "age_s": 4200.0, "rows": 1000}
    ]
    assert "reason" not in body["scalars"][0]
    assert body["cost_bps"]["reasons"]["slippage_10k"]["code"] == "no_data"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"score": None, "null_reasons": (Reason("low_coverage", {"has": "30 %", "needs": "50 %"}),)},
        {"score": float("nan"), "uncertainty": float("inf"), "price": float("nan")},
        {"cost": None, "other_timeframes": (), "metrics": (), "groups": (), "scalars": (), "sources": ()},
    ],
)
async def test_every_answer_fits_its_schema(api: Api, changes: dict[str, Any]) -> None:
    api.runner.changes = changes
    status, body, _ = await api.get("/analysis/trend?symbol=BTCUSDT")
    assert status == 200
    jsonschema.validate(body, schema())
    assert body["score"] == (None if "score" in changes else 0.2153)
    assert "NaN" not in json.dumps(body)


HEATMAP = Heatmap(
    "depth",
    "Resting orders",
    "USDT",
    time=np.array([AS_OF, AS_OF + 60_000]),
    level=np.array([49_000.0, 50_000.0, 51_000.0]),
    values=np.array([[1.5, 2.0], [np.nan, 0.0], [np.inf, 3.0]]),
)


async def test_a_heatmap_has_a_row_per_level_and_no_key_where_there_is_none(api: Api) -> None:
    _, without, _ = await api.get("/analysis/trend?symbol=BTCUSDT")
    assert "heatmaps" not in without
    api.runner.changes = {"heatmaps": (HEATMAP,)}
    _, body, _ = await api.get("/analysis/trend?symbol=BTCUSDT")
    jsonschema.validate(body, schema())
    assert body.pop("heatmaps") == [
        {
            "id": "depth",
            "unit": "USDT",
            "time": ["2024-08-05T13:10:00.000Z", "2024-08-05T13:11:00.000Z"],
            "level": [49_000.0, 50_000.0, 51_000.0],
            "values": [[1.5, 2.0], [None, 0.0], [None, 3.0]],
        }
    ]
    assert body == without


async def test_tables_read_by_name_and_a_list_has_no_columns(api: Api) -> None:
    api.runner.changes = {
        "tables": (
            Table("allocations", ("BTC", "ETH"), ("erc", "hrp"), np.array([[0.6, 0.7], [0.4, np.nan]])),
            Table("allocation_weights", ("BTC", "USDT"), ("",), np.array([[0.4], [0.6]])),
        )
    }
    _, body, _ = await api.get("/analysis/trend?symbol=BTCUSDT")
    assert body["allocations"] == {"BTC": {"erc": 0.6, "hrp": 0.7}, "ETH": {"erc": 0.4, "hrp": None}}
    assert body["allocation_weights"] == {"BTC": 0.4, "USDT": 0.6}


def test_declared_tables_stand_in_the_schema() -> None:
    tables = (TableSpec("weights", "Share of each coin.", is_list=True), TableSpec("by_method", "By method."))
    module = replace(sample_module(), tables=tables)
    properties = openapi_document([module], (), "0.1")["components"]["schemas"]["TrendAnalysis"]["properties"]
    number = {"anyOf": [{"type": "number"}, {"type": "null"}]}
    assert properties["weights"]["additionalProperties"] == number
    assert properties["by_method"]["additionalProperties"]["additionalProperties"] == number


def test_a_table_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="values are"):
        Table("weights", ("BTC",), ("erc", "hrp"), np.zeros((2, 1)))


async def test_numbers_beside_the_score_have_no_key_where_there_are_none(api: Api) -> None:
    _, without, _ = await api.get("/analysis/trend?symbol=BTCUSDT")
    assert "headlines" not in without
    reason = Reason("no_data", {"what": "funding"})
    api.runner.changes = {
        "headlines": (
            Headline("crowding", 0.72, 0.0, 1.0, 0.5, 0.05, 0.9),
            Headline("fragility", None, -1.0, 1.0, 0.0, None, 0.0, (reason,)),
        )
    }
    _, body, _ = await api.get("/analysis/trend?symbol=BTCUSDT")
    jsonschema.validate(body, schema())
    crowding, fragility = body.pop("headlines")
    assert crowding == {
        **{"name": "crowding", "value": 0.72, "range": [0.0, 1.0], "neutral": 0.5, "uncertainty": 0.05},
        **{"coverage": 0.9, "null_reasons": []},
    }
    assert fragility["value"] is None
    assert [reason["code"] for reason in fragility["null_reasons"]] == ["no_data"]
    assert body == without


def test_the_schema_refuses_what_is_no_answer() -> None:
    answer = analysis_answer(sample_analysis())
    wrong: tuple[dict[str, Any], ...] = (
        {"trend_score": 7},
        {"score": "high"},
        {"as_of": None},
        {"metrics": [{}]},
        {"heatmaps": [{}]},
        {"headlines": [{}]},
    )
    for broken in wrong:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(answer | broken, schema())


async def test_the_document_is_openapi_3_1_and_lists_every_route(api: Api) -> None:
    status, body, _ = await api.get("/openapi.json")
    assert status == 200
    OpenAPIV31SpecValidator(body).validate()
    composites = {f"/composite/{one.name}{end}" for one in SCORES for end in ("", "/record")}
    composites |= {f"/composite/{one.name}/ranking" for one in SCORES if one.basket is None}
    assert set(body["paths"]) == {"/analysis/trend", "/healthz", "/readyz", "/metrics"} | composites
    assert body["openapi"].startswith("3.1")


@pytest.mark.parametrize(
    ("query", "symbol", "market"),
    [
        ("BTCUSDT", "BTCUSDT", "spot"),
        ("BTCUSDT.P", "BTCUSDT", "futures"),
        ("1000SHIBUSDT", "1000SHIBUSDT", "futures"),
    ],
)
async def test_symbols(api: Api, query: str, symbol: str, market: str) -> None:
    status, _, _ = await api.get(f"/analysis/trend?symbol={query}")
    assert status == 200
    assert (api.runner.asked[0].symbol, api.runner.asked[0].market) == (symbol, market)
    assert api.runner.asked[0].interval == "4h"


@pytest.mark.parametrize(
    "at",
    [
        "2024-08-05T13:10:00Z",
        "2024-08-05T15:10:00%2B02:00",
        "2024-08-05T15:10:00+02:00",
        "2024-08-05t13:10:00.000z",
    ],
)
async def test_times_with_an_offset(api: Api, at: str) -> None:
    status, _, _ = await api.get(f"/analysis/trend?symbol=BTCUSDT&at={at}")
    assert status == 200
    assert api.runner.asked[0].as_of == AS_OF


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [
        ("", 400, "symbol"),
        ("symbol=", 400, "symbol"),
        ("symbol=BTC%204h", 400, "symbol"),
        ("symbol=%E2%80%8B", 400, "symbol"),
        (f"symbol={'A' * 5000}", 400, "symbol"),
        ("symbol=BTCUSDT&interval=5h", 400, "interval"),
        ("symbol=BTCUSDT&interval=", 400, "interval"),
        ("symbol=BTCUSDT&at=2024-08-05T13:10:00", 400, "at"),
        ("symbol=BTCUSDT&at=2024-08-05", 400, "at"),
        ("symbol=BTCUSDT&at=yesterday", 400, "at"),
        ("symbol=BTCUSDT&at=2024-13-05T13:10:00Z", 400, "at"),
        ("symbol=BTCUSDT&at=2024-08-05T14:10:01Z", 400, "at"),
        ("symbol=BTCUSDT&at=1960-08-05T14:10:01Z", 400, "at"),
        ("symbol=BTCUSDT&at=1970-01-01T00:00:00Z", 400, "at"),
        ("symbol=BTCUSDT&at=2017-07-13T23:59:59Z", 400, "at"),
        ("symbol=BTCUSDT&intervall=4h", 400, "intervall"),
        ("symbol=BTCUSDT&symbol=BTCUSDT", 400, "symbol"),
        ("symbol=BTCUSDT&interval=4h&interval=1h", 400, "interval"),
        ("symbol=BTCUSDT&at=&at=2024-08-05T13:10:00Z", 400, "at"),
        ("symbol=NOSUCH", 404, "symbol"),
        ("symbol=%C4%B0%C4%B0", 404, "symbol"),
        ("symbol=LUNAUSDT", 404, "symbol"),
    ],
)
async def test_malformed_and_unknown(api: Api, query: str, status: int, parameter: str) -> None:
    got, body, headers = await api.get(f"/analysis/trend?{query}")
    assert got == status
    assert headers["Content-Type"].startswith("application/problem+json")
    assert (body["status"], body["parameter"]) == (status, parameter)
    jsonschema.validate(body, schema("ProblemShape"))
    assert not api.runner.asked


async def test_unknown_symbols_name_the_nearest(api: Api) -> None:
    _, body, _ = await api.get("/analysis/trend?symbol=NOSUCH")
    assert body["nearest"] == ["BTCUSDT", "BTCUSDC.P"]


@pytest.mark.parametrize("path", ["/analysis/nosuch?symbol=BTCUSDT", "/nothing", "/analysis"])
async def test_unknown_names_are_404_problems(api: Api, path: str) -> None:
    status, body, headers = await api.get(path)
    assert (status, body["status"]) == (404, 404)
    assert headers["Content-Type"].startswith("application/problem+json")


async def test_other_methods_are_refused(api: Api) -> None:
    async with api.session.post(f"{api.url}/analysis/trend") as answer:
        assert answer.status == 405
        assert (await answer.json())["status"] == 405
        assert answer.headers["Allow"] == "GET, HEAD"


async def test_a_title_is_the_phrase_of_the_status(api: Api) -> None:
    titles = {
        "/analysis/trend": "Bad Request",
        "/nothing": "Not Found",
        "/analysis/trend?symbol=NOSUCH": "Not Found",
    }
    for path, title in titles.items():
        _, body, _ = await api.get(path)
        assert (body["type"], body["title"]) == ("about:blank", title)
    api.runner.error = Retryable("binance.spot", "timed out")
    assert (await api.get("/analysis/trend?symbol=BTCUSDT"))[1]["title"] == "Service Unavailable"


async def test_no_answer_may_be_taken_for_another_type(api: Api) -> None:
    for path in ("/healthz", "/docs", "/openapi.json", "/nothing", "/analysis/trend", "/"):
        async with api.session.get(f"{api.url}{path}", allow_redirects=False) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path


async def test_the_root_leads_to_the_docs(api: Api) -> None:
    status, body, _ = await api.get("/")
    assert status == 200
    assert "GET /analysis/trend" in body


async def test_the_example_calls_of_the_docs_are_answered(api: Api) -> None:
    _, page, _ = await api.get("/docs")
    calls = [unescape(call) for call in re.findall(r'<a href="(/[^"]+)">', page)]
    assert len(calls) >= 5
    assert any("symbols=" in call for call in calls)
    for call in calls:
        example = call.replace("ETHUSDT.P", "BTCUSDT.P").replace("2024-08-05T12", "2024-08-04T12")
        example = example.replace("ETHUSDT", "1000SHIBUSDT").replace("top20", "top2")
        assert (await api.get(example))[0] == 200, call


def test_the_document_refuses_what_the_server_refuses() -> None:
    (symbol, interval, _) = openapi_document([sample_module()], (), "0.1")["paths"]["/analysis/trend"]["get"][
        "parameters"
    ]
    for value, parameter in (
        ("", symbol),
        ("A" * 33, symbol),
        ("BTC 4h", symbol),
        ("", interval),
        ("5h", interval),
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(value, parameter["schema"])
    jsonschema.validate("BTCUSDT.P", symbol["schema"])


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (Rejected("binance.spot", "interval is not known", parameter="interval"), 400, None),
        (Rejected("binance.spot", "Invalid symbol.", parameter="symbol"), 404, None),
        (Retryable("binance.spot", "timed out", retry_after_s=7.4), 503, "7"),
        (Retryable("binance.spot", "timed out"), 503, "5"),
        (Unavailable("binance.spot", "banned", until_ms=1_700_000_000_000 + 90_500), 503, "91"),
        (Misconfigured("binance", "key refused", what_to_do="set BINANCE_API_KEY"), 503, "60"),
    ],
)
async def test_source_errors(api: Api, error: Exception, status: int, retry_after: str | None) -> None:
    api.runner.error = error
    got, body, headers = await api.get("/analysis/trend?symbol=BTCUSDT")
    assert (got, body["status"]) == (status, status)
    assert headers.get("Retry-After") == retry_after
    assert "BINANCE_API_KEY" not in str(body)


async def test_an_unexpected_error_shows_its_logged_id_and_no_traceback(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    api.runner.error = ZeroDivisionError("secret detail")
    status, body, _ = await api.get("/analysis/trend?symbol=BTCUSDT")
    assert status == 500
    assert "secret detail" not in str(body)
    assert "Traceback" not in str(body)
    logged = capsys.readouterr().out
    assert body["error_id"] in logged
    assert "secret detail" in logged


async def test_health_and_readiness(api: Api) -> None:
    assert (await api.get("/healthz"))[0] == 200
    assert (await api.get("/readyz"))[:2] == (
        200,
        {"ready": True, "checks": {"telegram": "ok", "binance": "ok"}},
    )
    api.ready["telegram"] = "no answer yet"
    status, body, _ = await api.get("/readyz")
    assert (status, body["ready"]) == (503, False)
    assert body["checks"]["telegram"] == "no answer yet"


async def test_the_docs_page_names_the_routes(api: Api) -> None:
    status, body, headers = await api.get("/docs")
    assert status == 200
    assert "GET /analysis/trend" in body
    assert headers["Content-Type"].startswith("text/html")


async def test_many_requests_at_once(api: Api) -> None:
    asked = [api.get("/analysis/trend?symbol=BTCUSDT") for _ in range(20)]
    assert {status for status, _, _ in await asyncio.gather(*asked)} == {200}


def test_reasons_of_scalars_show() -> None:
    first = sample_analysis().scalars[0]
    answer = analysis_answer(
        sample_analysis(scalars=(replace(first, value=None, reason=Reason("constant")),))
    )
    assert answer["scalars"][0]["reason"] == {"code": "constant", "text": "the values do not vary"}


async def test_each_question_is_a_line_in_the_log_and_a_refused_one_is_none(api: Api) -> None:
    with capture_logs() as logs:
        await api.get("/analysis/trend?symbol=BTCUSDT&interval=1h")
        await api.get("/nothing")
        await api.get("/healthz")
        await api.get("/docs", Host="evil.example")
    lines = [(line["what"], line["remote"], line["status"]) for line in logs]
    assert lines == [
        ("GET /analysis/trend?symbol=BTCUSDT&interval=1h", "127.0.0.1", 200),
        ("GET /nothing", "127.0.0.1", 404),
    ]
