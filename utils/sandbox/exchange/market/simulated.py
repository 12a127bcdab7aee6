"""The simulated market: coins on one factor, listed on spot and as perpetuals, told up to any moment."""

from datetime import UTC, datetime

import numpy as np

from utils.sandbox.exchange.market.bars import Bars, aggregate, joined, no_bars, whole
from utils.sandbox.exchange.market.book import BookSnapshot, Tops, snapshot, tops, update_id
from utils.sandbox.exchange.market.coins import FULL_COINS, Coin, light_coins
from utils.sandbox.exchange.market.contract import (
    HALT,
    INDEX,
    LAST,
    TRADING,
    DayStatistics,
    Digits,
    Liquidation,
    Listing,
    NotRecordedError,
    Positioning,
    PremiumState,
    TradeQuery,
    UnknownSymbolError,
    Window,
)
from utils.sandbox.exchange.market.events import CoinEvents
from utils.sandbox.exchange.market.funding import Settlement
from utils.sandbox.exchange.market.holders import Holders
from utils.sandbox.exchange.market.instrument import FUTURES, SPOT
from utils.sandbox.exchange.market.intervals import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, IntArray
from utils.sandbox.exchange.market.options import (
    UNDERLYINGS,
    OptionChain,
    current_vol,
    index_vol,
    make_chain,
    reference_moment,
)
from utils.sandbox.exchange.market.path import LIGHT_DAYS
from utils.sandbox.exchange.market.perpetuals import Perpetuals
from utils.sandbox.exchange.market.room import FIRST_CHUNK_DAYS, Room
from utils.sandbox.exchange.market.tape import Tape
from utils.sandbox.exchange.market.trades import Trades, bars_of, joined_trades

HISTORY_YEARS = 5
LIVE_MS = DAY_MS
MAX_TAPE_MS = 8 * DAY_MS
LIGHT_LEVELS = 100
"""How deep the book of a light coin is: few hold orders further out, and hundreds of them are told at once."""
BOOK_IDS_PER_MS = {SPOT: 1, FUTURES: 3}
"""Futures ids are not contiguous: the chain is `pu`, and the spot rule fails on them (spec/binance.md, section 9)."""
LOOK_BACK_MS = 10 * MINUTE_MS
"""How far one-second bars look back for the price that stands when a second has no trade."""


