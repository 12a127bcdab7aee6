"""Where the parts of the simulated market are made once and kept: paths, instruments, tapes, histories."""

import numpy as np

from utils.sandbox.exchange.market.coins import Coin
from utils.sandbox.exchange.market.contract import INDEX, LAST, MARK, PREMIUM, NotRecordedError
from utils.sandbox.exchange.market.derived import Derived
from utils.sandbox.exchange.market.events import CoinEvents
from utils.sandbox.exchange.market.factor import MINUTES_PER_DAY, FactorPath, FloatArray
from utils.sandbox.exchange.market.history import History
from utils.sandbox.exchange.market.instrument import FUTURES, SPOT, Instrument
from utils.sandbox.exchange.market.intervals import DAY_MS, MINUTE_MS, IntArray
from utils.sandbox.exchange.market.minutes import BLOCK_DAYS, MinuteBlocks
from utils.sandbox.exchange.market.path import CoinPath
from utils.sandbox.exchange.market.tape import Tape

FIRST_CHUNK_DAYS = 73 * BLOCK_DAYS
"""Nearly six years: from the first of January five years ago to about the end of this year."""
AHEAD_MS = 2 * DAY_MS


class Room:
    """Makes the parts of a market on first use; `tape_from_ms` is where single trades begin."""

    def __init__(self, seed: int, genesis_ms: int, tape_from_ms: int) -> None:
        self._seed = seed
        self.genesis_ms = genesis_ms
        self.tape_from_ms = tape_from_ms
        self.factor = FactorPath(seed)
        self._blocks = MinuteBlocks(seed, genesis_ms)
        self._events: dict[str, CoinEvents] = {}
        self._paths: dict[str, CoinPath] = {}
        self._tapes: dict[tuple[str, str], Tape] = {}
        self._histories: dict[tuple[str, str, str], History] = {}

    def cover(self, now_ms: int) -> None:
        """Make the paths long enough for `now_ms`."""
        while self.genesis_ms + len(self.factor.level) // MINUTES_PER_DAY * DAY_MS < now_ms + AHEAD_MS:
            self.factor.grow(BLOCK_DAYS if self.factor.chunk_days else FIRST_CHUNK_DAYS)
            for path in self._paths.values():
                path.catch_up()

    def listed_ms(self, coin: Coin) -> int:
        """When the coin's history begins (UTC ms)."""
        ordered = self.events(coin).listed_ms
        begins = self.genesis_ms + self.instrument(SPOT, coin).path.start_minute * MINUTE_MS
        return begins if ordered is None else max(begins, ordered)

    def events(self, coin: Coin) -> CoinEvents:
        """What has been ordered for a coin; call `forget` after changing it."""
        if coin.base not in self._events:
            self._events[coin.base] = CoinEvents(level=lambda times: self._level_at(coin, times))
        return self._events[coin.base]

    def _level_at(self, coin: Coin, times: IntArray) -> FloatArray:
        """Log price of a coin's path at moments, straight lines between the ends of minutes."""
        minutes = (times - self.genesis_ms) / MINUTE_MS - 1
        whole = np.floor(minutes).astype(np.int64)
        path = self.instrument(SPOT, coin).path
        before, after = path.level(whole), path.level(whole + 1)
        return np.asarray(before + (minutes - whole) * (after - before))

    def instrument(self, kind: str, coin: Coin) -> Instrument:
        """A coin on one market, its path as long as the factor's."""
        if coin.base not in self._paths:
            self._paths[coin.base] = CoinPath(coin, self.factor, self._seed)
            self._paths[coin.base].catch_up()
        return Instrument(kind, self._paths[coin.base])

    def tape(self, kind: str, coin: Coin) -> Tape:
        """The single trades of a coin on one market."""
        key = (coin.base, kind)
        if key not in self._tapes:
            self._tapes[key] = Tape(
                self.instrument(kind, coin),
                self._blocks,
                self.events(coin),
                seed=self._seed,
                genesis_ms=self.genesis_ms,
                from_ms=self.tape_from_ms,
            )
        return self._tapes[key]

    def last_trade(self, kind: str, coin: Coin, now_ms: int) -> tuple[int, bool]:
        """Price in ticks of the newest trade, and whether its taker sold. Raises `NotRecordedError` without any."""
        trade = self.tape(kind, coin).last(now_ms)
        if trade is None:
            raise NotRecordedError(f"{coin.symbol} has not traded since its single trades begin")
        return trade

    def history(self, kind: str, coin: Coin, series: str) -> History:
        """The bars of one price series; every series except the last price is derived from spot."""
        source = kind if series == LAST else SPOT
        key = (coin.base, source, series)
        if key not in self._histories:
            spot = self.instrument(source, coin)
            derived = Derived(spot, self.genesis_ms)
            views = {LAST: None, INDEX: derived.index, MARK: derived.mark, PREMIUM: derived.premium}
            self._histories[key] = History(
                spot,
                self._blocks,
                self.tape(source, coin),
                self.events(coin),
                genesis_ms=self.genesis_ms,
                transform=views[series],
            )
        return self._histories[key]

    def forget(self, coin: Coin) -> None:
        """Make anew what depends on the coin's events."""
        for kind in (SPOT, FUTURES):
            if (coin.base, kind) in self._tapes:
                self._tapes[(coin.base, kind)].forget()
        for key, history in self._histories.items():
            if key[0] == coin.base:
                history.forget()

    def restart_tapes(self, from_ms: int) -> None:
        """Begin single trades at `from_ms`; histories are made anew, as they hold the old tapes."""
        self.tape_from_ms = from_ms
        self._tapes.clear()
        self._histories.clear()
