"""The OpenAPI 3.1 document, made from the types of the answers and the modules' declarations."""

from collections.abc import Iterable
from typing import Any

import msgspec

from analysis.framework.metric import TableSpec
from analysis.framework.module import AnyModule, TakesBasket
from bot.http_api.account_shape import AccountShape
from bot.http_api.problems import MEDIA_TYPE, ProblemShape
from bot.http_api.query import DEFAULT_INTERVAL
from bot.http_api.shapes import BEFORE_SCORE, AnalysisShape
from handlers.grammar import MAX_WORD_LENGTH
from utils.binance_api.intervals import SHORTEST_MS

TITLE = "market analysis"
REF = "#/components/schemas/{name}"
_PROBLEMS = {
    "400": "malformed question",
    "401": "bearer token missing or wrong",
    "421": "asked by a name that is not this machine's",
    "404": "unknown symbol or name",
    "429": "quota used up, see Retry-After",
    "503": "nothing could be read, see Retry-After",
}


def openapi_document(modules: Iterable[AnyModule], version: str) -> dict[str, Any]:
    """Return the document for these modules."""
    modules = tuple(modules)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": version},
        "paths": {f"/analysis/{module.id}": {"get": _operation(module)} for module in modules}
        | {
            "/healthz": {"get": _plain("the process lives", ("200",))},
            "/readyz": {"get": _plain("whether every part is ready", ("200", "503"))},
        },
        "components": {
            "schemas": _schemas(modules),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def answer_schema_name(module: AnyModule) -> str:
    """Return the name of the schema of a module's answer."""
    return f"{module.id.capitalize()}Analysis"


def _schemas(modules: tuple[AnyModule, ...]) -> dict[str, Any]:
    owned = (AccountShape,) if any(module.account for module in modules) else ()
    shapes = (AnalysisShape, ProblemShape, *owned)
    _, found = msgspec.json.schema_components(shapes, ref_template=REF)
    schemas = dict(found)
    base = schemas.pop("AnalysisShape")
    return schemas | {answer_schema_name(module): _named(base, module) for module in modules}


def _named(base: dict[str, Any], module: AnyModule) -> dict[str, Any]:
    """Return the answer's schema with the module's own name for its score, in the position the answer has it."""
    score = {
        "anyOf": [
            {"type": "number", "minimum": module.score.low, "maximum": module.score.high},
            {"type": "null"},
        ]
    }
    other_timeframe = {
        "type": "object",
        "properties": {
            "interval": {"type": "string"},
            module.score.name: score,
            "reason": {"$ref": REF.format(name="ReasonShape")},
        },
        "required": ["interval", module.score.name],
    }
    labels = {name: {"enum": list(words)} for name, words in module.labels.items()}
    properties: dict[str, Any] = {}
    for name, schema in base["properties"].items():
        properties[name] = schema
        if name == BEFORE_SCORE:
            properties |= {module.score.name: score, **labels}
    properties |= {table.id: _table(table) for table in module.tables}
    properties |= _account_properties() if module.account else {}
    properties["module"] = {"const": module.id}
    properties["score"] = score
    properties["neighbours"] = {"type": "array", "items": other_timeframe}
    return {
        "title": answer_schema_name(module),
        "description": module.question,
        "type": "object",
        "properties": properties,
        "required": [*base["required"], module.score.name],  # a label is left out where it is not known
    }


def _table(spec: TableSpec) -> dict[str, Any]:
    """Return the schema of numbers by names; absent where an answer has no such table."""
    value: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "null"}]}
    row = value if spec.is_list else {"type": "object", "additionalProperties": value}
    return {"type": "object", "description": spec.help, "additionalProperties": row}


def _account_properties() -> dict[str, Any]:
    """Return the additional properties of an answer to a request with the token."""
    level = {"type": "number", "minimum": 0, "maximum": 1}
    return {
        "account_risk": {
            "description": "danger of the own account, 1 = high; only with the bearer token",
            "anyOf": [level, {"type": "null"}],
        },
        "account": {
            "description": "the own account; only with the bearer token",
            "anyOf": [{"$ref": REF.format(name="AccountShape")}, {"type": "null"}],
        },
        "account_reason": {
            "description": "why there is no account; only with the bearer token",
            "$ref": REF.format(name="ReasonShape"),
        },
    }


def _operation(module: AnyModule) -> dict[str, Any]:
    schema = {"$ref": REF.format(name=answer_schema_name(module))}
    problem = {"schema": {"$ref": REF.format(name="ProblemShape")}}
    return {
        "operationId": f"analysis_{module.id}",
        "summary": module.question,
        "parameters": _parameters(module),
        "responses": {
            "200": {"description": module.title, "content": {"application/json": {"schema": schema}}}
        }
        | {
            status: {"description": text, "content": {MEDIA_TYPE: problem}}
            for status, text in _PROBLEMS.items()
        },
    }


def _parameters(module: AnyModule) -> list[dict[str, Any]]:
    symbol = {"type": "string", "minLength": 1, "maxLength": MAX_WORD_LENGTH, "pattern": r"^\S+$"}
    interval = {"type": "string", "enum": list(SHORTEST_MS), "default": DEFAULT_INTERVAL}
    return [
        _parameter(
            "symbol",
            symbol,
            "BTCUSDT, BTCUSDT.P (perpetual), or a word: btc, BTC/USDT",
            required=module.basket is None,
        ),
        *([] if module.basket is None else [_symbols(module.basket)]),
        _parameter("interval", interval, "length of the bars"),
        _parameter(
            "at", {"type": "string", "format": "date-time"}, "the moment asked about, with its offset"
        ),
    ]


def _symbols(takes: TakesBasket) -> dict[str, Any]:
    """Several symbols in one parameter; the words of a basket stand for more, so that no fewest and most is given."""
    items = {"type": "string", "minLength": 1, "maxLength": MAX_WORD_LENGTH, "pattern": r"^[^\s,]+$"}
    text = (
        f"{takes.fewest} to {takes.most} symbols as in symbol, or a basket: top20, majors; instead of symbol"
    )
    schema = {"type": "array", "items": items, "minItems": 1}
    return _parameter("symbols", schema, text) | {"style": "form", "explode": False}


def _parameter(name: str, schema: dict[str, Any], text: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": text, "schema": schema}


def _plain(text: str, statuses: tuple[str, ...]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "summary": text,
        "responses": {status: {"description": text, "content": content} for status in statuses},
        "security": [],
    }
