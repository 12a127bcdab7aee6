"""All on-chain providers behind one port: `/coinmetrics/…`, `/farside/…` and so on are their addresses."""

from collections import Counter

from aiohttp import web

from utils.sandbox.exchange.market.contract import UnknownSymbolError
from utils.sandbox.exchange.rest.faulty import Trouble
from utils.sandbox.exchange.rest.odd_bodies import sent
from utils.sandbox.exchange.server import ExchangeSandbox
from utils.sandbox.onchain.providers import LIMITS, PROVIDERS, Call, RefusalError, body_of, refused
from utils.sandbox.provider_server import ProviderSandbox

UNKNOWN = "unknown"


class OnchainSandbox(ProviderSandbox):
    """Answers about chains that follow the prices of `exchange`; see `ProviderSandbox`.

    Addresses are `{url}/{provider}`; `addresses` lists them.
    """

    def __init__(self, exchange: ExchangeSandbox, bind: str = "127.0.0.1:0") -> None:
        super().__init__(tuple(PROVIDERS), exchange, bind)

    @property
    def addresses(self) -> dict[str, str]:
        """The address of each provider by its name."""
        return {name: f"{self.url}/{name}" for name in PROVIDERS}

    def _furnish(self) -> None:
        super()._furnish()
        self._asked: Counter[tuple[str, str, int]] = Counter()

    def name_of(self, request: web.Request) -> str:
        """The first part of the path."""
        name = request.path.split("/", 2)[1]
        return name if name in PROVIDERS else UNKNOWN

    async def respond(self, request: web.Request, trouble: Trouble) -> web.StreamResponse:
        """The provider's answer, or its refusal."""
        name = self.name_of(request)
        ordered = trouble.ordered_answer()
        if ordered is not None:
            return ordered
        try:
            reply = [] if trouble.has("empty_page") else await self._reply(name, request, trouble)
        except RefusalError as error:
            return refused(error)
        body, kind, etag = body_of(trouble.decorated(reply))
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        oddly = await sent(request, body, trouble, self.exchange.pause)
        return oddly or web.Response(body=body, content_type=kind, headers={"ETag": etag})

    async def _reply(self, name: str, request: web.Request, trouble: Trouble) -> object:
        provider = PROVIDERS.get(name)
        if provider is None or request.method != "GET":
            raise RefusalError(404, {"message": "Not Found"})
        condition, now_ms = self.condition(name), self.clock.now_ms()
        if trouble.has("maintenance") or not condition.up:
            raise RefusalError(503, {"message": "Service Unavailable"})
        self._count(name, request.remote or "", now_ms)
        path = request.path.removeprefix(f"/{name}")
        exchange = self.exchange
        call = Call(
            path, dict(request.query), request.headers, exchange.market, exchange.seed, now_ms, condition
        )

        def ask() -> object:
            exchange.market.clock_stepped(now_ms)
            return provider(call)

        try:
            return await exchange.on_worker(ask)
        except UnknownSymbolError as error:
            raise RefusalError(404, {"message": "no such coin"}) from error

    def _count(self, name: str, address: str, now_ms: int) -> None:
        most, window_ms = LIMITS.get(name, (0, 1))
        key = (name, address, now_ms // window_ms)
        self._asked[key] += 1
        if most and self._asked[key] > most:
            raise RefusalError(429, {"error": "too many requests"})
