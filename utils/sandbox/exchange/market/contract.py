"""What the REST and stream sides may ask of a market, be it simulated or replayed."""

from dataclasses import dataclass
from typing import Protocol

from utils.sandbox.exchange.market.bars import Bars, Column
from utils.sandbox.exchange.market.book import BookSnapshot, Tops
from utils.sandbox.exchange.market.funding import Settlement
from utils.sandbox.exchange.market.intervals import DAY_MS, IntArray, Interval
from utils.sandbox.exchange.market.options import OptionChain
from utils.sandbox.exchange.market.trades import Trades

TRADING = "TRADING"
HALT = "HALT"

LAST = "last"
MARK = "mark"
INDEX = "index"
PREMIUM = "premium"


class UnknownSymbolError(Exception):
    """The market does not list the symbol."""


class NotRecordedError(Exception):
    """A replay has no recording of what was asked."""


@dataclass(frozen=True, slots=True)
class Digits:
    """Decimals of price, quantity and turnover in a symbol's natural precision."""

    price: int
    quantity: int

    @property
    def quote(self) -> int:
        """Decimals of price times quantity."""
        return self.price + self.quantity


@dataclass(frozen=True, slots=True)
class Listing:
    """A symbol as `exchangeInfo` shows it."""

    symbol: str
    base: str
    quote: str
    status: str
    digits: Digits
    onboard_ms: int


@dataclass(frozen=True, slots=True)
class Window:
    """Which bars are wanted: the paging rule of klines (UTC ms; `shift_ms` moves days into a time zone)."""

    interval: Interval
    limit: int
    start_ms: int | None = None
    end_ms: int | None = None
    shift_ms: int = 0

    def bounds(self, earliest_ms: int, now_ms: int) -> tuple[int, int]:
        """First and last open time; nothing is wanted when the first lies after the last.

        No time: newest rows. Only start: oldest rows from it. Only end: newest rows up to it. Both: like start,
        stopped at the end. Source: spec/binance.md, section 3.
        """
        interval, shift = self.interval, self.shift_ms
        end_ms = now_ms if self.end_ms is None else min(self.end_ms, now_ms)
        last = interval.open_of(end_ms, shift)
        earliest = interval.open_of(earliest_ms, shift)
        if self.start_ms is None:
            return max(earliest, interval.step(last, 1 - self.limit, shift)), last
        first = max(interval.first_from(self.start_ms, shift), earliest)
        return first, min(last, interval.step(first, self.limit - 1, shift))


@dataclass(frozen=True, slots=True)
class TradeQuery:
    """Which trades are wanted; `from_id` excludes times."""

    limit: int
    from_id: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class DayStatistics:
    """A rolling window: one bar with its times, the trade ids at its ends and the last trade's quantity."""

    bar: Bars
    open_ms: int
    close_ms: int
    first_id: int
    last_id: int
    last_lots: float
    previous_close: float


@dataclass(frozen=True, slots=True)
class PremiumState:
    """What `premiumIndex` tells: prices in USDT, the running rate of the coming settlement and its time."""

    mark: float
    index: float
    funding_rate: float
    next_funding_ms: int


@dataclass(frozen=True, slots=True)
class Liquidation:
    """A forced order: UTC ms, whether it sells (a long is liquidated), contracts, bankruptcy and average price."""

    time_ms: int
    sells: bool
    contracts: float
    price: float
    average: float


@dataclass(frozen=True, slots=True)
class Positioning:
    """A month in steps of five minutes: moments (UTC ms), open interest in contracts and in USDT, and the shares of
    longs among all accounts, among the largest accounts, and in the largest accounts' positions. `supply` is how many
    coins there are, 0 where nobody knows."""

    time: IntArray
    held: Column
    value: Column
    accounts: Column
    top_accounts: Column
    top_positions: Column
    supply: float = 0.0


class Market(Protocol):
    """A source of everything the exchange answers. All times are UTC ms; nothing after `now_ms` is told.

    Numbers in bars, trades and books are whole ticks and lots (int64) in a simulated market and plain numbers
    (float64) in a replay. Every method raises `UnknownSymbolError` or `NotRecordedError` where it applies.
    """

    @property
    def mode(self) -> str:
        """`simulated` or `replay`."""
        ...

    def clock_stepped(self, now_ms: int) -> None:
        """The moment that is asked for next; called before every question."""
        ...

    def listings(self, kind: str, now_ms: int) -> list[Listing]:
        """The listed symbols of `spot` or `futures`."""
        ...

    def bars(self, kind: str, symbol: str, series: str, window: Window, now_ms: int) -> Bars:
        """Bars of the last, mark, index or premium price; the last one may be unfinished."""
        ...

    def trades(self, kind: str, symbol: str, query: TradeQuery, now_ms: int) -> Trades:
        """Trades in ascending order."""
        ...

    def day(self, kind: str, symbol: str, now_ms: int, span_ms: int = DAY_MS) -> DayStatistics:
        """The rolling 24 hours, or another window."""
        ...

    def book(self, kind: str, symbol: str, levels: int, now_ms: int) -> BookSnapshot:
        """The order book."""
        ...

    def tops(self, kind: str, symbol: str, moments: list[int]) -> Tops:
        """The best bid and ask at ascending moments."""
        ...

    def premium(self, symbol: str, now_ms: int) -> PremiumState:
        """Mark, index and running funding of a perpetual."""
        ...

    def funding(self, symbol: str, now_ms: int) -> list[Settlement]:
        """All settlements so far, ascending."""
        ...

    def funding_hours(self, symbol: str) -> int:
        """Hours between settlements."""
        ...

    def open_interest(self, symbol: str, now_ms: int) -> float:
        """Open interest in units of the contract."""
        ...

    def positioning(self, symbol: str, now_ms: int) -> Positioning:
        """Open interest and long/short ratios of the last month."""
        ...

    def liquidations(self, symbol: str, after_ms: int, to_ms: int) -> list[Liquidation]:
        """Forced orders with `after_ms < time <= to_ms`, ascending."""
        ...

    def options(self, base: str, now_ms: int) -> OptionChain:
        """All options on a coin. Raises `UnknownSymbolError` for a coin that has none."""
        ...

    def volatility_index(self, base: str, from_ms: int, to_ms: int, now_ms: int) -> dict[int, float]:
        """The 30-day volatility at the money of each hour that begins in `from_ms <= t < to_ms`, as a fraction.

        Hours later than `now_ms` are left out. Raises `UnknownSymbolError` for a coin that has no options.
        """
        ...
