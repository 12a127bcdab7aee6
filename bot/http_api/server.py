"""Routes and the listening socket of the HTTP API."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from analysis.account.risk import AccountRisk
from analysis.contract import AnyModule, Request
from analysis.reasons import Reason
from analysis.registry import module_by
from bot.http_api.account_shape import account_answer
from bot.http_api.docs_page import docs_page
from bot.http_api.gate import Gate, gate_middleware
from bot.http_api.openapi import openapi_document
from bot.http_api.problems import Problem
from bot.http_api.question import read_question
from bot.http_api.shapes import analysis_answer
from handlers.ports import AccountPort, AnalysisRunner, SymbolPort
from handlers.registry import Registry
from utils.http.errors import Misconfigured

SHUTDOWN_S = 1.0
PRIVATE = {"Cache-Control": "no-store"}
Readiness = Callable[[], Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the routes use. ``readiness`` names every part and why it is not ready (``None``: it is)."""

    registry: Registry
    runner: AnalysisRunner
    symbols: SymbolPort
    market_now: Callable[[], int]
    quote: Callable[[], str]
    readiness: Readiness
    gate: Gate
    version: str
    account: AccountPort

    @property
    def modules(self) -> tuple[AnyModule, ...]:
        """The modules that have a route."""
        return tuple(spec.module for spec in self.registry.analyses if spec.module is not None)


def build_app(parts: ApiParts) -> web.Application:
    """Return the application; routes and document come from the one command registry."""
    app = web.Application(middlewares=[gate_middleware(parts.gate)])
    routes = _Routes(parts)
    app.router.add_get("/healthz", routes.health)
    app.router.add_get("/readyz", routes.ready)
    app.router.add_get("/openapi.json", routes.openapi)
    app.router.add_get("/docs", routes.docs)
    app.router.add_get("/analysis/{module}", routes.analysis)
    return app


class HttpServer:
    """The API on one address. A bind beyond loopback without a token is refused with `Misconfigured`."""

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        self._host = host
        self._port = port

    @property
    def url(self) -> str:
        """The address it listens on."""
        host, port = self._runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def open(self) -> None:
        """Listen; `Misconfigured` when the address cannot be had."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise Misconfigured(
                "http",
                f"cannot listen on {self._host}:{self._port}: {error.strerror or error}",
                what_to_do="stop what uses the port or set HTTP_BIND to another one",
            ) from error

    async def close(self) -> None:
        """Stop listening; requests under way have a second."""
        await self._runner.cleanup()


def needs_token(host: str, token: str | None) -> bool:
    """Return whether requests must bring the token; `Misconfigured` where they must and there is none."""
    if _is_loopback(host):
        return False
    if token is None:
        raise Misconfigured(
            "http",
            f"refusing to listen on {host} without a token",
            what_to_do="set HTTP_TOKEN, or bind HTTP_BIND to 127.0.0.1",
        )
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Routes:
    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self._document = openapi_document(parts.modules, parts.version)
        self._page = docs_page(self._document)

    async def health(self, _: web.Request) -> web.Response:
        return _json({"status": "ok", "version": self._parts.version})

    async def ready(self, _: web.Request) -> web.Response:
        checks = self._parts.readiness()
        ready = all(why is None for why in checks.values())
        shown = {name: why or "ok" for name, why in checks.items()}
        return _json({"ready": ready, "checks": shown}, status=200 if ready else 503)

    async def openapi(self, _: web.Request) -> web.Response:
        return _json(self._document)

    async def docs(self, _: web.Request) -> web.Response:
        return web.Response(text=self._page, content_type="text/html")

    async def analysis(self, request: web.Request) -> web.Response:
        parts, module_id = self._parts, request.match_info["module"]
        if module_id not in parts.registry.module_ids:
            known = ", ".join(parts.registry.module_ids)
            raise Problem(404, f"no such analysis; known are {known}", parameter="module")
        question = await read_question(
            request.query, parts.symbols, quote=parts.quote(), now_ms=parts.market_now()
        )
        analysis = await parts.runner.run(module_id, question, neighbours=True, cost=True)
        answer = analysis_answer(analysis)
        if not parts.gate.is_owner(request) or not module_by(module_id, parts.modules).account:
            return _json(answer)
        return _json(answer | account_answer(await self._account(question)), headers=PRIVATE)

    async def _account(self, question: Request) -> AccountRisk | Reason:
        """The own account, for a request that was found to be an owner's."""
        if not self._parts.account.available:
            return Reason("no_keys")
        if question.as_of is not None:
            return Reason("no_history", {"what": "the account"})
        return await self._parts.account.read(question.interval)


def _json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    body = msgspec.json.encode(value)
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)
