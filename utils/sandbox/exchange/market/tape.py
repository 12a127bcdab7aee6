"""The trades of one instrument since a moment, hour by hour, with their ids, and the bars they add up to."""

from collections import OrderedDict

import numpy as np

from utils.sandbox.exchange.market.bars import Bars, joined
from utils.sandbox.exchange.market.events import CoinEvents
from utils.sandbox.exchange.market.instrument import Instrument
from utils.sandbox.exchange.market.intervals import HOUR_MS, MINUTE
from utils.sandbox.exchange.market.minutes import BLOCK_MINUTES, MinuteBlocks, MinutePlan
from utils.sandbox.exchange.market.ticks import make_trades
from utils.sandbox.exchange.market.trades import Trades, bars_of, joined_trades, no_trades

FIRST_TRADE_ID = 1_000_000_001
KEPT_HOURS = 48
HOURS_PER_BLOCK = BLOCK_MINUTES // 60


class Tape:
    """Trades from `from_ms` on (a full hour). Finished hours are kept as bars, the last two days as trades."""

    def __init__(
        self,
        instrument: Instrument,
        blocks: MinuteBlocks,
        events: CoinEvents,
        *,
        seed: int,
        genesis_ms: int,
        from_ms: int,
    ) -> None:
        self._instrument = instrument
        self._blocks = blocks
        self._events = events
        self._seed = seed
        self._genesis_ms = genesis_ms
        self.from_ms = from_ms
        self._first_hour = (from_ms - genesis_ms) // HOUR_MS
        self._first_ids = [FIRST_TRADE_ID]
        self._hours: OrderedDict[int, Trades] = OrderedDict()
        self._finished: dict[int, Bars] = {}
        self._running: tuple[int, int, Bars] | None = None

    def forget(self) -> None:
        """Make all trades anew: the events have changed."""
        self._hours.clear()
        self._finished.clear()
        self._running = None

    def between(self, first_ms: int, last_ms: int) -> Trades:
        """Trades with `first_ms <= time <= last_ms`."""
        hours = range(self._hour_of(max(first_ms, self.from_ms)), self._hour_of(last_ms) + 1)
        return joined_trades([self._hour(hour) for hour in hours]).within(first_ms, last_ms)

    def from_id(self, first_id: int, limit: int, now_ms: int) -> Trades:
        """At most `limit` trades with an id of at least `first_id`."""
        hour, last = self._first_hour, self._hour_of(now_ms)
        while hour < last and self._first_id(hour + 1) <= first_id:
            hour += 1
        found = no_trades()
        while hour <= last and len(found) < limit:
            stretch = self._hour(hour).until(now_ms)
            found = joined_trades([found, stretch.part(stretch.id >= first_id)])
            hour += 1
        return found.part(slice(0, limit))

    def latest(self, limit: int, now_ms: int) -> Trades:
        """The newest `limit` trades."""
        found = no_trades()
        hour = self._hour_of(now_ms)
        while hour >= self._first_hour and len(found) < limit:
            found = joined_trades([self._hour(hour).until(now_ms), found])
            hour -= 1
        return found.part(slice(max(0, len(found) - limit), len(found)))

    def last(self, now_ms: int) -> tuple[int, bool] | None:
        """Price in ticks of the newest trade, and whether its taker sold; `None` without any."""
        for hour in range(self._hour_of(now_ms), self._first_hour - 1, -1):
            trades = self._hour(hour)
            row = int(trades.time.searchsorted(now_ms, side="right")) - 1
            if row >= 0:
                return int(trades.price[row]), bool(trades.buyer_maker[row])
        return None

    def minute_bars(self, first_ms: int, last_ms: int) -> Bars:
        """One-minute bars opening in [first, last], of the trades up to `last_ms` only."""
        hours = range(self._hour_of(max(first_ms, self.from_ms)), self._hour_of(last_ms) + 1)
        bars = joined([self._bars_of_hour(hour, last_ms) for hour in hours])
        return bars.between(first_ms, last_ms)

    def _bars_of_hour(self, hour: int, last_ms: int) -> Bars:
        if hour in self._finished:
            return self._finished[hour]
        trades = self._hour(hour)
        if self._genesis_ms + (hour + 1) * HOUR_MS > last_ms + 1:
            return self._bars_until(hour, trades.until(last_ms))
        self._finished[hour] = bars_of(trades, MINUTE)
        return self._finished[hour]

    def _bars_until(self, hour: int, trades: Trades) -> Bars:
        """The bars of an hour under way; many ask for them between two trades."""
        count = len(trades)
        if self._running is None or self._running[:2] != (hour, count):
            self._running = hour, count, bars_of(trades, MINUTE)
        return self._running[2]

    def _hour_of(self, time_ms: int) -> int:
        return (time_ms - self._genesis_ms) // HOUR_MS

    def _plan(self, hour: int) -> MinutePlan:
        block, inside = divmod(hour, HOURS_PER_BLOCK)
        return self._blocks.plan(self._instrument, block).part(slice(inside * 60, inside * 60 + 60))

    def _first_id(self, hour: int) -> int:
        while len(self._first_ids) <= hour - self._first_hour:
            done = self._first_hour + len(self._first_ids) - 1
            self._first_ids.append(self._first_ids[-1] + int(self._plan(done).trades.sum()))
        return self._first_ids[hour - self._first_hour]

    def _hour(self, hour: int) -> Trades:
        if hour not in self._hours:
            self._hours[hour] = self._make(hour)
            while len(self._hours) > KEPT_HOURS:
                self._hours.popitem(last=False)
        return self._hours[hour]

    def _make(self, hour: int) -> Trades:
        rng = np.random.default_rng([self._seed, 4, *self._instrument.seed_key, hour])
        spread = self._instrument.path.coin.spread_ticks
        raw = make_trades(self._plan(hour), self._genesis_ms + hour * HOUR_MS, spread, rng)
        price = np.maximum(np.rint(raw.price * np.exp(self._events.shift(raw.time))), 1).astype(np.int64)
        ids = self._first_id(hour) + np.arange(len(price))
        trades = Trades(ids, raw.time, price, raw.lots, raw.buyer_maker)
        return trades.part(self._events.traded(raw.time))
