"""The exchange's error replies, classified by HTTP status and by its own error code.

SourceError
├── Retryable       408, 5xx, -1000 -1001 -1006 -1007 -1008 (transient); 429, -1003 (with the wait)
├── Unavailable     418 (banned until), 403 (firewall), 451, -5009 (restricted location), -1016 -1020 (retired), 3xx
│   └── ClockSkewed    -1021: the timestamp is off; retried once after measuring exchange time
├── Rejected        400 and the parameter codes -1100 … -1130, -1139, -1151, -1194, -1220, -4021, -4104, …
│   └── SymbolProblem  (utils/binance_api/symbols.py) a text that names no tradable symbol
└── Misconfigured   401, -1022 -1099 -2014 -2015 -4109 (key), 404, 410, 202 without a body (address)

An error may also come with status 200 and a negative ``code``. Status 429, 418 and 403 block all calls to the host.
Source: Binance spot and USD-M error-code pages and their limits sections.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError, Unavailable
from utils.http.transport import Reply, is_answer
from utils.units import MINUTE_MS

BAN_MS: Final = 2 * MINUTE_MS
"""Assumed length of a ban (418) that the reply does not state; bans grow from two minutes to three days."""
LONGEST_BAN_MS: Final = 3 * 24 * 60 * MINUTE_MS
FIREWALL_MS: Final = 5 * MINUTE_MS
"""Pause of all calls to a host after a 403 of its firewall (documented as "minutes", without a figure)."""
ERROR_BODY_BYTES: Final = 4096
"""Error bodies are short; longer bodies are data and are not searched for an error code."""
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
MESSAGE_CHARS: Final = 200

TOO_MANY: Final = -1003
TRANSIENT_CODES: Final = frozenset({-1000, -1001, -1006, -1007, -1008})
RETIRED_CODES: Final = frozenset({-1016, -1020})
RESTRICTED_CODES: Final = frozenset({-5009})
CLOCK_CODE: Final = -1021
KEY_CODES: Final[Mapping[int, str]] = {
    -1022: "check that BINANCE_API_SECRET is the secret or private key of this very BINANCE_API_KEY",
    -1099: "check that the API key exists in this environment and may read what is asked",
    -2014: "BINANCE_API_KEY is not of the form the exchange gives out; copy it again",
    -2015: (
        "check in the exchange's API management that the key exists, may read (for futures: with futures enabled), "
        "that this address is on its list, and that it belongs to the configured environment"
    ),
    -4109: "the futures account is inactive; transfer any amount into it",
}
REFUSED_PARAMETER: Final[Mapping[int, str]] = {
    -1023: "startTime",
    -1120: "interval",
    -1121: "symbol",
    -1122: "symbolStatus",
    -1127: "startTime",
    -1139: "type",
    -1151: "symbols",
    -1194: "timeUnit",
    -1220: "symbolStatus",
    -4021: "limit",
    -4104: "contractType",
}
_QUOTED: Final = re.compile(r"[Pp]arameter '(\w{1,32})'")
_BANNED_UNTIL: Final = re.compile(r"until (\d{13})")


class ClockSkewed(Unavailable):
    """The exchange rejected the timestamp (-1021): the measured clock offset is wrong."""


class ErrorBody(msgspec.Struct, frozen=True):
    """``{"code": -1121, "msg": "Invalid symbol."}``."""

    code: int = 0
    msg: str = ""


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """The error to raise, and until when (exchange time, ms) calls to the host are blocked."""

    error: SourceError
    blocked_until_ms: int | None = None


_body_decoder = msgspec.json.Decoder(ErrorBody, strict=False)


def error_reply(reply: Reply, source: str, now_ms: int) -> ErrorReply | None:
    """Return the error in a reply, ``None`` if its body is data; ``now_ms`` is exchange time."""
    body = _error_body(reply.body)
    if reply.status in (418, 429) or body.code == TOO_MANY:
        return _throttled(reply, body, source, now_ms)
    if reply.status == 403:
        until = now_ms + FIREWALL_MS
        detail = "the exchange's firewall refuses this address; all calls pause for some minutes"
        return ErrorReply(Unavailable(source, detail, until_ms=until, code=body.code or None), until)
    if reply.status == 451 or body.code in RESTRICTED_CODES:
        detail = "the exchange does not serve the place this bot runs in; run it elsewhere or use a proxy"
        return ErrorReply(Unavailable(source, detail, code=body.code or None))
    if body.code < 0:
        return ErrorReply(_by_code(reply, body, source))
    return None if reply.status == 200 and reply.body else ErrorReply(_by_status(reply, source))


def proves_host(reply: Reply) -> bool:
    """Say whether a reply proves that its host works: no server fault, or one of a service that it does not offer."""
    return is_answer(reply) or _error_body(reply.body).code in RETIRED_CODES


def _error_body(raw: bytes) -> ErrorBody:
    if len(raw) > ERROR_BODY_BYTES or b'"code"' not in raw or not raw.lstrip().startswith(b"{"):
        return ErrorBody()
    try:
        return _body_decoder.decode(raw)
    except msgspec.DecodeError:
        return ErrorBody()  # not an error body; the caller's decoder judges it


def _throttled(reply: Reply, body: ErrorBody, source: str, now_ms: int) -> ErrorReply:
    retry_after = _retry_after_ms(reply.headers)
    named = _BANNED_UNTIL.search(body.msg)
    until = max(now_ms + retry_after if retry_after is not None else 0, int(named[1]) if named else 0)
    banned = reply.status == 418 or named is not None
    if until <= now_ms:
        until = now_ms + BAN_MS if banned else (now_ms // MINUTE_MS + 1) * MINUTE_MS
    until = min(until, now_ms + LONGEST_BAN_MS)
    code = body.code or None
    if banned:
        detail = "the exchange banned this address for too many requests"
        return ErrorReply(Unavailable(source, detail, until_ms=until, code=code), until)
    detail = "the exchange's request limit is reached"
    return ErrorReply(Retryable(source, detail, code=code, retry_after_s=(until - now_ms) / 1000), until)


def _retry_after_s(reply: Reply) -> float | None:
    retry_after = _retry_after_ms(reply.headers)
    return None if retry_after is None else retry_after / 1000


def _retry_after_ms(headers: Mapping[str, str]) -> int | None:
    text = headers.get("Retry-After", "").strip()
    return int(text) * 1000 if text.isascii() and text.isdigit() and len(text) < 10 else None


def _by_code(reply: Reply, body: ErrorBody, source: str) -> SourceError:
    detail = body.msg[:MESSAGE_CHARS] or "no message"
    if body.code in TRANSIENT_CODES:
        return Retryable(source, detail, code=body.code, retry_after_s=_retry_after_s(reply))
    if body.code in RETIRED_CODES:
        return Unavailable(source, f"the exchange retired this service: {detail}", code=body.code)
    if body.code in KEY_CODES:
        return Misconfigured(source, detail, what_to_do=KEY_CODES[body.code], code=body.code)
    if body.code == CLOCK_CODE:
        return ClockSkewed(source, detail, code=body.code)
    quoted = _QUOTED.search(body.msg)
    parameter = REFUSED_PARAMETER.get(body.code) or (quoted[1] if quoted else None)
    return Rejected(source, detail, code=body.code, parameter=parameter)


def _by_status(reply: Reply, source: str) -> SourceError:
    status = reply.status
    detail = f"the exchange answered status {status}"
    if status == 200:
        return Retryable(source, "the answer was empty")
    if status == 408 or status >= 500:
        return Retryable(source, detail, code=status, retry_after_s=_retry_after_s(reply))
    if status == 401:
        todo = "check that BINANCE_API_KEY exists in this environment and that it may read"
        return Misconfigured(source, detail, what_to_do=todo, code=status)
    if status in REDIRECTS:
        detail = (
            f"the exchange answered with a redirect ({status}), which is not followed; check its base address"
        )
        return Unavailable(source, detail, code=status)
    if status in (404, 410) or status < 400:
        todo = "check the configured base address; the path may be retired"
        return Misconfigured(source, detail, what_to_do=todo, code=status)
    return Rejected(source, detail, code=status)
