"""Live ticks for the stream modules: what is followed of a symbol now, and why a part of it cannot be used.

The first question about a symbol opens its streams and is answered at once: trades from REST before the stream, the
book from one REST snapshot until the kept one is in sync. The streams stay open for a configured time after a
question. The parts are ``trades``, ``quotes`` (best bid and ask) and ``book``.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from analysis.framework.question import Instrument, Sources, SourceStamp
from analysis.framework.reasons import Message, Reason
from analysis.sources.bars import market_face
from analysis.sources.degrading import or_reason
from analysis.sources.tick_state import TickState
from utils.binance_api.book.state import BookFault
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.ticks.levels import BookLevels
from utils.binance_api.ticks.live import LiveTick
from utils.binance_api.trades.agg_trades import AggTrades

SNAPSHOT_LEVELS: Final = 1000
LEAST_DELAYS: Final = 20
"""Events whose delay tells of the stream and not of one moment."""
TRADES, QUOTES, BOOK = "trades", "quotes", "book"
WORDS: Final[Mapping[str, str]] = {TRADES: "trades", QUOTES: "quotes", BOOK: "order book"}
"""What each part is called in a reason."""
NOT_KEPT: Final = Reason("no_history", {"what": "order flow"})
"""Why a past moment has none."""
LIVE_FLOW: Final = frozenset({"live_flow", "live_flow_begun", "live_flow_none"})
"""Codes of the note that says how far live flow reaches back."""
_MINUTE_S: Final = 60
_LOST: Final = frozenset({StreamState.DOWN, StreamState.REFUSED, StreamState.STALE, StreamState.LAGGING})


@dataclass(frozen=True, slots=True)
class TickNeeds:
    """Seconds and most rows of trades before the stream, seconds that the streams stay open after a question, and the
    delay or difference of clocks (ms) beyond which live figures are not used."""

    history_s: int = 900
    history_rows: int = 5_000
    keep_s: float = 900.0
    max_delay_ms: int = 2_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TicksNow:
    """What is followed of an instrument as of a moment (UTC ms), to be read at once: ``state`` goes on living.

    ``quotes_s`` seconds of unbroken live quotes, ``trades_s`` seconds of trades with those from REST, ``live_s`` of
    the trade stream alone. ``delay_ms`` are median and 95th percentile from the exchange's stamp to receipt, and
    ``age_ms`` is from the receipt of the newest event to the moment.
    ``missing`` says by part why it cannot be used.
    """

    state: TickState
    as_of: int
    quotes_s: float
    trades_s: float
    live_s: float
    book: BookLevels | None
    delay_ms: tuple[float, float] | None
    missing: Mapping[str, Reason]
    stamps: tuple[SourceStamp, ...]
    age_ms: float | None = None


class Latency(Protocol):
    """How many seconds are known and how late they arrive; see ``TicksNow``."""

    @property
    def quotes_s(self) -> float:
        """Seconds of quotes."""

    @property
    def trades_s(self) -> float:
        """Seconds of trades."""

    @property
    def delay_ms(self) -> tuple[float, float] | None:
        """From the exchange's stamp to receipt."""

    @property
    def age_ms(self) -> float | None:
        """From receipt to the reading."""


def live_notes(ticks: Latency) -> tuple[Message, ...]:
    """Return the notes that say how many seconds of live flow there are, and how late it arrives."""
    lived = _lived(ticks.quotes_s, ticks.trades_s)
    if ticks.delay_ms is None or ticks.age_ms is None:
        return (lived,)
    middle, high = (round(delay) for delay in ticks.delay_ms)
    return (lived, Message("live_delay", {"delay": middle, "p95": high, "age": round(ticks.age_ms)}))


def _lived(quotes_s: float, trades_s: float) -> Message:
    """Say how long quotes and trades reach back (seconds): trades in minutes from one on."""
    live, trades = round(quotes_s), round(trades_s)
    if not live and not trades:
        return Message("live_flow_none")
    if trades < _MINUTE_S:
        return Message("live_flow_begun", {"live": live, "trades": trades})
    return Message("live_flow", {"live": live, "trades": round(trades / _MINUTE_S)})


