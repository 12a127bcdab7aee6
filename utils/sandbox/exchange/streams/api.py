"""The spot WebSocket API (`/ws-api/v3`): sessions and the user data stream (spec/binance.md, section 4.1)."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import WSMsgType, web

from utils.sandbox.control import SandboxClock
from utils.sandbox.exchange.account.accounts import Accounts, bad_signature, check_time
from utils.sandbox.exchange.account.keys import ED25519
from utils.sandbox.exchange.account.model import Account
from utils.sandbox.exchange.connections import Connections
from utils.sandbox.exchange.rest.errors import ApiError, missing
from utils.sandbox.exchange.rest.spot_info import WEIGHT_LIMIT
from utils.sandbox.exchange.rest.time_unit import in_milliseconds
from utils.sandbox.exchange.streams.frames import encoded

SPOT = "spot"
CONNECTION_WEIGHT, REQUEST_WEIGHT = 2, 2
RETIRED = frozenset({"userDataStream.start", "userDataStream.ping", "userDataStream.stop"})
Params = dict[str, Any]


class ApiEngine(Protocol):
    """What the WebSocket API needs of the sandbox."""

    clock: SandboxClock
    accounts: Accounts
    connections: Connections

    def charge(self, kind: str, address: str, weight: int) -> int:
        """Spend weight of a market's pool; returns what is used. Raises `ApiError`."""
        ...


class ApiSession:
    """One connection: who is logged on, and which accounts it listens to."""

    def __init__(self, engine: ApiEngine, address: str, send: Callable[[object], None]) -> None:
        self._engine = engine
        self._address = address
        self._send = send
        self._owner: Account | None = None
        self._next_id = 0
        self._listening: dict[int, str] = {}
        self._methods: Mapping[str, Callable[[Params], object]] = {
            "ping": lambda _: {},
            "time": lambda _: {"serverTime": engine.clock.now_ms()},
            "session.logon": self._log_on,
            "session.status": lambda _: self._status(),
            "session.logout": self._log_out,
            "session.subscriptions": lambda _: [{"subscriptionId": n} for n in self._listening],
            "userDataStream.subscribe": self._subscribe,
            "userDataStream.subscribe.signature": self._subscribe_signed,
            "userDataStream.unsubscribe": self._unsubscribe,
        }

    def answer(self, text: str) -> object:
        """Obey one request."""
        number: object = None
        used = 0
        try:
            request = _request(text)
            number = request.get("id")
            used = self._engine.charge(SPOT, self._address, REQUEST_WEIGHT)
            result = self._obey(request)
        except ApiError as error:
            return {"id": number, "status": error.status, "error": error.body(), "rateLimits": _limits(used)}
        return {"id": number, "status": 200, "result": result, "rateLimits": _limits(used)}

    def changed(self, account: Account) -> None:
        """Tell the listener that an account has changed."""
        now_ms = self._engine.clock.now_ms()
        balances = [
            {"a": asset, "f": f"{free:.8f}", "l": f"{locked:.8f}"}
            for asset, (free, locked) in account.spot.items()
        ]
        event = {"e": "outboundAccountPosition", "E": now_ms, "u": account.updated_ms, "B": balances}
        for number, key in self._listening.items():
            if key == account.key.name:
                self._send({"subscriptionId": number, "event": event})

    def _obey(self, request: Params) -> object:
        method = request.get("method")
        params = request.get("params", {})
        if not isinstance(params, dict):
            raise ApiError(-1135, "Invalid 'params' in JSON request; expected an object.")
        if method in RETIRED:
            raise ApiError(-1016, "This service is no longer available.", status=410)
        act = self._methods.get(str(method))
        if act is None:
            raise ApiError(-1020, "This operation is not supported.", status=404)
        return act(params)

    def _signed(self, params: Params) -> Account:
        """The account that signed a request: parameters sorted by name, without the signature."""
        account = self._engine.accounts.caller(params.get("apiKey"), SPOT)
        check_time(_moment(params.get("timestamp")), params.get("recvWindow"), self._engine.clock.now_ms())
        signature = params.get("signature")
        if not isinstance(signature, str):
            raise missing("signature")
        payload = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "signature")
        if not account.key.verifies(payload.encode(), signature):
            raise bad_signature()
        return account

    def _log_on(self, params: Params) -> object:
        account = self._signed(params)
        if account.key.kind != ED25519:
            raise ApiError(-1099, "Not found, authenticated, or authorized", status=401)
        self._owner = account
        return self._status()

    def _log_out(self, _: Params) -> object:
        self._owner = None
        return self._status()

    def _status(self) -> object:
        now_ms = self._engine.clock.now_ms()
        known = None if self._owner is None else self._owner.key.name
        since = None if self._owner is None else now_ms
        return {
            "apiKey": known,
            "authorizedSince": since,
            "connectedSince": now_ms,
            "returnRateLimits": True,
            "serverTime": now_ms,
            "userDataStream": bool(self._listening),
        }

    def _subscribe(self, _: Params) -> object:
        if self._owner is None:
            raise ApiError(-1022, "The session is not logged on; use session.logon first.", status=401)
        return self._listen(self._owner)

    def _subscribe_signed(self, params: Params) -> object:
        return self._listen(self._signed(params))

    def _listen(self, account: Account) -> object:
        if account.key.name in self._listening.values():
            raise ApiError(-2035, "Already subscribed to the user data stream.")
        number = self._next_id
        self._next_id += 1
        self._listening[number] = account.key.name
        return {"subscriptionId": number}

    def _unsubscribe(self, params: Params) -> object:
        wanted = params.get("subscriptionId")
        if wanted is None:
            self._listening.clear()
        elif self._listening.pop(wanted, None) is None:
            raise ApiError(-2036, "User data stream subscription not found.")
        return {}


