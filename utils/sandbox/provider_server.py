"""A server of providers beyond the exchange: it looks at the exchange's market by the exchange's clock."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from aiohttp import web

from utils.sandbox.control import (
    CallLog,
    ControlError,
    FaultTable,
    SandboxClock,
    control_routes,
    read_object,
    sandbox_app,
)
from utils.sandbox.control.routes import CONTROL_PREFIX, guarded
from utils.sandbox.exchange.faults import KNOWN_FAULTS
from utils.sandbox.exchange.rest.faulty import Trouble, hang_up
from utils.sandbox.exchange.server import ExchangeSandbox

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


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether a provider answers, how old its answers are, and whether it has revised its past."""

    up: bool = True
    lag_ms: int = 0
    revise: bool = False

    def body(self) -> dict[str, object]:
        """As controls tell it."""
        return {"up": self.up, "lag_s": self.lag_ms / 1000, "revise": self.revise}


class ProviderSandbox(ABC):
    """Answers for the providers `names`, on the clock of `exchange`; start it after the exchange.

    `bind` is `host:port` (0: any free port). After `start` the address is in `url`. Beside the common controls,
    `PUT /_sandbox/providers/{name} {up, lag_s, revise}` takes one down, makes its answers old, or changes its past.
    Raises `OSError` when the port cannot be bound.
    """

    def __init__(self, names: Sequence[str], exchange: ExchangeSandbox, bind: str) -> None:
        host, _, port = bind.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._names = tuple(names)
        self.exchange = exchange
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self.url = ""
        self._furnish()

    @property
    def clock(self) -> SandboxClock:
        """The exchange's clock."""
        return self.exchange.clock

    async def start(self) -> None:
        """Listen."""
        app = sandbox_app()
        app.add_routes(control_routes(self))
        app.add_routes([web.put(f"{CONTROL_PREFIX}/providers/{{name}}", guarded(self._put_condition))])
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
        """Address and conditions for `GET /_sandbox/state`."""
        told: dict[str, object] = {"mode": self.exchange.market.mode, "url": self.url}
        if len(self._names) == 1:
            return told | self.condition(self._names[0]).body()
        return told | {"providers": {name: self.condition(name).body() for name in self._names}}

    def condition(self, name: str) -> Condition:
        """How a provider is."""
        return self._conditions[name]

    async def reset(self, seed: int | None) -> None:
        """Forget faults, calls, limits and conditions; the market is the exchange's and starts anew there."""
        if seed is not None:
            raise ControlError("the market is the exchange's: reset it there")
        self._stopping.set()
        self._furnish()

    def _furnish(self) -> None:
        known = {name: KNOWN_FAULTS[name] for name in FAULTS}
        self.faults = FaultTable(self.exchange.clock, self.exchange.seed, known)
        self.calls = CallLog(self.exchange.clock)
        self._chance = Random(self.exchange.seed)
        self._stopping = asyncio.Event()
        self._conditions = {name: Condition() for name in self._names}

    @abstractmethod
    def name_of(self, request: web.Request) -> str:
        """The provider that a request is for."""

    @abstractmethod
    async def respond(self, request: web.Request, trouble: Trouble) -> web.StreamResponse:
        """The answer, after the faults that never answer."""

    async def _put_condition(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._conditions:
            raise ControlError("no such provider", status=404)
        body: dict[str, Any] = await read_object(request)
        before = self._conditions[name]
        up, revise = body.get("up", before.up), body.get("revise", before.revise)
        lag_s = body.get("lag_s", before.lag_ms / 1000)
        is_lag = isinstance(lag_s, int | float) and not isinstance(lag_s, bool) and lag_s >= 0
        if not (isinstance(up, bool) and isinstance(revise, bool) and is_lag):
            raise ControlError("up and revise must be true or false, lag_s a number from 0")
        self._conditions[name] = replace(before, up=up, lag_ms=round(lag_s * 1000), revise=revise)
        return web.json_response(self._conditions[name].body())

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(FAULTS, kind="rest", path=request.path, method=request.method)
        trouble = Trouble({} if fault is None else fault.fault)
        await trouble.delay(self._chance, self.exchange.pause)
        if trouble.has("half_open") or trouble.has("close"):
            return await self._never(request, trouble)
        response = await self.respond(request, trouble)
        self._note(request, response.status)
        return response

    async def _never(self, request: web.Request, trouble: Trouble) -> web.StreamResponse:
        self._note(request, 0)
        if trouble.has("half_open"):
            await self._stopping.wait()
        hang_up(request)
        return web.Response(status=503)

    def _note(self, request: web.Request, status: int) -> None:
        self.calls.record(
            request.method,
            request.path,
            dict(request.query),
            weight=1,
            status=status,
            market=self.name_of(request),
        )
