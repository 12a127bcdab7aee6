"""Reads every form of request that the bot makes as aiogram's typed method, with no field unknown to it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiogram import methods
from aiogram.methods import TelegramMethod
from pydantic import BaseModel

from scripts.stranger.clients.notes import Notes, run

REQUESTS = Path(__file__).parents[3] / "tests" / "bot" / "telegram" / "requests.json"
UPLOADED = ("photo", "document")


async def meet(_: dict[str, str], notes: Notes) -> None:
    """Read each request."""
    known = {
        name[:1].lower() + name[1:]: kind
        for name, kind in vars(methods).items()
        if isinstance(kind, type) and issubclass(kind, TelegramMethod) and kind is not TelegramMethod
    }
    for request in json.loads(REQUESTS.read_text(encoding="utf-8")):
        name, values = request["method"], request["parameters"]
        what = f"{name} with {', '.join(sorted(values))}"
        await notes.ask(what, _read(known[name], values), lambda unknown: not unknown)


async def _read(kind: type[TelegramMethod[Any]], values: dict[str, str]) -> list[str]:
    """Return the fields that aiogram does not know. Raises ``ValidationError`` where it cannot read one."""
    decoded = {name: _decoded(text) for name, text in values.items()}
    uploads = {
        name: "attach://chart" for name in UPLOADED if name in kind.model_fields and name not in decoded
    }
    return list(_unknown(kind.model_validate(decoded | uploads)))


def _decoded(text: str) -> object:
    return json.loads(text) if text[:1] in {"{", "["} else text


def _unknown(model: BaseModel) -> Iterator[str]:
    yield from model.model_extra or {}
    for name in type(model).model_fields:
        yield from _inside(getattr(model, name))


def _inside(value: object) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from _unknown(value)
    elif isinstance(value, list):
        for member in value:
            yield from _inside(member)


if __name__ == "__main__":
    run(meet, "aiogram")