async def serve_api(request: web.Request, engine: ApiEngine) -> web.StreamResponse:
    """Answer a handshake of the WebSocket API and serve it until it ends."""
    address = request.remote or ""
    try:
        engine.charge(SPOT, address, CONNECTION_WEIGHT)
    except ApiError as error:
        return web.json_response(error.body(), status=error.status)
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    outbox: asyncio.Queue[bytes] = asyncio.Queue()
    session = ApiSession(engine, address, lambda message: outbox.put_nowait(encoded(message)))

    async def close(code: int) -> None:
        await socket.close(code=code)

    connection = engine.connections.add(SPOT, address, request.path, engine.clock.now_ms(), close)
    engine.accounts.listeners.append(session.changed)
    sender = asyncio.create_task(_send_all(socket, outbox))
    try:
        await _listen_to(socket, session, outbox)
    finally:
        sender.cancel()
        engine.accounts.listeners.remove(session.changed)
        engine.connections.remove(connection)
    return socket


async def _listen_to(
    socket: web.WebSocketResponse, session: ApiSession, outbox: "asyncio.Queue[bytes]"
) -> None:
    """Requests cost weight; there is no limit of messages a second, as the market streams have one."""
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            outbox.put_nowait(encoded(session.answer(message.data)))


async def _send_all(socket: web.WebSocketResponse, outbox: "asyncio.Queue[bytes]") -> None:
    while not socket.closed:
        await socket.send_str((await outbox.get()).decode())


def _request(text: str) -> Params:
    try:
        request = json.loads(text)
    except json.JSONDecodeError as error:
        raise ApiError(-1135, "JSON Request is invalid.") from error
    if not isinstance(request, dict):
        raise ApiError(-1135, "JSON Request is invalid; expected an object.")
    return request


def _moment(timestamp: object) -> int | None:
    return in_milliseconds(timestamp) if isinstance(timestamp, int) else None


def _limits(used: int) -> list[dict[str, object]]:
    return [
        {
            "rateLimitType": "REQUEST_WEIGHT",
            "interval": "MINUTE",
            "intervalNum": 1,
            "limit": WEIGHT_LIMIT,
            "count": used,
        }
    ]