class SimulatedMarket:
    """Prices drawn from `seed`; the same seed and calendar year of start give the same past.

    `start_ms` (UTC) sets where the past begins (five full years earlier) and where single trades begin (the day
    before). Everything is made on first use. Not thread-safe: one worker asks.
    """

    mode = "simulated"

    def __init__(self, seed: int, start_ms: int, light: int = 0) -> None:
        self.seed = seed
        self.coins: tuple[Coin, ...] = FULL_COINS + light_coins(light, seed)
        year = datetime.fromtimestamp(start_ms / 1000, UTC).year
        self.genesis_ms = int(datetime(year - HISTORY_YEARS, 1, 1, tzinfo=UTC).timestamp() * 1000)
        self.room = Room(seed, self.genesis_ms, tape_start(start_ms))
        self.holders = Holders(self.room, seed)
        self._perpetuals = Perpetuals(self.room)
        self._listings: dict[tuple[str, str, str, int], Listing] = {}
        self._finished_minutes: dict[tuple[str, str], tuple[tuple[int, int], Bars]] = {}
        self._listed = {
            SPOT: {coin.symbol: coin for coin in self.coins},
            FUTURES: {coin.perpetual: coin for coin in self.coins},
        }

    def coin(self, kind: str, symbol: str, now_ms: int) -> Coin:
        """The coin behind a listed symbol. Raises `UnknownSymbolError`."""
        coin = self._listed[kind].get(symbol)
        if coin is None or not self._is_listed(kind, coin, now_ms):
            raise UnknownSymbolError(symbol)
        if now_ms < self.genesis_ms + 2 * LIVE_MS:
            raise NotRecordedError("the clock stands before the simulated past")
        self.room.cover(now_ms)
        return coin

    def events(self, coin: Coin) -> CoinEvents:
        """The coin's events; call `forget` after touching them."""
        return self.room.events(coin)

    def clock_stepped(self, now_ms: int) -> None:
        """Move the beginning of single trades when the clock has jumped out of their reach."""
        if not LIVE_MS <= now_ms - self.room.tape_from_ms <= MAX_TAPE_MS:
            self.room.restart_tapes(tape_start(now_ms))
            self._finished_minutes.clear()

    def listings(self, kind: str, now_ms: int) -> list[Listing]:
        """See `Market`."""
        return [
            self._listing(kind, symbol, coin, now_ms)
            for symbol, coin in self._listed[kind].items()
            if self._is_listed(kind, coin, now_ms)
        ]

    def _is_listed(self, kind: str, coin: Coin, now_ms: int) -> bool:
        events = self.room.events(coin)
        elsewhere = events.spot_only if kind == FUTURES else events.perpetual_only
        return not events.is_delisted(now_ms) and not elsewhere

    def bars(self, kind: str, symbol: str, series: str, window: Window, now_ms: int) -> Bars:
        """See `Market`."""
        coin = self.coin(kind, symbol, now_ms)
        first, last = window.bounds(self.room.listed_ms(coin), now_ms)
        if first > last:
            return no_bars()
        stop = min(window.interval.step(last, 1, window.shift_ms) - 1, now_ms)
        if window.interval.ms == SECOND_MS:
            return seconds(self.room.tape(kind, coin), window, first, stop)
        history = self.room.history(kind, coin, series)
        on_hours = window.interval.ms % HOUR_MS == 0 and window.shift_ms % HOUR_MS == 0
        fine = history.hours(first, stop) if on_hours else history.minutes(first, stop)
        return aggregate(fine, window.interval, window.shift_ms)

    def trades(self, kind: str, symbol: str, query: TradeQuery, now_ms: int) -> Trades:
        """See `Market`; trades exist since the day before the start."""
        tape = self.room.tape(kind, self.coin(kind, symbol, now_ms))
        if query.from_id is not None:
            return tape.from_id(query.from_id, query.limit, now_ms)
        end_ms = now_ms if query.end_ms is None else min(query.end_ms, now_ms)
        if query.start_ms is None:
            return tape.latest(query.limit, end_ms)
        return tape.between(query.start_ms, end_ms).part(slice(0, query.limit))

    def day(self, kind: str, symbol: str, now_ms: int, span_ms: int = DAY_MS) -> DayStatistics:
        """See `Market`; the window begins at a full minute."""
        coin = self.coin(kind, symbol, now_ms)
        first = now_ms // MINUTE_MS * MINUTE_MS - span_ms + MINUTE_MS
        bars = self._minutes_of_day(kind, coin, first - MINUTE_MS, now_ms)
        bar = whole(bars.between(first, now_ms))
        latest = self.room.tape(kind, coin).latest(1, now_ms)
        last_id = int(latest.id[-1]) if len(latest) else 0
        first_id = last_id - int(bar.trades.sum()) + 1
        lots = float(latest.lots[-1]) if len(latest) else 0.0
        previous = float(bars.close[0]) if len(bars) else 0.0
        return DayStatistics(bar, first, now_ms, first_id, last_id, lots, previous)

    def _minutes_of_day(self, kind: str, coin: Coin, first_ms: int, now_ms: int) -> Bars:
        """One-minute bars from `first_ms` on. The finished ones are kept: streams ask for them every second."""
        history, this_minute = self.room.history(kind, coin, LAST), now_ms // MINUTE_MS * MINUTE_MS
        stretch = (first_ms, this_minute)
        kept = self._finished_minutes.get((kind, coin.base))
        if kept is None or kept[0] != stretch:
            kept = stretch, history.minutes(first_ms, this_minute - 1)
            self._finished_minutes[kind, coin.base] = kept
        return joined([kept[1], history.minutes(this_minute, now_ms)])

    def book(self, kind: str, symbol: str, levels: int, now_ms: int) -> BookSnapshot:
        """See `Market`; the last trade stands at the best bid or ask. A light coin's book ends early."""
        coin = self.coin(kind, symbol, now_ms)
        if coin.light:
            levels = min(levels, LIGHT_LEVELS)
        price, sold = self.room.last_trade(kind, coin, now_ms)
        bid = price if sold else max(1, price - coin.spread_ticks)
        return snapshot(
            bid,
            bid + coin.spread_ticks,
            self._lots_at_one(kind, coin) / bid,
            self._book_seed(kind, coin),
            time_ms=now_ms,
            levels=levels,
            ids_per_ms=BOOK_IDS_PER_MS[kind],
        )

    def tops(self, kind: str, symbol: str, moments: list[int]) -> Tops:
        """See `Market`."""
        if len(moments) == 1:
            return self.book(kind, symbol, 1, moments[0]).top
        coin = self.coin(kind, symbol, moments[-1])
        times, spread = np.array(moments, dtype=np.int64), coin.spread_ticks
        bid = self._bids(kind, coin, symbol, times)
        typical = self._lots_at_one(kind, coin) / bid
        bid_lots, ask_lots = tops(bid, bid + spread, typical, self._book_seed(kind, coin), times)
        ids = update_id(times, BOOK_IDS_PER_MS[kind])
        return Tops(times, ids, bid, bid_lots, bid + spread, ask_lots)

    def _bids(self, kind: str, coin: Coin, symbol: str, times: IntArray) -> IntArray:
        """The best bid (ticks) at each moment, in their order: the last trade stands at the best bid or ask."""
        tape, first, last = self.room.tape(kind, coin), int(times[0]), int(times[-1])
        found = tape.latest(1, first)
        if last > first:
            found = joined_trades([found, tape.between(first + 1, last)])
        row = np.searchsorted(found.time, times, side="right") - 1
        if not len(found) or row[0] < 0:
            raise NotRecordedError(f"{symbol} has not traded since its single trades begin")
        price = found.price[row]
        return np.where(found.buyer_maker[row], price, np.maximum(1, price - coin.spread_ticks))

    def _lots_at_one(self, kind: str, coin: Coin) -> float:
        """The usual quantity near the top of the book if the price were one tick; it falls as the price rises."""
        instrument = self.room.instrument(kind, coin)
        per_tick = 10.0 ** (instrument.tick_digits + instrument.lot_digits)
        return 2 * instrument.usd_per_minute * per_tick / instrument.trades_per_minute

    def _book_seed(self, kind: str, coin: Coin) -> int:
        return self.seed * 1_000_003 + 2 * coin.key + (kind == FUTURES)

    def premium(self, symbol: str, now_ms: int) -> PremiumState:
        """See `Market`."""
        return self._perpetuals.premium(self.coin(FUTURES, symbol, now_ms), now_ms)

    def funding(self, symbol: str, now_ms: int) -> list[Settlement]:
        """See `Market`."""
        return self._perpetuals.funding(self.coin(FUTURES, symbol, now_ms), now_ms)

    def funding_hours(self, symbol: str) -> int:
        """See `Market`."""
        return self._perpetuals.hours(self._listed[FUTURES][symbol])

    def open_interest(self, symbol: str, now_ms: int) -> float:
        """See `Market`."""
        return self.holders.open_interest(self.coin(FUTURES, symbol, now_ms), now_ms)

    def positioning(self, symbol: str, now_ms: int) -> Positioning:
        """See `Market`."""
        return self.holders.positioning(self.coin(FUTURES, symbol, now_ms), now_ms)

    def liquidations(self, symbol: str, after_ms: int, to_ms: int) -> list[Liquidation]:
        """See `Market`; none before single trades begin."""
        return self.holders.liquidations(self.coin(FUTURES, symbol, to_ms), after_ms, to_ms)

    def options(self, base: str, now_ms: int) -> OptionChain:
        """See `Market`."""
        if base not in UNDERLYINGS:
            raise UnknownSymbolError(base)
        symbol = f"{base}USDT"
        coin = self.coin(SPOT, symbol, now_ms)
        index = self._perpetuals.premium(coin, now_ms).index
        laid_ms = reference_moment(now_ms)
        opened = self.room.history(SPOT, coin, INDEX).minutes(laid_ms, laid_ms).open
        hour = (now_ms - self.genesis_ms) // HOUR_MS
        vol = current_vol(float(self.room.instrument(SPOT, coin).path.sigma(hour, 1)[0]))
        return make_chain(base, index, float(opened[0]) if len(opened) else index, vol, now_ms)

    def volatility_index(self, base: str, from_ms: int, to_ms: int, now_ms: int) -> dict[int, float]:
        """See `Market`."""
        if base not in UNDERLYINGS:
            raise UnknownSymbolError(base)
        coin = self.coin(SPOT, f"{base}USDT", now_ms)
        first = max(0, -(-(from_ms - self.genesis_ms) // HOUR_MS))
        stop = min(-(-(to_ms - self.genesis_ms) // HOUR_MS), (now_ms - self.genesis_ms) // HOUR_MS + 1)
        sigmas = self.room.instrument(SPOT, coin).path.sigma(first, max(0, stop - first)).tolist()
        return {
            self.genesis_ms + (first + number) * HOUR_MS: index_vol(current_vol(sigma))
            for number, sigma in enumerate(sigmas)
        }

    def forget(self, coin: Coin) -> None:
        """Make anew what depends on the coin's events, after they were changed."""
        self.room.forget(coin)
        for kind in (SPOT, FUTURES):
            self._finished_minutes.pop((kind, coin.base), None)
        self.holders.forget(coin)

    def _listing(self, kind: str, symbol: str, coin: Coin, now_ms: int) -> Listing:
        status = HALT if self.room.events(coin).is_halted(now_ms) else TRADING
        key = (kind, symbol, status, self._onboard_ms(coin))
        if key not in self._listings:
            tick, lot = coin.digits[:2] if kind == SPOT else coin.digits[2:]
            base = symbol.removesuffix("USDT")
            self._listings[key] = Listing(
                symbol, base, "USDT", status, Digits(tick, lot), self._onboard_ms(coin)
            )
        return self._listings[key]

    def _onboard_ms(self, coin: Coin) -> int:
        """Known without drawing the coin's path."""
        late = (FIRST_CHUNK_DAYS - LIGHT_DAYS) * DAY_MS if coin.light else 0
        return max(self.genesis_ms + late, self.room.events(coin).listed_ms or 0)


def tape_start(now_ms: int) -> int:
    """Where single trades begin: the midnight that is at least 24 hours ago."""
    return (now_ms - LIVE_MS) // DAY_MS * DAY_MS


def seconds(tape: Tape, window: Window, first: int, stop: int) -> Bars:
    """One-second bars from single trades; a second without a trade is flat. None before the tape begins."""
    if first < tape.from_ms:
        return no_bars()
    seen = bars_of(tape.between(max(first - LOOK_BACK_MS, tape.from_ms), stop), window.interval)
    grid = np.arange(first, stop + 1, SECOND_MS, dtype=np.int64)
    row = np.searchsorted(seen.open_time, grid, side="right") - 1
    grid, row = grid[row >= 0], row[row >= 0]
    traded = seen.open_time[row] == grid
    flat = seen.close[row]
    columns = [np.where(traded, column[row], flat) for column in seen.columns()[1:4]]
    sums = [np.where(traded, column[row], 0) for column in seen.columns()[5:]]
    return Bars(*[grid, *columns, flat, *sums])
