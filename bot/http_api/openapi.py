"""The OpenAPI 3.1 document, made from the types of the answers and the declarations of modules and composites."""

from collections.abc import Iterable

import msgspec

from analysis.framework.metric import TableSpec
from analysis.framework.module import AnyModule
from bot.http_api.account_openapi import account_properties
from bot.http_api.account_shape import AccountShape
from bot.http_api.composite_openapi import composite_paths, composite_schema, composite_schema_name
from bot.http_api.composite_shape import CompositeShape
from bot.http_api.operations import REF, JsonSchema, or_null, question, reference
from bot.http_api.problems import ProblemShape
from bot.http_api.ranking_shape import RankingShape
from bot.http_api.record_shape import RecordShape
from bot.http_api.shapes import BEFORE_SCORE, AnalysisShape
from composite.declared import DeclaredScore

TITLE = "market analysis"


def openapi_document(
    modules: Iterable[AnyModule], scores: Iterable[DeclaredScore], version: str
) -> JsonSchema:
    """Return the document for these modules and composite scores."""
    modules, scores = tuple(modules), tuple(scores)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": version},
        "paths": _paths(modules, scores),
        "components": {
            "schemas": _schemas(modules, scores),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def answer_schema_name(module: AnyModule) -> str:
    """Return the name of the schema of a module's answer."""
    return f"{module.id.capitalize()}Analysis"


def _paths(modules: tuple[AnyModule, ...], scores: tuple[DeclaredScore, ...]) -> dict[str, JsonSchema]:
    paths: dict[str, JsonSchema] = {}
    for module in modules:
        paths |= _path(module)
    for declared in scores:
        paths |= composite_paths(declared)
    metrics = _plain("the process in numbers, for Prometheus", ("200",), "text/plain", "string")
    return paths | {
        "/metrics": {"get": {**metrics, "security": [{}, {"token": []}]}},
        "/healthz": {"get": _plain("the process lives", ("200",))},
        "/readyz": {"get": _plain("whether every part is ready", ("200", "503"))},
    }


def _path(module: AnyModule) -> dict[str, JsonSchema]:
    operation = question(
        f"analysis_{module.id}", module.question, answer_schema_name(module), module.title, module.basket
    )
    return {f"/analysis/{module.id}": {"get": operation}}


def _schemas(modules: tuple[AnyModule, ...], scores: tuple[DeclaredScore, ...]) -> dict[str, JsonSchema]:
    shapes = (AnalysisShape, CompositeShape, RecordShape, RankingShape, ProblemShape, AccountShape)
    _, found = msgspec.json.schema_components(shapes, ref_template=REF)
    schemas = dict(found)
    analysis, composite = schemas.pop("AnalysisShape"), schemas.pop("CompositeShape")
    return (
        schemas
        | {answer_schema_name(module): _named(analysis, module) for module in modules}
        | {composite_schema_name(declared): composite_schema(composite, declared) for declared in scores}
    )


def _named(base: JsonSchema, module: AnyModule) -> JsonSchema:
    """Return the answer's schema with the module's own name for its score, in the position the answer has it."""
    score = or_null({"type": "number", "minimum": module.score.low, "maximum": module.score.high})
    other_timeframe = {
        "type": "object",
        "properties": {
            "interval": {"type": "string"},
            module.score.name: score,
            "reason": reference("ReasonShape"),
        },
        "required": ["interval", module.score.name],
    }
    labels = {name: {"enum": list(words)} for name, words in module.labels.items()}
    properties: dict[str, JsonSchema] = {}
    for name, schema in base["properties"].items():
        properties[name] = schema
        if name == BEFORE_SCORE:
            properties |= {module.score.name: score, **labels}
    properties |= {table.id: _table(table) for table in module.tables}
    properties |= account_properties() if module.account else {}
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


def _table(spec: TableSpec) -> JsonSchema:
    """Return the schema of numbers by names; absent where an answer has no such table."""
    value = or_null({"type": "number"})
    row = value if spec.is_list else {"type": "object", "additionalProperties": value}
    return {"type": "object", "description": spec.help, "additionalProperties": row}


def _plain(
    text: str, statuses: tuple[str, ...], media_type: str = "application/json", kind: str = "object"
) -> JsonSchema:
    content = {media_type: {"schema": {"type": kind}}}
    return {
        "summary": text,
        "responses": {status: {"description": text, "content": content} for status in statuses},
        "security": [],
    }
