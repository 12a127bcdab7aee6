"""Deribit as a server of its own, beside the exchange whose market it looks at."""

import json

from aiohttp import web

from utils.sandbox.deribit.answers import METHODS
from utils.sandbox.deribit.rpc import Asked, Credits, RpcError, envelope, method_not_found, under_maintenance
from utils.sandbox.exchange.rest.faulty import Trouble
from utils.sandbox.exchange.rest.odd_bodies import sent
from utils.sandbox.exchange.server import ExchangeSandbox
from utils.sandbox.provider_server import ProviderSandbox

NAME = "deribit"
JSON_TYPE = "application/json"


class DeribitSandbox(ProviderSandbox):
    """Answers about the options of `exchange`; see `ProviderSandbox`."""

    def __init__(self, exchange: ExchangeSandbox, bind: str = "127.0.0.1:0") -> None:
        super().__init__((NAME,), exchange, bind)

    def _furnish(self) -> None:
        super()._furnish()
        self._credits = Credits()

    def name_of(self, request: web.Request) -> str:
        """Deribit, whatever is asked."""
        del request
        return NAME

    async def respond(self, request: web.Request, trouble: Trouble) -> web.StreamResponse:
        """The answer in its envelope, or the refusal."""
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
        oddly = await sent(request, body, trouble, self.exchange.pause)
        return oddly or web.Response(body=body, content_type=JSON_TYPE)

    async def _result(self, request: web.Request, trouble: Trouble, now_ms: int) -> object:
        method = METHODS.get(request.path)
        if method is None or request.method != "GET":
            raise method_not_found()
        condition = self.condition(NAME)
        if trouble.has("maintenance") or not condition.up:
            raise under_maintenance()
        asked = Asked(dict(request.query))
        market, at_ms = self.exchange.market, now_ms - condition.lag_ms

        def ask() -> object:
            market.clock_stepped(now_ms)
            return method(market, asked, at_ms)

        return await self.exchange.on_worker(ask)
