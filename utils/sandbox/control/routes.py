"""The `/_sandbox` routes that every server has: state, reset, clock, faults and calls."""

import ipaddress
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from aiohttp import web

from utils.sandbox.control.calls import CallLog
from utils.sandbox.control.clock import ClockError, SandboxClock
from utils.sandbox.control.faults import FaultTable

CONTROL_PREFIX = "/_sandbox"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ControlError(Exception):
    """A control request that cannot be obeyed; `status` is the HTTP answer."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class ControlledServer(Protocol):
    """What a server shows to its controls; read at each request, so a reset may replace the parts."""

    @property
    def clock(self) -> SandboxClock:
        """The server's clock."""
        ...

    @property
    def faults(self) -> FaultTable:
        """The server's faults."""
        ...

    @property
    def calls(self) -> CallLog:
        """The server's call log."""
        ...

    def state(self) -> dict[str, object]:
        """The server's own part of `/state` (mode, connections, …); clock and faults are added here."""
        ...

    async def reset(self, seed: int | None) -> None:
        """Start anew, with `seed` or the same seed as before."""
        ...


def control_routes(server: ControlledServer) -> list[web.RouteDef]:
    """The common control routes of `server`, for `app.add_routes`."""
    controls = _Controls(server)
    path = CONTROL_PREFIX
    return [
        web.get(f"{path}/state", guarded(controls.state)),
        web.post(f"{path}/reset", guarded(controls.reset)),
        web.get(f"{path}/clock", guarded(controls.clock)),
        web.put(f"{path}/clock", guarded(controls.set_clock)),
        web.post(f"{path}/clock/advance", guarded(controls.advance)),
        web.get(f"{path}/faults", guarded(controls.list_faults)),
        web.post(f"{path}/faults", guarded(controls.add_fault)),
        web.delete(f"{path}/faults", guarded(controls.clear_faults)),
        web.delete(f"{path}/faults/{{id}}", guarded(controls.remove_fault)),
        web.get(f"{path}/calls", guarded(controls.calls)),
    ]


def guarded(handler: Handler) -> Handler:
    """Serve `handler` to loopback callers only, and turn refusals into JSON answers `{"error": …}`."""

    async def guarded_handler(request: web.Request) -> web.StreamResponse:
        if not _is_loopback(request.remote):
            return web.json_response({"error": "controls answer loopback callers only"}, status=403)
        try:
            return await handler(request)
        except ControlError as refusal:
            return web.json_response({"error": str(refusal)}, status=refusal.status)
        except ClockError as refusal:
            return web.json_response({"error": str(refusal)}, status=409)
        except (ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return guarded_handler


async def read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in a request body, `{}` when the body is empty. Raises `ControlError` otherwise."""
    text = await request.text()
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        raise ControlError(f"body is not json: {error}") from error
    if not isinstance(body, dict):
        raise ControlError("body must be a json object")
    return body


def moment_ms(value: object) -> int:
    """UTC milliseconds from a number or an ISO 8601 text (UTC when it names no zone).

    Raises `ValueError` for a text that is no moment, `TypeError` for anything else.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        raise TypeError("a moment is a number of milliseconds or an iso 8601 text")
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _is_loopback(remote: str | None) -> bool:
    if remote is None:
        return False
    address = ipaddress.ip_address(remote.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


class _Controls:
    def __init__(self, server: ControlledServer) -> None:
        self._server = server

    async def state(self, _: web.Request) -> web.Response:
        server = self._server
        common = {"clock": server.clock.describe(), "faults": [f.describe() for f in server.faults.list()]}
        return web.json_response(common | server.state())

    async def reset(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        seed = body.get("seed")
        if seed is not None and not isinstance(seed, int):
            raise ControlError("seed must be an integer")
        await self._server.reset(seed)
        return web.json_response({"ok": True})

    async def clock(self, _: web.Request) -> web.Response:
        return web.json_response(self._server.clock.describe())

    async def set_clock(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        now, rate = body.get("now"), body.get("rate")
        self._server.clock.set(
            None if now is None else moment_ms(now), None if rate is None else _number(rate, "rate")
        )
        return web.json_response(self._server.clock.describe())

    async def advance(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        await self._server.clock.advance(int(_number(body.get("ms"), "ms")))
        return web.json_response(self._server.clock.describe())

    async def list_faults(self, _: web.Request) -> web.Response:
        return web.json_response([fault.describe() for fault in self._server.faults.list()])

    async def add_fault(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        match, fault = body.get("match", {}), body.get("fault")
        if not isinstance(match, dict) or not isinstance(fault, dict | str):
            raise ControlError("match must be an object and fault an object or a name")
        count, for_ms = body.get("count"), body.get("for_ms")
        added = self._server.faults.add(
            match,
            fault,
            count=None if count is None else int(_number(count, "count")),
            for_ms=None if for_ms is None else int(_number(for_ms, "for_ms")),
            probability=_number(body.get("probability", 1.0), "probability"),
        )
        return web.json_response(added.describe())

    async def clear_faults(self, _: web.Request) -> web.Response:
        self._server.faults.clear()
        return web.json_response({"ok": True})

    async def remove_fault(self, request: web.Request) -> web.Response:
        if not self._server.faults.remove(int(request.match_info["id"])):
            raise ControlError("no such fault", status=404)
        return web.json_response({"ok": True})

    async def calls(self, request: web.Request) -> web.Response:
        return web.json_response(self._server.calls.describe(int(request.query.get("after", "0"))))


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlError(f"{name} must be a number")
    return float(value)
