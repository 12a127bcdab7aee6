"""Messages from a listener: SUBSCRIBE and its relatives, and the refusals of what makes no sense."""

import json
from typing import Protocol

from utils.sandbox.exchange.streams.frames import encoded

METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
LONGEST_ID = 36
UNKNOWN_PROPERTY, WRONG_TYPE, INVALID_REQUEST, INVALID_JSON = 0, 1, 2, 3
"""Codes of the refusals (spot documentation, web-socket-streams: error messages)."""


class RefusedError(Exception):
    """A message that is answered with an error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Subscriber(Protocol):
    """What messages may change."""

    combined: bool

    @property
    def names(self) -> list[str]:
        """The streams listened to, in order."""
        ...

    def subscribe(self, names: list[str]) -> None:
        """Listen to more streams."""
        ...

    def unsubscribe(self, names: list[str]) -> None:
        """Listen to fewer streams."""
        ...


def answer(text: str, subscriber: Subscriber) -> bytes:
    """Obey one message and return the reply."""
    number: object = None
    try:
        request = _request(text)
        number = _id(request)
        return encoded({"result": _obey(request, subscriber), "id": number})
    except RefusedError as refusal:
        return encoded({"error": {"code": refusal.code, "msg": str(refusal)}, "id": number})


def _request(text: str) -> dict[str, object]:
    try:
        request = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"at line {error.lineno} column {error.colno}"
        raise RefusedError(INVALID_JSON, f"Invalid JSON: expected value {place}") from error
    if not isinstance(request, dict):
        raise RefusedError(INVALID_REQUEST, "Invalid request: expected an object")
    return request


def _id(request: dict[str, object]) -> object:
    number = request.get("id")
    whole = isinstance(number, int) and not isinstance(number, bool) and -(2**63) <= number < 2**63
    short = isinstance(number, str) and len(number) <= LONGEST_ID
    if number is None or whole or short:
        return number
    raise RefusedError(
        INVALID_REQUEST,
        "Invalid request: request ID must be a 64-bit integer, a string of at most 36 characters or null",
    )


def _obey(request: dict[str, object], subscriber: Subscriber) -> object:
    method = request.get("method")
    if method is None:
        raise RefusedError(INVALID_REQUEST, "Invalid request: missing field `method`")
    params = request.get("params", [])
    if not isinstance(params, list):
        raise RefusedError(INVALID_REQUEST, "Invalid request: params must be an array")
    if method == "SUBSCRIBE":
        subscriber.subscribe(_names(params))
        return None
    if method == "UNSUBSCRIBE":
        subscriber.unsubscribe(_names(params))
        return None
    if method == "LIST_SUBSCRIPTIONS":
        return subscriber.names
    if method in {"SET_PROPERTY", "GET_PROPERTY"}:
        return _property(str(method), params, subscriber)
    raise RefusedError(
        INVALID_REQUEST, f"Invalid request: unknown variant `{method}`, expected one of {', '.join(METHODS)}"
    )


def _names(params: list[object]) -> list[str]:
    if not params:
        raise RefusedError(INVALID_REQUEST, "Invalid request: params must not be empty")
    names = [name for name in params if isinstance(name, str)]
    if len(names) < len(params):
        raise RefusedError(INVALID_REQUEST, "Invalid request: stream names must be strings")
    return names


def _property(method: str, params: list[object], subscriber: Subscriber) -> object:
    wanted = 2 if method == "SET_PROPERTY" else 1
    if len(params) > wanted:
        raise RefusedError(INVALID_REQUEST, "Invalid request: too many parameters")
    if not params or not isinstance(params[0], str):
        raise RefusedError(INVALID_REQUEST, "Invalid request: property name must be a string")
    if params[0] != "combined":
        raise RefusedError(UNKNOWN_PROPERTY, "Unknown property")
    if method == "GET_PROPERTY":
        return subscriber.combined
    if len(params) < wanted or not isinstance(params[1], bool):
        raise RefusedError(WRONG_TYPE, "Invalid value type: expected Boolean")
    subscriber.combined = params[1]
    return None
