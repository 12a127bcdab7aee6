"""Members of JSON objects, checked with the words of Telegram's own reader."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from utils.sandbox.telegram.errors import bad_request


class FieldError(Exception):
    """A member is missing or of another type; the text goes behind what was being parsed."""


@contextmanager
def parsing(what: str) -> Iterator[None]:
    """Turn a `FieldError` inside into the 400 "can't parse …: …"."""
    try:
        yield
    except FieldError as error:
        raise bad_request(f"can't parse {what}: {error}") from error


def as_object(value: object, what: str = "expected an Object") -> Mapping[str, Any]:
    """The value if it is a JSON object."""
    if not isinstance(value, dict):
        raise FieldError(what)
    return value


def text(item: Mapping[str, Any], name: str) -> str:
    """A required text; a number counts as its digits."""
    value = _present(item, name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise FieldError(f'Field "{name}" must be of type String')
    return str(value)


def optional_text(item: Mapping[str, Any], name: str) -> str:
    """A text, empty where there is none."""
    return "" if item.get(name) is None else text(item, name)


def number(item: Mapping[str, Any], name: str) -> int:
    """A required whole number, which may be written as a text."""
    value = _present(item, name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FieldError(f'Field "{name}" must be of type Number')
    try:
        return int(value)
    except ValueError as error:
        raise FieldError(f'Field "{name}" must be a valid Number') from error


def child(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A required JSON object."""
    return as_object(_present(item, name), f'Field "{name}" must be of type Object')


def optional_child(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A JSON object, empty where there is none."""
    return {} if item.get(name) is None else child(item, name)


def _present(item: Mapping[str, Any], name: str) -> Any:
    if item.get(name) is None:
        raise FieldError(f'Can\'t find field "{name}"')
    return item[name]
