"""One port of the exchange: finds the endpoint, applies faults and limits, answers, and notes the call."""

import asyncio
import json
import re
from collections.abc import Iterable
from concurrent.futures import Executor
from random import Random
from typing import Protocol
from urllib.parse import parse_qsl

from aiohttp import web

from utils.sandbox.control import CallLog, FaultTable, SandboxClock
from utils.sandbox.exchange.account.accounts import Accounts
from utils.sandbox.exchange.market.contract import Market, NotRecordedError, UnknownSymbolError
from utils.sandbox.exchange.market.instrument import SPOT
from utils.sandbox.exchange.rest import errors
from utils.sandbox.exchange.rest.endpoint import Endpoint, Question
from utils.sandbox.exchange.rest.errors import ApiError
from utils.sandbox.exchange.rest.faulty import REST_FAULTS, Pause, Trouble, hang_up
from utils.sandbox.exchange.rest.limits import Limits
from utils.sandbox.exchange.rest.odd_bodies import sent, spoiled
from utils.sandbox.exchange.rest.pages import Page
from utils.sandbox.exchange.rest.params import Params
from utils.sandbox.exchange.rest.security import admitted
from utils.sandbox.exchange.rest.strict import check_parameters
from utils.sandbox.exchange.rest.time_unit import TIME_UNIT_HEADER, in_microseconds, wants_microseconds

API_PATH = re.compile(r"/(?:api|sapi|fapi|dapi|eapi|futures/data)/.*")
"""Where the exchange's own path begins; anything may stand before it."""
RETIRED = {
    "/api/v3/userDataStream": 410,
    "/fapi/v1/allForceOrders": 400,
}
"""Paths that the exchange has withdrawn (spec/binance.md, section 1)."""
JSON_TYPE = "application/json;charset=UTF-8"


class Parts(Protocol):
    """What a front shares with the whole sandbox; a reset replaces the parts."""

    clock: SandboxClock
    faults: FaultTable
    calls: CallLog
    market: Market
    accounts: Accounts
    recorded_books: dict[tuple[str, str], dict[str, object]]
    worker: Executor
    pause: Pause


