"""Parameters of a Bot API call, from query, JSON, form or multipart body, read with Telegram's leniency."""

import json
from dataclasses import dataclass, field
from typing import Any

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
    """Named values and uploads of one call."""

    values: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

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
        try:
            return json.loads(value)
        except (json.JSONDecodeError, RecursionError) as error:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from error

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
    params = Params(dict(request.query))
    if request.method != "POST" or not request.can_read_body:
        return params
    if request.content_type == "application/json":
        params.values |= await _json_body(request)
    elif request.content_type == "multipart/form-data":
        await _multipart(request, params)
    else:
        params.values |= {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
    return params


async def _json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except UnicodeDecodeError as error:
        raise bad_request("strings must be encoded in UTF-8") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise bad_request("can't parse request parameters JSON object") from error
    if not isinstance(body, dict):
        raise bad_request("object expected as request parameters")
    return body


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise bad_request("strings must be encoded in UTF-8") from error


async def _multipart(request: web.Request, params: Params) -> None:
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            continue
        data = bytes(await part.read())
        if part.filename is None:
            params.values[part.name] = _decoded(data)
        elif len(data) > MAX_UPLOAD_BYTES:
            raise BotApiError(413, "Request Entity Too Large")
        else:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            params.uploads[part.name] = Upload(part.filename, mime, data)