async def read_ticks(
    sources: Sources, instrument: Instrument, tick_size: float | None, needs: TickNeeds = TickNeeds()
) -> TicksNow:
    """Return what is followed of an instrument now; its streams are opened where they are not open.

    Raises ``Unavailable`` when every place is taken; everything else that fails is a reason.
    """
    live = sources.exchange.ticks(
        instrument.symbol, instrument.market, partial(TickState, tick_size), ttl_s=needs.keep_s
    )
    past, snapshot = await asyncio.gather(
        or_reason(_history(sources, instrument, live, needs)), or_reason(_snapshot(sources, instrument, live))
    )
    if not isinstance(live.sink, TickState):
        raise TypeError(f"{instrument.symbol} is followed by a {type(live.sink).__name__}, not a TickState")
    now, state = live.market_ms(), live.sink
    state.advance(now)
    book = live.levels() or (snapshot if isinstance(snapshot, BookLevels) else None)
    if book is not None and state.depth.due(now):
        state.sample(book, now)
    delays = state.quote_delays if instrument.market == "futures" else state.delayed.delays
    delay = delays.quantiles(0.5, 0.95)
    late = late_reason(delay, needs.max_delay_ms) if delays.count >= LEAST_DELAYS else None
    missing = _missing(live, book, late)
    for part, reading in ((TRADES, past), (BOOK, snapshot)):
        if part in missing and isinstance(reading, Reason):
            missing[part] = reading
    return TicksNow(
        state=state,
        as_of=now,
        quotes_s=_seconds(live.quotes_since_ms, now),
        trades_s=_seconds(live.trades_since_ms, now),
        live_s=_seconds(live.tape.live_since_ms, now),
        book=None if BOOK in missing else book,
        delay_ms=None if delay is None else (delay[0], delay[1]),
        missing=missing,
        stamps=_stamps(live, state, book, now),
        age_ms=None if state.received_ms is None else float(now - state.received_ms),
    )


async def _history(sources: Sources, instrument: Instrument, live: LiveTick, needs: TickNeeds) -> None:
    face, since = market_face(sources, instrument), live.market_ms() - needs.history_s * 1000

    async def read() -> AggTrades:
        return (await face.agg_trades(instrument.symbol, since=since, max_rows=needs.history_rows)).value

    await live.with_history(read, since)


async def _snapshot(sources: Sources, instrument: Instrument, live: LiveTick) -> BookLevels | None:
    """Return a fresh book while the kept one was never in sync; ``None`` where it was."""
    if live.book.counts.applied:
        return None
    answer = await market_face(sources, instrument).depth(instrument.symbol, SNAPSHOT_LEVELS)
    bids, asks = answer.value.bids, answer.value.asks
    complete = len(bids) < SNAPSHOT_LEVELS, len(asks) < SNAPSHOT_LEVELS
    return BookLevels(bids, asks, *complete, answer.as_of, answer.source)


def _missing(live: LiveTick, book: BookLevels | None, late: Reason | None) -> dict[str, Reason]:
    """Return why parts are not used: a lost or lagging stream, clocks apart, a book out of sync.

    What was just read over REST is not late.
    """
    found = {}
    trades_lost = live.tape.live_since_ms is not None and live.tape.state in _LOST
    known = {
        TRADES: live.trades_since_ms is not None and not trades_lost,
        QUOTES: live.quotes_since_ms is not None and live.quotes_state not in _LOST,
    }
    for part, is_known in known.items():
        if not is_known:
            found[part] = Reason("no_live", {"what": WORDS[part]})
        elif late is not None and (part == QUOTES or live.tape.live_since_ms is not None):
            found[part] = late
    if late is not None and live.book.reason is None:
        found[BOOK] = late
    if book is None:
        fault = live.book.reason or BookFault.NO_SNAPSHOT
        found[BOOK] = Reason("book_not_ready", {"why": fault.value})
    return found


def late_reason(delay: tuple[float, ...] | None, max_delay_ms: int) -> Reason | None:
    """Return why live figures are too late, or stamped by clocks too far apart, by their median delay (ms)."""
    if delay is None or abs(delay[0]) <= max_delay_ms:
        return None
    code = "stream_lag" if delay[0] > 0 else "clock_skew"
    return Reason(code, {"seconds": round(abs(delay[0]) / 1000, 1)})


def _seconds(since_ms: int | None, now_ms: int) -> float:
    return 0.0 if since_ms is None else max(0.0, (now_ms - since_ms) / 1000)


def _stamps(live: LiveTick, state: TickState, book: BookLevels | None, now: int) -> tuple[SourceStamp, ...]:
    found = []
    if live.tape.live_since_ms is not None:
        found.append(
            SourceStamp(f"binance.{live.market}.stream.aggTrade", live.tape.tape.last_ms or now, now)
        )
    if live.quotes_since_ms is not None:
        found.append(
            SourceStamp(f"binance.{live.market}.stream.bookTicker", min(state.quoted_ms or now, now), now)
        )
    if book is not None:
        found.append(SourceStamp(book.source, book.time_ms or now, now, len(book.bids) + len(book.asks)))
    return tuple(found)