class Front:
    """The REST side of one market (`spot`, `futures` or `options`)."""

    def __init__(
        self, parts: Parts, kind: str, endpoints: Iterable[Endpoint], limits: Limits, seed: int
    ) -> None:
        self.kind = kind
        self.limits = limits
        self._parts = parts
        self._endpoints = {(endpoint.method, endpoint.path): endpoint for endpoint in endpoints}
        self._chance = Random(seed)
        self._stopping = asyncio.Event()

    def release(self) -> None:
        """Let the requests go that a `half_open` fault holds."""
        self._stopping.set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer any request that is not a control."""
        path = api_path(request.path)
        symbol = request.query.get("symbol") or request.query.get("pair")
        facts = {"market": self.kind, "kind": "rest", "path": path, "method": request.method}
        if symbol is not None:
            facts["symbol"] = symbol
        fault = self._parts.faults.take(REST_FAULTS, **facts)
        trouble = Trouble({} if fault is None else fault.fault)
        await trouble.delay(self._chance, self._parts.pause)
        cost = self._cost(path, request)
        if trouble.has("half_open") or trouble.has("close"):
            return await self._never(request, trouble, path, cost)
        response = await self._respond(request, path, trouble)
        self._note(request, path, cost, response.status)
        return response

    async def _never(
        self, request: web.Request, trouble: Trouble, path: str, cost: int
    ) -> web.StreamResponse:
        self._note(request, path, cost, 0)
        if trouble.has("half_open"):
            await self._stopping.wait()
        hang_up(request)
        return web.Response(status=503)

    async def _respond(self, request: web.Request, path: str, trouble: Trouble) -> web.StreamResponse:
        headers: dict[str, str] = {}
        try:
            headers = self._charge(request, path, trouble)
            refusal = trouble.refusal()
            if refusal is not None:
                raise refusal
            ordered = trouble.ordered_answer()
            if ordered is not None:
                return ordered
            precise = self.kind == SPOT and wants_microseconds(request.headers.get(TIME_UNIT_HEADER))
            body = written(await self._ask(request, path, trouble), trouble, precise=precise)
        except ApiError as error:
            return web.json_response(error.body(), status=error.status, headers=headers | error.headers)
        except NotFoundPage as page:
            return web.Response(status=page.status, text=page.text, content_type="text/html")
        oddly = await sent(request, body, trouble, self._parts.pause)
        if oddly is not None:
            return oddly
        return web.Response(body=body, headers=headers | {"Content-Type": JSON_TYPE})

    def _charge(self, request: web.Request, path: str, trouble: Trouble) -> dict[str, str]:
        """Spend the request's weight; returns the used-weight headers."""
        now_ms, address = self._parts.clock.now_ms(), request.remote or ""
        if trouble.has("ban"):
            self.limits.ban(address, trouble.ban_until(now_ms))
        endpoint = self._endpoints.get((request.method, path))
        bucket = None if endpoint is None else endpoint.bucket
        cost = self._cost(path, request)
        try:
            used = self.limits.charge(address, cost, bucket, now_ms)
        except ApiError as error:
            self._parts.calls.violation(market=self.kind, path=path, status=error.status)
            raise
        honest = endpoint is None or endpoint.honest_header
        told = str(used if honest else cost)
        return {"X-MBX-USED-WEIGHT": told, "X-MBX-USED-WEIGHT-1M": told}

    async def _ask(self, request: web.Request, path: str, trouble: Trouble) -> object:
        endpoint = self._endpoint(request, path)
        now_ms = self._parts.clock.now_ms()
        body = await request.text()
        pairs = [*parse_qsl(body, keep_blank_values=True), *request.query.items()]
        params = Params(dict(pairs), spot=self.kind == SPOT)
        signed = request.rel_url.raw_query_string + body
        accounts = self._parts.accounts
        question = Question(
            market=self._parts.market,
            accounts=accounts,
            account=admitted(endpoint.security, accounts, self.kind, request.headers, signed, params, now_ms),
            kind=self.kind,
            params=params,
            now_ms=now_ms,
            told_ms=now_ms + trouble.skew_ms,
            book_ms=now_ms - trouble.stale_ms,
        )
        if self.kind == SPOT:
            check_parameters(endpoint, pairs)
        recorded = self._parts.recorded_books.get((self.kind, params.text("symbol") or ""))
        if recorded is not None and path.endswith("/depth"):
            return recorded
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._parts.worker, ask_market, endpoint, question)

    def _endpoint(self, request: web.Request, path: str) -> Endpoint:
        endpoint = self._endpoints.get((request.method, path))
        if endpoint is not None:
            return endpoint
        if path in RETIRED:
            raise ApiError(-1016, "This service is no longer available.", status=RETIRED[path])
        if self.kind == SPOT:
            raise NotFoundPage
        raise errors.unknown_path(path, request.method)

    def _cost(self, path: str, request: web.Request) -> int:
        endpoint = self._endpoints.get((request.method, path))
        return 1 if endpoint is None else endpoint.cost(request.query)

    def _note(self, request: web.Request, path: str, cost: int, status: int) -> None:
        symbol = request.query.get("symbol") or request.query.get("pair")
        self._parts.calls.record(
            request.method,
            path,
            dict(request.query),
            weight=cost,
            status=status,
            market=self.kind,
            symbol=symbol,
        )


class NotFoundPage(Exception):
    """Spot's answer to an unknown path: a page, not JSON."""

    status = 404
    text = "<html><body><h2>404 Not found</h2></body></html>"


def written(answer: object, trouble: Trouble, *, precise: bool) -> bytes:
    """The answer as JSON, in microseconds if `precise`, after the faults that change what it says."""
    if isinstance(answer, Page):
        if not precise and not trouble.faults:
            return answer.body
        answer = answer.answer
    answer = spoiled(trouble.decorated(in_microseconds(answer) if precise else answer), trouble)
    return json.dumps(answer, separators=(",", ":")).encode()


def ask_market(endpoint: Endpoint, question: Question) -> object:
    """Run one endpoint on the worker, turning the market's refusals into the exchange's errors."""
    question.market.clock_stepped(question.now_ms)
    try:
        return endpoint.answer(question)
    except UnknownSymbolError as error:
        raise errors.invalid_symbol() from error
    except NotRecordedError as error:
        raise errors.not_recorded(str(error)) from error


def api_path(path: str) -> str:
    """The exchange's own path behind any prefix, or the path itself."""
    found = API_PATH.search(path)
    return path if found is None else found.group()
