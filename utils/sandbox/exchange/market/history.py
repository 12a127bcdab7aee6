"""Bars of one price series over any stretch: planned minutes before the tape begins, the tape's bars after."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from utils.sandbox.exchange.market.bars import Bars, Column, aggregate, joined
from utils.sandbox.exchange.market.events import CoinEvents
from utils.sandbox.exchange.market.instrument import Instrument
from utils.sandbox.exchange.market.intervals import HOUR, MINUTE_MS
from utils.sandbox.exchange.market.minutes import BLOCK_MINUTES, MinuteBlocks
from utils.sandbox.exchange.market.tape import Tape

BLOCK_MS = BLOCK_MINUTES * MINUTE_MS
Transform = Callable[[Bars], Bars]


class History:
    """Minute and hour bars of an instrument, seen through `transform` (mark, index, premium) when one is given."""

    def __init__(
        self,
        instrument: Instrument,
        blocks: MinuteBlocks,
        tape: Tape,
        events: CoinEvents,
        *,
        genesis_ms: int,
        transform: Transform | None = None,
    ) -> None:
        self._instrument = instrument
        self._blocks = blocks
        self._tape = tape
        self._events = events
        self._genesis_ms = genesis_ms
        self._transform = transform
        self._hours: dict[int, Bars] = {}

    def forget(self) -> None:
        """Make everything anew: the events have changed."""
        self._hours.clear()

    def minutes(self, first_ms: int, last_ms: int) -> Bars:
        """One-minute bars opening in [first, last], of what happened up to `last_ms`."""
        return self._stretch(first_ms, last_ms, self._block_minutes, lambda bars: bars)

    def hours(self, first_ms: int, last_ms: int) -> Bars:
        """One-hour bars opening in [first, last] (`first_ms` a full hour), of what happened up to `last_ms`."""
        return self._stretch(first_ms, last_ms, self._block_hours, lambda bars: aggregate(bars, HOUR))

    def _stretch(
        self, first_ms: int, last_ms: int, block_bars: Callable[[int], Bars], coarsen: Transform
    ) -> Bars:
        border = self._tape.from_ms
        parts = []
        if first_ms < border:
            last_planned = min(last_ms, border - 1)
            blocks = range(self._block_of(first_ms), self._block_of(last_planned) + 1)
            parts += [block_bars(block).between(first_ms, last_planned) for block in blocks]
        if last_ms >= border:
            live = self._tape.minute_bars(max(first_ms, border), last_ms)
            parts.append(coarsen(self._seen(live)))
        return joined(parts)

    def _block_of(self, time_ms: int) -> int:
        return max(0, (time_ms - self._genesis_ms) // BLOCK_MS)

    def _block_minutes(self, block: int) -> Bars:
        return self._seen(shifted(self._blocks.bars(self._instrument, block), self._events))

    def _block_hours(self, block: int) -> Bars:
        if block not in self._hours:
            self._hours[block] = aggregate(self._block_minutes(block), HOUR)
        return self._hours[block]

    def _seen(self, bars: Bars) -> Bars:
        return bars if self._transform is None else self._transform(bars)


def shifted(bars: Bars, events: CoinEvents) -> Bars:
    """Bars after the ordered events: prices moved by jumps, halted minutes gone."""
    if events.is_empty():
        return bars
    factor = np.exp(events.shift(bars.open_time))

    def scaled(column: Column) -> Column:
        return np.asarray(np.rint(column * factor).astype(np.int64))

    moved = replace(
        bars,
        open=scaled(bars.open),
        high=scaled(bars.high),
        low=scaled(bars.low),
        close=scaled(bars.close),
        quote=scaled(bars.quote),
        taker_quote=scaled(bars.taker_quote),
    )
    return moved.part(events.traded(bars.open_time))
