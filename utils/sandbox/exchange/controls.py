"""The exchange's own controls: truth, market events and connections."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from aiohttp import web

from utils.sandbox.control import ControlError, SandboxClock, read_object
from utils.sandbox.control.routes import CONTROL_PREFIX, guarded, moment_ms
from utils.sandbox.exchange.account.accounts import Accounts
from utils.sandbox.exchange.account.model import read_account
from utils.sandbox.exchange.connections import Connections
from utils.sandbox.exchange.market.coins import Coin
from utils.sandbox.exchange.market.contract import Liquidation, Market, UnknownSymbolError
from utils.sandbox.exchange.market.events import OrderedRegime
from utils.sandbox.exchange.market.factor import REGIMES
from utils.sandbox.exchange.market.intervals import HOUR_MS, MINUTE_MS
from utils.sandbox.exchange.market.simulated import SimulatedMarket
from utils.sandbox.exchange.market.truth import truth

NORMAL_CLOSURE = 1000
HOURS_PER_DAY = 24
EVENTS = (
    "jump",
    "halt",
    "delist",
    "list",
    "spot_only",
    "perpetual_only",
    "liquidation",
    "regime",
    "funding_interval",
)

Answer = TypeVar("Answer")


class Controlled(Protocol):
    """What the controls may touch; a reset replaces the parts."""

    clock: SandboxClock
    market: Market
    connections: Connections
    accounts: Accounts

    def play(self, name: str, rate: float) -> None:
        """Play a recording to the sockets. Raises `FileNotFoundError`."""
        ...

    async def on_worker(self, call: Callable[[], Answer]) -> Answer:
        """Run something on the worker that owns the market."""
        ...


def exchange_routes(sandbox: Controlled) -> list[web.RouteDef]:
    """The routes beside the common ones."""
    controls = _Controls(sandbox)
    return [
        web.get(f"{CONTROL_PREFIX}/truth", guarded(controls.truth)),
        web.post(f"{CONTROL_PREFIX}/market/{{symbol}}", guarded(controls.event)),
        web.post(f"{CONTROL_PREFIX}/replay_ws", guarded(controls.replay_ws)),
        web.put(f"{CONTROL_PREFIX}/account", guarded(controls.account)),
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
            market.room.cover(now_ms)
            order_event(market, coin, body, now_ms)
            market.forget(coin)

        await self._sandbox.on_worker(order)
        return web.json_response({"ok": True, "symbol": symbol, "time": now_ms})

    async def replay_ws(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        rate = _number(body, "rate") if "rate" in body else 1.0
        if rate < 0 or not isinstance(body.get("file"), str):
            raise ControlError("file must be the name of a recording, rate at least 0 (0: as fast as read)")
        try:
            self._sandbox.play(body["file"], rate)
        except FileNotFoundError as error:
            raise ControlError(str(error), status=404) from error
        return web.json_response({"ok": True})

    async def account(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        try:
            account = read_account(body, self._sandbox.clock.now_ms())
        except KeyError as error:
            raise ControlError(f"field {error} is missing") from error
        self._sandbox.accounts.put(account)
        return web.json_response({"ok": True, "kind": account.key.kind})

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


def order_event(market: SimulatedMarket, coin: Coin, body: dict[str, Any], now_ms: int) -> None:
    """Order an event.

    `{"event": "jump", "size": 0.05}`, `{"event": "halt", "for_ms": 60000}`, `{"event": "delist"}`,
    `{"event": "liquidation", "side": "SELL", "usd": 1e6, "impact": -0.01}` (`impact` moves the price as a jump does),
    `{"event": "list", "days": 3}` or `"hours": 5` (listed so long ago, at a full minute), `{"event": "spot_only"}`
    (there is no perpetual), `{"event": "perpetual_only"}` (there is no spot market),
    `{"event": "regime", "name": "storm", "for_ms": 3600000}`, `{"event": "funding_interval", "hours": 4}`.
    """
    events, name = market.events(coin), body.get("event")
    if name == "jump":
        events.jump(now_ms, _number(body, "size"))
    elif name == "halt":
        events.halt(now_ms, int(_number(body, "for_ms")) if "for_ms" in body else None)
    elif name == "delist":
        events.delisted_ms = now_ms
    elif name == "list":
        ago_ms = _hours_listed(body) * HOUR_MS
        events.listed_ms, events.delisted_ms = (now_ms - ago_ms) // MINUTE_MS * MINUTE_MS, None
    elif name == "spot_only":
        events.spot_only = True
    elif name == "perpetual_only":
        events.perpetual_only = True
    elif name == "liquidation":
        _order_liquidation(market, coin, body, now_ms)
    elif name == "regime":
        events.regimes.append(_ordered_regime(market, body, now_ms))
    elif name == "funding_interval":
        events.funding.append((now_ms, _hours(body)))
    else:
        raise ControlError(f"event must be one of {', '.join(EVENTS)}")


def _order_liquidation(market: SimulatedMarket, coin: Coin, body: dict[str, Any], now_ms: int) -> None:
    side = body.get("side", "SELL")
    if side not in {"SELL", "BUY"}:
        raise ControlError("side must be SELL (a long is liquidated) or BUY")
    mark = market.premium(coin.perpetual, now_ms).mark
    sign = -1 if side == "SELL" else 1
    contracts = _number(body, "usd") / mark
    order = Liquidation(
        now_ms, side == "SELL", contracts, mark * (1 + sign * 0.01), mark * (1 + sign * 0.001)
    )
    market.events(coin).liquidations.append(order)
    if "impact" in body:
        market.events(coin).jump(now_ms, _number(body, "impact"))


def _ordered_regime(market: SimulatedMarket, body: dict[str, Any], now_ms: int) -> OrderedRegime:
    """A regime by name, as a multiple of the present one's volatility."""
    wanted = next((regime for regime in REGIMES if regime.name == body.get("name")), None)
    if wanted is None:
        raise ControlError(f"name must be one of {', '.join(regime.name for regime in REGIMES)}")
    hour = (now_ms - market.genesis_ms) // HOUR_MS
    present = REGIMES[int(market.room.factor.regime[hour])]
    to_ms = now_ms + int(_number(body, "for_ms")) if "for_ms" in body else None
    return OrderedRegime(
        now_ms, to_ms, wanted.vol / present.vol, wanted.drift_per_day - present.drift_per_day
    )


def _hours(body: dict[str, Any]) -> int:
    hours = _number(body, "hours")
    if hours not in {1, 2, 4, 8}:
        raise ControlError("hours must be 1, 2, 4 or 8")
    return int(hours)


def _hours_listed(body: dict[str, Any]) -> int:
    unit = "hours" if "hours" in body else "days"
    number = _number(body, unit)
    if number < 1 or number != int(number):
        raise ControlError(f"{unit} must be whole and at least 1")
    return int(number) * (HOURS_PER_DAY if unit == "days" else 1)


def _number(body: dict[str, Any], name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlError(f"{name} must be a number")
    return float(value)


def _moment(text: str | None, default: int) -> int:
    if text is None:
        return default
    return int(text) if text.lstrip("-").isdigit() else moment_ms(text)
