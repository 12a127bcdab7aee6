"""The page of the HTTP API, from the same document that ``/openapi.json`` gives."""

from collections.abc import Iterator
from typing import Any

from analysis.registry import MODULES
from bot.http_api.openapi import openapi_document
from bot.version import own_version
from composite.declared import SCORES
from scripts.pages.reference.markdown import bullets, code, codes, esc, page


def http_page() -> str:
    """Return the page."""
    document = openapi_document(MODULES, SCORES, own_version())
    return page(
        "# HTTP API",
        "The running bot gives the whole description, with the shape of every answer, on `/openapi.json`, and a page "
        "of links to try on `/docs`. Errors are problem JSON (RFC 9457). Where a token is set, send it as "
        "`Authorization: Bearer …`.",
        *(block for path, verbs in document["paths"].items() for block in _path(path, verbs)),
    )


def _path(path: str, verbs: dict[str, Any]) -> Iterator[str]:
    for verb, operation in verbs.items():
        yield f"## {code(f'{verb.upper()} {path}')}"
        yield esc(operation["summary"])
        yield bullets(_parameter(one) for one in operation.get("parameters", ()))
        answers = operation["responses"].items()
        yield "Answers: " + "; ".join(
            f"{code(status)} {esc(what['description'])}" for status, what in answers
        )


def _parameter(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    facts = [
        "required" if parameter["required"] else "optional",
        f"one of {codes(schema['enum'])}" if "enum" in schema else "",
        f"default {code(str(schema['default']))}" if "default" in schema else "",
    ]
    said = "; ".join(fact for fact in facts if fact)
    return f"{code(parameter['name'])}: {esc(parameter['description'])} ({said})"
