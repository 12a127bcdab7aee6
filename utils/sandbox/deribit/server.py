"""Deribit as a server of its own, beside the exchange whose market it looks at."""

import asyncio
import json
from random import Random
from typing import Any

from aiohttp import web

from utils.sandbox.control import CallLog, ControlError, FaultTable, SandboxClock, control_routes, read_object
from utils.sandbox.control.routes import CONTROL_PREFIX, guarded
from utils.sandbox.deribit.answers import METHODS
from utils.sandbox.deribit.rpc import Asked, Credits, RpcError, envelope, method_not_found, under_maintenance
from utils.sandbox.exchange.faults import KNOWN_FAULTS
from utils.sandbox.exchange.rest.faulty import Trouble, hang_up
from utils.sandbox.exchange.rest.odd_bodies import sent
from utils.sandbox.exchange.server import ExchangeSandbox

NAME = "deribit"
FAULTS = (
    "latency",
    "status",
    "truncate",
    "not_json",
    "close",
    "half_open",
    "unknown_field",
    "maintenance",
    "empty_page",
    "huge",
    "drip",
    "redirect",
)
JSON_TYPE = "application/json"


class DeribitSandbox:
    """Answers about the options of `exchange`, on the same clock; start it after the exchange.

    `bind` is `host:port` (0: any free port). After `start` the address is in `url`. Beside the common controls,
    `PUT /_sandbox/providers/deribit {up, lag_s}` takes it down, or makes its answers old. Raises `OSError` when the
    port cannot be bound.
    """

    def __init__(self, exchange: ExchangeSandbox, bind: str = "127.0.0.1:0") -> None:
        host, _, port = bind.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._exchange = exchange
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self.url = ""
        self._furnish()

    @property
    def clock(self) -> SandboxClock:
        """The exchange's clock."""
        return self._exchange.clock

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        app.add_routes(control_routes(self))
        app.add_routes([web.put(f"{CONTROL_PREFIX}/providers/{{name}}", guarded(self._condition))])
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        bound = self._runner.addresses[0]
        host = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        self.url = f"http://{host}:{bound[1]}"

    async def stop(self) -> None:
        """Stop listening."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def state(self) -> dict[str, object]:
        """Address and condition for `GET /_sandbox/state`."""
        return {
            "mode": self._exchange.market.mode,
            "url": self.url,
            "up": self._up,
            "lag_s": self._lag_ms / 1000,
        }

    async def reset(self, seed: int | None) -> None:
        """Forget faults, calls, credits and condition; the market is the exchange's and starts anew there."""
        if seed is not None:
            raise ControlError("the market is the exchange's: reset it there")
        self._stopping.set()
        self._furnish()

    def _furnish(self) -> None:
        known = {name: KNOWN_FAULTS[name] for name in FAULTS}
        self.faults = FaultTable(self._exchange.clock, self._exchange.seed, known)
        self.calls = CallLog(self._exchange.clock)
        self._credits = Credits()
        self._chance = Random(self._exchange.seed)
        self._stopping = asyncio.Event()
        self._up, self._lag_ms = True, 0

    async def _condition(self, request: web.Request) -> web.Response:
        if request.match_info["name"] != NAME:
            raise ControlError("no such provider", status=404)
        body: dict[str, Any] = await read_object(request)
        up, lag_s = body.get("up", self._up), body.get("lag_s", self._lag_ms / 1000)
        if (
            not isinstance(up, bool)
            or isinstance(lag_s, bool)
            or not isinstance(lag_s, int | float)
            or lag_s < 0
        ):
            raise ControlError("up must be true or false, lag_s a number from 0")
        self._up, self._lag_ms = up, round(lag_s * 1000)
        return web.json_response({"up": self._up, "lag_s": lag_s})

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(FAULTS, kind="rest", path=request.path, method=request.method)
        trouble = Trouble({} if fault is None else fault.fault)
        await trouble.delay(self._chance, self._exchange.pause)
        if trouble.has("half_open") or trouble.has("close"):
            return await self._never(request, trouble)
        response = await self._respond(request, trouble)
        self._note(request, response.status)
        return response

    async def _never(self, request: web.Request, trouble: Trouble) -> web.StreamResponse:
        self._note(request, 0)
        if trouble.has("half_open"):
            await self._stopping.wait()
        hang_up(request)
        return web.Response(status=503)

    async def _respond(self, request: web.Request, trouble: Trouble) -> web.StreamResponse:
        now_ms = self.clock.now_ms()
        try:
            self._credits.spend(request.remote or "", now_ms)
            ordered = trouble.ordered_answer()
            if ordered is not None:
                return ordered
            result = [] if trouble.has("empty_page") else await self._result(request, trouble, now_ms)
        except RpcError as error:
            return web.json_response(error.body(), status=error.status)
        body = json.dumps(trouble.decorated(envelope(result, now_ms)), separators=(",", ":")).encode()
        oddly = await sent(request, body, trouble, self._exchange.pause)
        return oddly or web.Response(body=body, content_type=JSON_TYPE)

    async def _result(self, request: web.Request, trouble: Trouble, now_ms: int) -> object:
        method = METHODS.get(request.path)
        if method is None or request.method != "GET":
            raise method_not_found()
        if trouble.has("maintenance") or not self._up:
            raise under_maintenance()
        asked = Asked(dict(request.query))
        market, at_ms = self._exchange.market, now_ms - self._lag_ms

        def ask() -> object:
            market.clock_stepped(now_ms)
            return method(market, asked, at_ms)

        return await self._exchange.on_worker(ask)

    def _note(self, request: web.Request, status: int) -> None:
        self.calls.record(
            request.method, request.path, dict(request.query), weight=1, status=status, market=NAME
        )
