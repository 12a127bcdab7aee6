"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Protocol

from aiohttp import web

from utils.sandbox.control import CallLog
from utils.sandbox.telegram.errors import BotApiError
from utils.sandbox.telegram.faults import TelegramFaults, hold_s, refusal_of
from utils.sandbox.telegram.limits import SendLimits
from utils.sandbox.telegram.methods import METHODS, Answer, Call
from utils.sandbox.telegram.older import NO_METHOD, forget
from utils.sandbox.telegram.params import Params, read_params
from utils.sandbox.telegram.world import World

_TOKEN = re.compile(r"[1-9]\d{0,18}:[A-Za-z0-9_-]+")
_UNAUTHORIZED = BotApiError(401, "Unauthorized")


class BotServer(Protocol):
    """What the Bot API needs of its server; read at each request, so a reset may replace the parts."""

    token: str | None
    world: World
    faults: TelegramFaults
    limits: SendLimits
    calls: CallLog
    lacks: frozenset[str]
    stopping: asyncio.Event


class BotApi:
    """Serves one bot. With `server.token` unset every well-formed token is that bot's."""

    def __init__(self, server: BotServer) -> None:
        self._server = server

    def routes(self) -> list[web.RouteDef]:
        """Routes for `app.add_routes`."""
        return [
            web.get("/bot{token}/{method}", self._serve_call),
            web.post("/bot{token}/{method}", self._serve_call),
            web.get("/file/bot{token}/{path:.+}", self._serve_file),
        ]

    async def call(self, method: str, params: Params) -> dict[str, Any]:
        """Run one method and return the answer's body. Raises `BotApiError`."""
        function = METHODS.get(method.lower())
        if function is None:
            raise NO_METHOD
        forget(self._server.lacks, method, params)
        result = await function(Call(params, self._server.world, self._server.limits))
        if isinstance(result, Answer):
            return {"ok": True, "result": result.result, "description": result.description}
        return {"ok": True, "result": result}

    async def _serve_call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params = Params()
        try:
            self._authorize(request)
            params = await read_params(request)
            body, status = await self._faulted(request, method, params), 200
        except BotApiError as refusal:
            body, status = refusal.body(), refusal.code
        self._record(request, method, params, status)
        return web.json_response(body, status=status)

    async def _faulted(self, request: web.Request, method: str, params: Params) -> dict[str, Any]:
        faults = self._server.faults.take_for(method, params)
        if refusal := refusal_of(faults):
            raise refusal
        if "timeout_before" in faults:
            await self._hold(request, faults["timeout_before"])
            raise BotApiError(504, "Gateway Timeout")
        body = await self.call(method, params)
        if "timeout_after" in faults:
            await self._hold(request, faults["timeout_after"])
        return body

    async def _hold(self, request: web.Request, settings: Mapping[str, object]) -> None:
        """Say nothing for a while, then drop the connection without an answer."""
        try:
            async with asyncio.timeout(hold_s(settings)):
                await self._server.stopping.wait()
        except TimeoutError:
            pass
        if request.transport is not None:
            request.transport.close()

    def _authorize(self, request: web.Request) -> None:
        given, wanted = request.match_info["token"], self._server.token
        if given != wanted if wanted is not None else not _TOKEN.fullmatch(given):
            raise _UNAUTHORIZED
        self._server.world.bot.id = int(given.partition(":")[0])  # a token begins with its bot's id

    def _record(self, request: web.Request, method: str, params: Params, status: int) -> None:
        shown = {key: params.text(key) for key in params.values if key != "secret_token"}
        chat = params.text("chat_id") or None
        path = f"/bot***/{method}"
        self._server.calls.record(request.method, path, shown, status=status, market="telegram", symbol=chat)

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        try:
            self._authorize(request)
        except BotApiError as refusal:
            return web.json_response(refusal.body(), status=refusal.code)
        stored = self._server.world.files.by_path(request.match_info["path"])
        if stored is None:
            return web.json_response(BotApiError(404, "Not Found").body(), status=404)
        return web.Response(
            body=await asyncio.to_thread(stored.content), content_type="application/octet-stream"
        )
