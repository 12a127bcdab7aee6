"""What Deribit's public API sends (JSON-RPC over HTTP), and its errors.

SourceError
├── Retryable       5xx, 10040 10041 10047 11051 13028 13888 (busy, settlement or maintenance), bodies cut short
├── Unavailable     10028 and 429 (too many requests), 401 403 451 (refused here), 3xx, other codes and shapes
├── Rejected        -32602 and other codes of a wrong request
└── Misconfigured   -32601, 404: the address is not Deribit's

Source: docs.deribit.com, public/get_book_summary_by_currency, public/get_volatility_index_data, RPC error codes.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from utils.binance_api.wire import Amount, reads_lists
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError, Unavailable
from utils.http.transport import Reply

TOO_MANY: Final = 10028
PAUSE_S: Final = 60.0
"""Pause of all calls after too many requests: the documentation names no wait, and the session is closed."""
BUSY: Final = frozenset({10040, 10041, 10047, 11051, 13028, 13888})
NO_METHOD: Final = -32601
REFUSING: Final = frozenset({401, 403, 451})
MESSAGE_CHARS: Final = 200


class BookSummary(msgspec.Struct, frozen=True, gc=False):
    """One option of ``get_book_summary_by_currency``.

    Prices are in the coin for options that settle in it (``BTC-5JAN24-45000-C``) and in USDC for linear ones
    (``BTC_USDC-…``), ``None`` or absent without a quote. ``underlying_price`` is the forward of the expiry,
    ``mark_iv`` is in percent, ``open_interest`` and ``volume`` are in coins. ``estimated_delivery_price`` is the index;
    it may be a word such as "expired".
    """

    instrument_name: str
    creation_timestamp: int
    underlying_price: Amount | None = None
    mark_price: Amount | None = None
    mark_iv: Amount | None = None
    bid_price: Amount | None = None
    ask_price: Amount | None = None
    open_interest: Amount | None = None
    volume: Amount | None = None
    estimated_delivery_price: float | str | None = None


class BookSummaries(msgspec.Struct, frozen=True):
    """The answer of ``get_book_summary_by_currency``."""

    result: tuple[BookSummary, ...]


Candle = tuple[int, Amount, Amount, Amount, Amount]
"""Start of the candle (ms), open, high, low and close of the volatility index, in percent."""


class IndexCandles(msgspec.Struct, frozen=True):
    """Candles of the volatility index, and where the next older page ends (ms), ``None`` where there is none."""

    data: tuple[Candle, ...]
    continuation: int | None = None


class IndexAnswer(msgspec.Struct, frozen=True):
    """The answer of ``get_volatility_index_data``."""

    result: IndexCandles


class RpcError(msgspec.Struct, frozen=True):
    """``{"code": 10028, "message": "too_many_requests"}``."""

    code: int
    message: str = ""


class _ErrorBody(msgspec.Struct, frozen=True):
    error: RpcError | None = None


summaries: Final = reads_lists(BookSummaries, result=BookSummary)
candles: Final = msgspec.json.Decoder(IndexAnswer)
_error_body: Final = msgspec.json.Decoder(_ErrorBody)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The error to raise, and for how many seconds calls to the host pause."""

    error: SourceError
    pause_s: float = 0.0


def refusal(reply: Reply, source: str) -> Refusal | None:
    """Return the error in a reply, ``None`` where it holds a result."""
    error = _error_of(reply)
    code = None if error is None else error.code
    if reply.status == 429 or code == TOO_MANY:
        return Refusal(Unavailable(source, "the request limit of Deribit is reached", code=code), PAUSE_S)
    if error is not None:
        return Refusal(_by_code(error, source))
    return None if reply.status == 200 else Refusal(_by_status(reply.status, source))


def _error_of(reply: Reply) -> RpcError | None:
    if b'"error"' not in reply.body:
        return None
    try:
        return _error_body.decode(reply.body).error
    except msgspec.DecodeError:  # no error body: its status, or the decoder of the result, says what is wrong
        return None


def _by_code(error: RpcError, source: str) -> SourceError:
    detail = error.message[:MESSAGE_CHARS] or "no message"
    if error.code in BUSY:
        return Retryable(source, detail, code=error.code)
    if error.code == NO_METHOD:
        return Misconfigured(source, detail, what_to_do="check DERIBIT_URL", code=error.code)
    return Rejected(source, detail, code=error.code)


def _by_status(status: int, source: str) -> SourceError:
    detail = f"Deribit answered status {status}"
    if status == 408 or status >= 500:
        return Retryable(source, detail, code=status)
    if status == 404:
        return Misconfigured(source, detail, what_to_do="check DERIBIT_URL", code=status)
    if status in REFUSING:
        return Unavailable(source, "Deribit refuses this address", code=status)
    return Unavailable(source, detail, code=status)
