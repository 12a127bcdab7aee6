"""A loopback exchange that checks keys, signatures and timestamps as the real one does."""

import hashlib
import hmac
from typing import Any

from aiohttp import web

from tests.binance_api.exchange import Exchange
from tests.support.clock import FakeClock

KEY = "readonly" * 8
SECRET = "neverlog" * 8
RECV_WINDOW_MS = 5000
AHEAD_MS = 1000


class SignedExchange(Exchange):
    """Answers ``bodies`` on private paths to whoever signs; ``refused`` are the codes it refused with."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.refused: list[int] = []
        self.methods: list[tuple[str, str]] = []
        self.signed: list[dict[str, str]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.methods.append((request.method, request.path))
        fault = (
            self._fault(request)
            if request.headers.get("X-MBX-APIKEY") or "signature" in request.query
            else None
        )
        if fault is not None:
            status, code, msg = fault
            self.refused.append(code)
            return web.json_response({"code": code, "msg": msg}, status=status)
        if "signature" in request.query:
            self.signed.append(dict(request.query))
        return await super().handle(request)

    def _fault(self, request: web.Request) -> tuple[int, int, str] | None:
        key = request.headers.get("X-MBX-APIKEY", "")
        if len(key) != len(KEY):
            return 401, -2014, "API-key format invalid."
        if key != KEY:
            return 401, -2015, "Invalid API-key, IP, or permissions for action."
        if "signature" not in request.query:
            return None
        payload, _, signature = request.rel_url.raw_query_string.rpartition("&signature=")
        now = self.clock.now_ms() + self.skew_ms
        told = int(request.query["timestamp"])
        if told >= now + AHEAD_MS or now - told > RECV_WINDOW_MS:
            return 400, -1021, "Timestamp for this request is outside of the recvWindow."
        wanted = hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()
        return None if hmac.compare_digest(wanted, signature) else (400, -1022, "Signature is not valid.")

    def answer(self, path: str, body: Any) -> None:
        self.bodies[path] = body
