"""The exchange's own controls: truth, market events and connections."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from aiohttp import web

from utils.sandbox.control import ControlError, SandboxClock, read_object
from utils.sandbox.control.routes import CONTROL_PREFIX, guarded, moment_ms
from utils.sandbox.exchange.connections import Connections
from utils.sandbox.exchange.market.contract import Market, UnknownSymbolError
from utils.sandbox.exchange.market.events import CoinEvents
from utils.sandbox.exchange.market.simulated import SimulatedMarket
from utils.sandbox.exchange.market.truth import truth

NORMAL_CLOSURE = 1000
EVENTS = ("jump", "halt", "delist")

Answer = TypeVar("Answer")


class Controlled(Protocol):
    """What the controls may touch; a reset replaces the parts."""

    clock: SandboxClock
    market: Market
    connections: Connections

    async def on_worker(self, call: Callable[[], Answer]) -> Answer:
        """Run something on the worker that owns the market."""
        ...


def exchange_routes(sandbox: Controlled) -> list[web.RouteDef]:
    """The routes beside the common ones."""
    controls = _Controls(sandbox)
    return [
        web.get(f"{CONTROL_PREFIX}/truth", guarded(controls.truth)),
        web.post(f"{CONTROL_PREFIX}/market/{{symbol}}", guarded(controls.event)),
        web.get(f"{CONTROL_PREFIX}/connections", guarded(controls.connections)),
        web.post(f"{CONTROL_PREFIX}/connections/{{id}}/close", guarded(controls.close)),
    ]


class _Controls:
    def __init__(self, sandbox: Controlled) -> None:
        self._sandbox = sandbox

    async def truth(self, request: web.Request) -> web.Response:
        market, now_ms = self._simulated(), self._sandbox.clock.now_ms()
        symbol = request.query.get("symbol", "BTCUSDT")
        from_ms = _moment(request.query.get("from"), market.genesis_ms)
        to_ms = _moment(request.query.get("to"), now_ms)
        try:
            told = await self._sandbox.on_worker(lambda: truth(market, symbol, from_ms, to_ms, now_ms))
        except (UnknownSymbolError, KeyError) as error:
            raise ControlError(f"no symbol {symbol}", status=404) from error
        return web.json_response(told)

    async def event(self, request: web.Request) -> web.Response:
        market, now_ms = self._simulated(), self._sandbox.clock.now_ms()
        body = await read_object(request)
        symbol = request.match_info["symbol"]
        coin = next((c for c in market.coins if symbol in {c.symbol, c.perpetual}), None)
        if coin is None:
            raise ControlError(f"no symbol {symbol}", status=404)

        def order() -> None:
            order_event(market.events(coin), body, now_ms)
            market.room.forget(coin)

        await self._sandbox.on_worker(order)
        return web.json_response({"ok": True, "symbol": symbol, "time": now_ms})

    async def connections(self, _: web.Request) -> web.Response:
        return web.json_response(self._sandbox.connections.describe())

    async def close(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        code = body.get("code", NORMAL_CLOSURE)
        if not isinstance(code, int):
            raise ControlError("code must be a number")
        if not await self._sandbox.connections.close(int(request.match_info["id"]), code):
            raise ControlError("no such connection", status=404)
        return web.json_response({"ok": True})

    def _simulated(self) -> SimulatedMarket:
        if not isinstance(self._sandbox.market, SimulatedMarket):
            raise ControlError("a replay has no truth and takes no events", status=409)
        return self._sandbox.market


def order_event(events: CoinEvents, body: dict[str, Any], now_ms: int) -> None:
    """Order `{"event": "jump", "size": 0.05}`, `{"event": "halt", "for_ms": 60000}` or `{"event": "delist"}`."""
    name = body.get("event")
    if name == "jump":
        events.jump(now_ms, _number(body, "size"))
    elif name == "halt":
        events.halt(now_ms, int(_number(body, "for_ms")) if "for_ms" in body else None)
    elif name == "delist":
        events.delisted_ms = now_ms
    else:
        raise ControlError(f"event must be one of {', '.join(EVENTS)}")


def _number(body: dict[str, Any], name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlError(f"{name} must be a number")
    return float(value)


def _moment(text: str | None, default: int) -> int:
    if text is None:
        return default
    return int(text) if text.lstrip("-").isdigit() else moment_ms(text)
