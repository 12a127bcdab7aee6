"""The schemas of the document, to hold answers against."""

from typing import Any

import jsonschema

from bot.http_api.composite_openapi import composite_schema_name
from bot.http_api.openapi import openapi_document
from composite.declared import BY_NAME, SCORES
from tests.bot.http_api.conftest import Api
from tests.bot.samples import sample_module

DOCUMENT = openapi_document([sample_module()], SCORES, "0.1")


def check(body: Any, name: str) -> None:
    """Raise where a body is not what the document calls ``name``."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    jsonschema.validate(body, schema, cls=jsonschema.Draft202012Validator)


def check_composite(body: Any) -> None:
    """Raise where a body is no answer of the composite that it names."""
    check(body, composite_schema_name(BY_NAME[body["composite"]]))


async def check_refusal(api: Api, path: str, status: int, parameter: str) -> None:
    """Ask below /composite, and raise unless it is a problem that names the parameter and no score was asked."""
    got, body, headers = await api.get(f"/composite/{path}")
    assert (got, body["status"], body["parameter"]) == (status, status, parameter)
    assert headers["Content-Type"].startswith("application/problem+json")
    check(body, "ProblemShape")
    assert not api.composites.asked
