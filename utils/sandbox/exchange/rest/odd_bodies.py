"""Answers that are well-formed and wrong: odd fields, impossible bars, empty pages, too large or too slow bodies."""

import zlib
from collections.abc import Mapping

from aiohttp import web

from utils.sandbox.exchange.rest.faulty import Pause, Trouble, hang_up

OPEN, HIGH, LOW, CLOSE = 1, 2, 3, 4
"""Columns of a kline."""
MEGABYTE = 1024 * 1024
DEFAULT_HUGE_MB = 64
DEFAULT_DRIP_MS = 1_000
GZIP = 16 + zlib.MAX_WBITS


def spoiled(answer: object, trouble: Trouble) -> object:
    """The answer after `odd_field`, `empty_page`, `high_low_swapped` and `zero_price`, which hit the middle bar."""
    if trouble.has("odd_field"):
        answer = _with_odd_field(answer, trouble.faults["odd_field"])
    if not isinstance(answer, list):
        return answer
    if trouble.has("empty_page"):
        return []
    middle = len(answer) // 2
    if not answer or not _is_bar(answer[middle]):
        return answer
    return [_wrong(row, trouble) if number == middle else row for number, row in enumerate(answer)]


async def sent(
    request: web.Request, body: bytes, trouble: Trouble, pause: Pause
) -> web.StreamResponse | None:
    """Send the body as `truncate`, `huge` or `drip` want it; `None` when none of them was ordered."""
    if trouble.has("truncate"):
        return await _cut(request, body, trouble)
    if trouble.has("huge"):
        packed = _padded(body, trouble.number("huge", "mb", DEFAULT_HUGE_MB))
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        return web.Response(body=packed, headers=headers)
    return await _drip(request, body, trouble, pause) if trouble.has("drip") else None


async def _cut(request: web.Request, body: bytes, trouble: Trouble) -> web.StreamResponse:
    """Promise the whole body, send `bytes` of it and hang up."""
    response = await _begun(request, body)
    await response.write(body[: trouble.number("truncate", "bytes", len(body) // 2)])
    hang_up(request)
    return response


async def _drip(request: web.Request, body: bytes, trouble: Trouble, pause: Pause) -> web.StreamResponse:
    """Send a byte every `ms`."""
    response = await _begun(request, body)
    wait_s = trouble.number("drip", "ms", DEFAULT_DRIP_MS) / 1000
    for place in range(len(body)):
        await response.write(body[place : place + 1])
        await pause(wait_s)
    return response


async def _begun(request: web.Request, body: bytes) -> web.StreamResponse:
    headers = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    return response


def _padded(body: bytes, megabytes: int) -> bytes:
    """The body behind as many megabytes of blanks, compressed."""
    packer = zlib.compressobj(wbits=GZIP)
    blanks = b" " * MEGABYTE
    parts = [packer.compress(blanks) for _ in range(megabytes)]
    return b"".join([*parts, packer.compress(body), packer.flush()])


def _with_odd_field(answer: object, wanted: Mapping[str, object]) -> object:
    """One field of the rows of one symbol replaced, in the answer or in the lists of its fields."""
    if isinstance(answer, list):
        return [_with_odd_field(row, wanted) for row in answer]
    if not isinstance(answer, dict):
        return answer
    if answer.get("symbol") == wanted.get("symbol"):
        return answer | {str(wanted.get("field")): wanted.get("value")}
    return {k: _with_odd_field(v, wanted) if isinstance(v, list) else v for k, v in answer.items()}


def _is_bar(row: object) -> bool:
    return isinstance(row, list) and len(row) > CLOSE and isinstance(row[CLOSE], str)


def _wrong(row: list[object], trouble: Trouble) -> list[object]:
    bar = list(row)
    if trouble.has("high_low_swapped"):
        bar[HIGH], bar[LOW] = bar[LOW], bar[HIGH]
    if trouble.has("zero_price"):
        bar[OPEN] = bar[HIGH] = bar[LOW] = bar[CLOSE] = "0.00000000"
    return bar
