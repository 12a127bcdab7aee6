"""What the ordered faults do to one REST request."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from aiohttp import web

from utils.sandbox.exchange.rest.errors import ApiError

Pause = Callable[[float], Awaitable[None]]

DEFAULT_STALE_MS = 60_000
DEFAULT_BAN_MS = 120_000
NOT_JSON = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"

REST_FAULTS = frozenset(
    {
        "latency",
        "status",
        "ban",
        "truncate",
        "not_json",
        "close",
        "half_open",
        "stale_snapshot",
        "unknown_field",
        "clock_skew",
        "maintenance",
        "high_low_swapped",
        "zero_price",
        "empty_page",
        "odd_field",
        "huge",
        "drip",
        "redirect",
    }
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """The faults that hit one request, by name."""

    faults: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the fault was ordered."""
        return name in self.faults

    def number(self, name: str, setting: str, default: int) -> int:
        """A whole-number setting of a fault. Raises `ValueError` when it is none."""
        value = self.faults.get(name, {}).get(setting, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"setting {setting} of fault {name} must be a number")
        return int(value)

    @property
    def skew_ms(self) -> int:
        """How wrong `/time` goes."""
        return self.number("clock_skew", "ms", 0)

    @property
    def stale_ms(self) -> int:
        """How old the book is."""
        return self.number("stale_snapshot", "ms", DEFAULT_STALE_MS) if self.has("stale_snapshot") else 0

    async def delay(self, chance: Random, pause: Pause) -> None:
        """Wait for the latency: `ms` plus up to `jitter`."""
        if self.has("latency"):
            jitter = self.number("latency", "jitter", 0)
            wait_ms = self.number("latency", "ms", 0) + chance.random() * jitter
            await pause(wait_ms / 1000)

    def ban_until(self, now_ms: int) -> int:
        """The end of the ordered ban."""
        return self.number("ban", "until", now_ms + DEFAULT_BAN_MS)

    def refusal(self) -> ApiError | None:
        """The error answer of a maintenance."""
        if not self.has("maintenance"):
            return None
        return ApiError(-1008, "Service Unavailable. The system is under maintenance.", status=503)

    def ordered_answer(self) -> web.Response | None:
        """The answer that a `redirect`, `status` or `not_json` fault puts in place of the real one."""
        if self.has("redirect"):
            return web.Response(status=302, headers={"Location": str(self.faults["redirect"].get("to", "?"))})
        if self.has("not_json"):
            return web.Response(text=NOT_JSON, content_type="text/html")
        if not self.has("status"):
            return None
        settings = self.faults["status"]
        status = self.number("status", "code", 500)
        body, headers = settings.get("body", ""), settings.get("headers", {})
        text = body if isinstance(body, str) else json.dumps(body)
        content_type = "text/plain" if isinstance(body, str) else "application/json"
        extra = {str(k): str(v) for k, v in headers.items()} if isinstance(headers, Mapping) else {}
        return web.Response(status=status, text=text, headers=extra, content_type=content_type)

    def decorated(self, answer: object) -> object:
        """The answer with things that no client has ever seen, during an `unknown_field` fault."""
        return with_unknown(answer) if self.has("unknown_field") else answer


def with_unknown(answer: object) -> object:
    """Objects get a field `zzUnknown`, and rows (lists of plain values) an extra element."""
    if isinstance(answer, dict):
        return {key: with_unknown(value) for key, value in answer.items()} | {"zzUnknown": "1"}
    if isinstance(answer, list) and answer and not isinstance(answer[0], dict | list):
        return answer if all(isinstance(item, str) for item in answer) else [*answer, "zzUnknown"]
    if isinstance(answer, list):
        return [with_unknown(item) for item in answer]
    return answer


def hang_up(request: web.Request) -> None:
    """Break the connection without a word."""
    if request.transport is not None:
        request.transport.abort()
