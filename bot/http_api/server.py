"""Routes and the listening socket of the HTTP API."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from analysis.framework.module import module_by
from analysis.framework.question import PATIENCE
from bot.http_api.access import access_middleware, is_loopback
from bot.http_api.account_shape import account_answer
from bot.http_api.composite_routes import CompositeRoutes
from bot.http_api.connections import BoundedRunner, ConnectionLimits
from bot.http_api.dependencies import ApiDependencies
from bot.http_api.docs_page import docs_page
from bot.http_api.openapi import openapi_document
from bot.http_api.problems import NO_SNIFF, Problem
from bot.http_api.replies import PRIVATE, json_reply
from bot.http_api.shapes import analysis_answer
from bot.metrics.registry import Metrics
from composite.declared import SCORES
from utils.clock import Clock
from utils.http.errors import Misconfigured

SHUTDOWN_S = 1.0


def build_app(dependencies: ApiDependencies) -> web.Application:
    """Return the application; its routes and its OpenAPI document come from the command registry."""
    metrics = dependencies.metrics
    guard = access_middleware(dependencies.access, dependencies.questions)
    counting = _counting(metrics, dependencies.access.clock)
    app = web.Application(middlewares=[counting, guard, _in_one_configuration(dependencies)])
    routes = _Routes(dependencies)
    app.on_response_prepare.append(_without_sniffing)
    app.router.add_get("/", routes.root)
    app.router.add_get("/healthz", routes.health)
    app.router.add_get("/readyz", routes.ready)
    app.router.add_get("/metrics", routes.metrics)
    app.router.add_get("/openapi.json", routes.openapi)
    app.router.add_get("/docs", routes.docs)
    app.router.add_get("/analysis/{module}", routes.analysis)
    composites = CompositeRoutes(dependencies)
    app.router.add_get("/composite/{name}", composites.score)
    app.router.add_get("/composite/{name}/record", composites.record)
    app.router.add_get("/composite/{name}/ranking", composites.ranking)
    metrics.expect_routes(resource.canonical for resource in app.router.resources())
    return app


class HttpServer:
    """The API listening on one address."""

    def __init__(
        self,
        app: web.Application,
        host: str,
        port: int,
        *,
        clock: Clock,
        limits: ConnectionLimits | None = None,
    ) -> None:
        self._runner = BoundedRunner(app, clock, limits or ConnectionLimits(), SHUTDOWN_S)
        self._host = host
        self._port = port

    @property
    def url(self) -> str:
        """The address it listens on."""
        host, port = self._runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def open(self) -> None:
        """Listen; `Misconfigured` if the address is not available."""
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
        """Stop listening; requests under way may take a second more."""
        await self._runner.cleanup()


def needs_token(host: str, token: str | None) -> bool:
    """Return whether requests need a token: beyond loopback. `Misconfigured` if they do and there is none."""
    if is_loopback(host):
        return False
    if token is None:
        raise Misconfigured(
            "http",
            f"refusing to listen on {host} without a token",
            what_to_do="set HTTP_TOKEN, or bind HTTP_BIND to 127.0.0.1",
        )
    return True


async def _without_sniffing(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(NO_SNIFF)


def _counting(metrics: Metrics, clock: Clock) -> Middleware:
    """Return the outermost handler, which counts every request that is answered."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        began_s = clock.monotonic()
        response = await handler(request)
        resource = request.match_info.route.resource
        route = None if resource is None else resource.canonical
        metrics.note_request(route, response.status, clock.monotonic() - began_s)
        return response

    return count


def _in_one_configuration(dependencies: ApiDependencies) -> Middleware:
    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        with dependencies.scope():
            return await handler(request)

    return answer


class _Routes:
    def __init__(self, dependencies: ApiDependencies) -> None:
        self._dependencies = dependencies
        self._document = openapi_document(dependencies.modules, SCORES, dependencies.version)
        self._page = docs_page(self._document)

    async def root(self, _: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/docs"})

    async def health(self, _: web.Request) -> web.Response:
        return json_reply({"status": "ok", "version": self._dependencies.version})

    async def ready(self, _: web.Request) -> web.Response:
        checks = self._dependencies.readiness()
        ready = all(why is None for why in checks.values())
        shown = {name: why or "ok" for name, why in checks.items()}
        return json_reply({"ready": ready, "checks": shown}, status=200 if ready else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        body, content_type = self._dependencies.metrics.exposition(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def openapi(self, _: web.Request) -> web.Response:
        return json_reply(self._document)

    async def docs(self, _: web.Request) -> web.Response:
        return web.Response(text=self._page, content_type="text/html")

    async def analysis(self, request: web.Request) -> web.Response:
        dependencies, module_id = self._dependencies, request.match_info["module"]
        if module_id not in dependencies.registry.module_ids:
            known = ", ".join(dependencies.registry.module_ids)
            raise Problem(404, f"no such analysis; known are {known}", parameter="module")
        module = module_by(module_id, dependencies.modules)
        query = await dependencies.asked(request, module.basket)
        analysis = await dependencies.runner.run(
            module_id, query.request, other_timeframes=True, cost=True, patience=PATIENCE
        )
        answer = analysis_answer(analysis, query.notes)
        if not dependencies.access.is_owner(request) or not module.account:
            return json_reply(answer)
        account = await dependencies.read_account(query.request)
        return json_reply(answer | account_answer(account), headers=PRIVATE)
