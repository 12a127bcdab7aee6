"""Parameters of a Bot API call, from query, JSON, form or multipart body, read with Telegram's leniency."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from utils.sandbox.telegram.errors import BotApiError, bad_request
from utils.sandbox.telegram.media import MAX_UPLOAD_BYTES

_TRUE = frozenset({"true", "yes", "1"})


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file."""

    name: str
    mime: str
    data: bytes


@dataclass(slots=True)
class Params:
    """Named values and uploads of one call. Raises `BotApiError` for half a surrogate anywhere in the values."""

    values: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_whole(self.values)

    def text(self, name: str, default: str = "") -> str:
        """The value as text."""
        value = self.values.get(name)
        return default if value is None else value if isinstance(value, str) else json.dumps(value)

    def flag(self, name: str) -> bool:
        """The value as a boolean, false when absent."""
        return self.text(name).lower() in _TRUE

    def integer(self, name: str, default: int = 0) -> int:
        """The value as an integer, as lenient as Telegram: what is no number counts as the default."""
        text = self.text(name).strip()
        return int(text) if text.removeprefix("-").isdecimal() else default

    def json(self, name: str) -> Any:
        """The value, decoded when it came as JSON text; `None` when absent or empty."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        return _loaded(value, name.replace("_", " "))

    def object(self, name: str) -> dict[str, Any]:
        """The value as a JSON object, `{}` when absent."""
        value = self.json(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise bad_request(f"object expected as {name.replace('_', ' ')}")
        return value


async def read_params(request: web.Request) -> Params:
    """All parameters of the request. Raises `BotApiError` for a body that cannot be read."""
    values = _form(request.rel_url.raw_query_string)
    if request.method != "POST" or not request.can_read_body:
        return Params(values)
    if request.content_type == "multipart/form-data":
        named, uploads = await _multipart(request)
        return Params(values | named, uploads)
    body = await request.read()
    if request.content_type == "application/json":
        return Params(values | _json_body(body))
    return Params(values | _form(_decoded(body)))


def _form(text: str) -> dict[str, Any]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError as error:
        raise _not_utf8() from error


def _json_body(data: bytes) -> dict[str, Any]:
    body = _loaded(_decoded(data), "request parameters")
    if not isinstance(body, dict):
        raise bad_request("object expected as request parameters")
    return body


async def _multipart(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    values: dict[str, Any] = {}
    uploads: dict[str, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            continue
        data = bytes(await part.read())
        if part.filename is None:
            values[part.name] = _decoded(data)
        elif len(data) > MAX_UPLOAD_BYTES:
            raise BotApiError(413, "Request Entity Too Large")
        else:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            uploads[part.name] = Upload(part.filename, mime, data)
    return values, uploads


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _not_utf8() from error


def _loaded(text: str, what: str) -> Any:
    try:
        value = json.loads(text)
        _check_whole(value)
    except (json.JSONDecodeError, RecursionError) as error:
        raise bad_request(f"can't parse {what} JSON object") from error
    return value


def _check_whole(value: object) -> None:
    """Refuse half a surrogate in any text of a JSON value."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise _not_utf8() from error


def _not_utf8() -> BotApiError:
    return bad_request("strings must be encoded in UTF-8")
