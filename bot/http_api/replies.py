"""JSON responses."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aiohttp import web

PRIVATE: Final = {"Cache-Control": "no-store"}


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a response with a value as JSON."""
    body = msgspec.json.encode(value)
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)
