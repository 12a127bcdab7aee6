"""Opening a socket: the handshake, its refusals, and the life of the socket until it ends."""

import asyncio
from typing import Protocol

from aiohttp import web

from utils.sandbox.control.calls import HIDDEN
from utils.sandbox.exchange.rest.faulty import Trouble
from utils.sandbox.exchange.streams.address import Address, read_address
from utils.sandbox.exchange.streams.api import ApiEngine, serve_api
from utils.sandbox.exchange.streams.faulty import HANDSHAKE_FAULTS
from utils.sandbox.exchange.streams.names import PRIVATE
from utils.sandbox.exchange.streams.rules import RULES
from utils.sandbox.exchange.streams.socket import StreamSocket
from utils.sandbox.exchange.streams.switchboard import Engine, Switchboard

CLOSE_PATIENCE_S = 1.0


class ListeningEngine(Engine, ApiEngine, Protocol):
    """The engine with its table of sockets."""


def wants_socket(request: web.Request) -> bool:
    """Whether a request is a WebSocket handshake."""
    return request.headers.get("Upgrade", "").lower() == "websocket"


async def open_socket(
    request: web.Request, engine: ListeningEngine, board: Switchboard
) -> web.StreamResponse:
    """Answer a handshake and serve the socket until it ends."""
    address = read_address(request.path, request.query)
    remote = request.remote or ""
    status = 404 if address is None else board.door.refusal(remote, board.now_ms()) or 101
    path = shown_path(request.path, address)
    query = dict(request.query)
    engine.calls.record(request.method, path, query, status=status, market=board.kind)
    if address is None or status != 101:
        return web.Response(status=status)
    refusal = _ordered_refusal(request.path, engine, board)
    if refusal is not None:
        return refusal
    if address.is_api:
        return await serve_api(request, engine)
    socket = web.WebSocketResponse(
        autoping=False, autoclose=False, compress=False, timeout=CLOSE_PATIENCE_S, max_msg_size=1 << 20
    )
    await socket.prepare(request)
    await _serve(socket, request, engine, board, address, path)
    return socket


def _ordered_refusal(path: str, engine: ListeningEngine, board: Switchboard) -> web.Response | None:
    """The answer of a fault that turns handshakes away."""
    hit = engine.faults.take(HANDSHAKE_FAULTS, market=board.kind, kind="ws", path=path, method="GET")
    if hit is None:
        return None
    trouble = Trouble(hit.fault)
    if trouble.has("ban"):
        return web.Response(status=418)
    return web.Response(status=503) if trouble.has("maintenance") else trouble.ordered_answer()


async def _serve(
    socket: web.WebSocketResponse,
    request: web.Request,
    engine: ListeningEngine,
    board: Switchboard,
    address: Address,
    path: str,
) -> None:
    transport = request.transport
    if not isinstance(transport, asyncio.Transport):
        return

    async def close(code: int) -> None:
        board.close(listener, code, b"")

    connection = engine.connections.add(board.kind, request.remote or "", path, board.now_ms(), close)
    listener = StreamSocket(socket, transport, connection, address, RULES[board.kind], board)
    board.enter(listener)
    try:
        listener.subscribe(list(address.names))
        await listener.listen()
    finally:
        board.exit(listener)
        engine.connections.remove(connection)
    if not socket.closed:
        await socket.close()


def shown_path(path: str, address: Address | None) -> str:
    """The path without a listen key."""
    if address is None or address.route != PRIVATE or not address.names:
        return path
    return path.removesuffix("/".join(address.names)) + HIDDEN
