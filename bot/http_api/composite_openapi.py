"""The composite scores in the OpenAPI document."""

from bot.http_api.account_openapi import account_properties
from bot.http_api.composite_shape import BEFORE_NAMED
from bot.http_api.operations import JsonSchema, or_null, question, ranked
from composite.declared import DeclaredScore

_NUMBER = or_null({"type": "number"})
_ROW: JsonSchema = {"type": "object", "additionalProperties": _NUMBER}
_BESIDE: JsonSchema = {
    "description": "a number beside the score, such as direction, or a table by names",
    "anyOf": [
        *_NUMBER["anyOf"],
        {"type": "object", "additionalProperties": {"anyOf": [*_NUMBER["anyOf"], _ROW]}},
    ],
}


def composite_schema_name(declared: DeclaredScore) -> str:
    """Return the name of the schema of a score."""
    return f"{declared.name.title().replace('_', '')}Composite"


def composite_paths(declared: DeclaredScore) -> dict[str, JsonSchema]:
    """Return the paths of a score, of its record, and of its ranking of symbols, with their operations."""
    operation = question(
        f"composite_{declared.name}",
        declared.question,
        composite_schema_name(declared),
        declared.title,
        declared.basket,
    )
    record = question(
        f"composite_{declared.name}_record",
        f"{declared.title}: what was measured of it, and what happened after each that was published.",
        "RecordShape",
        f"{declared.title}, record",
        declared.basket,
    )
    path = f"/composite/{declared.name}"
    paths: dict[str, JsonSchema] = {path: {"get": operation}, f"{path}/record": {"get": record}}
    if declared.basket is not None:
        return paths
    ranking = ranked(
        f"composite_{declared.name}_ranking",
        f"{declared.title} of the most traded symbols or of named ones, from the highest to the lowest.",
        "RankingShape",
        f"{declared.title}, ranking",
    )
    return paths | {f"{path}/ranking": {"get": ranking}}


def composite_schema(base: JsonSchema, declared: DeclaredScore) -> JsonSchema:
    """Return the schema of a score with its own name, in the position that the answer has it."""
    properties: dict[str, JsonSchema] = {}
    for name, schema in base["properties"].items():
        properties[name] = schema
        if name == BEFORE_NAMED:
            properties[declared.score_name] = _named(declared)
    properties |= account_properties() if declared.account else {}
    properties["composite"] = {"const": declared.name}
    properties["score"] = {"type": "null"} if declared.is_weights else _score(declared)
    return {
        "title": composite_schema_name(declared),
        "description": f"{declared.question} {base['description']}",
        "type": "object",
        "properties": properties,
        "required": [*base["required"], declared.score_name],
        "additionalProperties": _BESIDE,
    }


def _named(declared: DeclaredScore) -> JsonSchema:
    if not declared.is_weights:
        return _score(declared)
    return or_null(
        {
            "type": "object",
            "description": "share of each coin; they sum to 1",
            "additionalProperties": _NUMBER,
        }
    )


def _score(declared: DeclaredScore) -> JsonSchema:
    return or_null({"type": "number", "minimum": declared.low, "maximum": declared.high})
