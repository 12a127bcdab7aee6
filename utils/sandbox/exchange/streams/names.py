"""Stream names: what each one asks for, how often it speaks and on which route (spec/binance.md, sections 4, 7, 8)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from utils.sandbox.exchange.market.instrument import FUTURES, SPOT
from utils.sandbox.exchange.market.intervals import HOUR_MS, INTERVALS, Interval

PUBLIC = "public"
MARKET = "market"
PRIVATE = "private"
REAL_TIME_MS = 50
"""How often streams without a fixed speed are looked after."""
SYMBOL = r"(?P<symbol>[a-z0-9_]+)"
CONTRACT = r"(?P<symbol>[a-z0-9]+)_(?P<contract>perpetual|current_quarter|next_quarter|tradifi_perpetual)"
OPTION = r"(?P<symbol>[a-z0-9]+-\d{6}-[\d.]+-[cp])"
INTERVAL = r"(?P<interval>\d+[smhdwM])"


@dataclass(frozen=True, slots=True)
class StreamName:
    """A stream that exists.

    `topic` says what is told, `symbol` about whom (upper case; empty for all), `period_ms` how often. `levels`,
    `interval`, `shift_ms` (time zone of the candles), `span_ms` (rolling window) and `word` (expiry, contract
    type) belong to some topics only.
    """

    name: str
    topic: str
    route: str
    period_ms: int
    symbol: str = ""
    levels: int = 0
    interval: Interval | None = None
    shift_ms: int = 0
    span_ms: int = 0
    word: str = ""


Period = int | Callable[[dict[str, str | None]], int]


@dataclass(frozen=True, slots=True)
class Rule:
    """Names of one shape."""

    shape: re.Pattern[str]
    topic: str
    period: Period
    route: str = PUBLIC

    def read(self, name: str) -> StreamName | None:
        """The stream behind a name, or `None` when the name has another shape."""
        match = self.shape.fullmatch(name)
        if match is None:
            return None
        found = match.groupdict()
        interval = INTERVALS.get(found.get("interval") or "")
        if found.get("interval") and interval is None:
            return None
        period = self.period if isinstance(self.period, int) else self.period(found)
        return StreamName(
            name=name,
            topic=self.topic,
            route=self.route,
            period_ms=period,
            symbol=(found.get("symbol") or "").upper(),
            levels=int(found.get("levels") or 0),
            interval=interval,
            shift_ms=8 * HOUR_MS if found.get("zone") else 0,
            span_ms=INTERVALS[found["span"]].ms if found.get("span") else 0,
            word=found.get("contract") or found.get("expiry") or "",
        )


def _rule(shape: str, topic: str, period: Period, route: str = PUBLIC) -> Rule:
    return Rule(re.compile(shape), topic, period, route)


def _speed(default_ms: int) -> Callable[[dict[str, str | None]], int]:
    """The number in the suffix (`@100ms`), or the default."""
    return lambda found: int(found.get("speed") or default_ms)


def _spot_kline(found: dict[str, str | None]) -> int:
    return 1_000 if found["interval"] == "1s" else 2_000


def _mark(found: dict[str, str | None]) -> int:
    return 1_000 if found.get("fast") else 3_000


LEVELS = r"depth(?P<levels>5|10|20)"
FUTURES_SPEED = r"(?:@(?P<speed>100|250|500)ms)?"
SPAN = r"(?P<span>1h|4h|1d)"

RULES: dict[str, tuple[Rule, ...]] = {
    SPOT: (
        _rule(f"{SYMBOL}@trade", "trade", REAL_TIME_MS),
        _rule(f"{SYMBOL}@aggTrade", "aggTrade", REAL_TIME_MS),
        _rule(f"{SYMBOL}@bookTicker", "bookTicker", REAL_TIME_MS),
        _rule(f"{SYMBOL}@kline_{INTERVAL}(?P<zone>@\\+08:00)?", "kline", _spot_kline),
        _rule(f"{SYMBOL}@{LEVELS}(?:@(?P<speed>100)ms)?", "partialDepth", _speed(1_000)),
        _rule(f"{SYMBOL}@depth(?:@(?P<speed>100)ms)?", "depth", _speed(1_000)),
        _rule(f"{SYMBOL}@ticker", "ticker", 1_000),
        _rule(f"{SYMBOL}@miniTicker", "miniTicker", 1_000),
        _rule("!miniTicker@arr", "miniTickers", 1_000),
        _rule(f"{SYMBOL}@ticker_{SPAN}", "windowTicker", 1_000),
        _rule(f"!ticker_{SPAN}@arr", "windowTickers", 1_000),
        _rule(f"{SYMBOL}@avgPrice", "avgPrice", 1_000),
        _rule(f"{SYMBOL}@referencePrice", "referencePrice", 1_000),
        _rule(f"{SYMBOL}@blockTrade", "blockTrade", REAL_TIME_MS),
    ),
    FUTURES: (
        _rule(f"{SYMBOL}@bookTicker", "bookTicker", REAL_TIME_MS),
        _rule("!bookTicker", "bookTickers", 5_000),
        _rule(f"{SYMBOL}@{LEVELS}{FUTURES_SPEED}", "partialDepth", _speed(250)),
        _rule(f"{SYMBOL}@depth{FUTURES_SPEED}", "depth", _speed(250)),
        _rule(f"{SYMBOL}@rpiDepth@(?P<speed>500)ms", "depth", _speed(500)),
        _rule(f"{SYMBOL}@trade", "trade", REAL_TIME_MS),
        _rule(f"{SYMBOL}@aggTrade", "aggTrade", 100, MARKET),
        _rule(f"{SYMBOL}@markPrice(?P<fast>@1s)?", "markPrice", _mark, MARKET),
        _rule("!markPrice@arr(?P<fast>@1s)?", "markPrices", _mark, MARKET),
        _rule(f"{SYMBOL}@kline_{INTERVAL}", "kline", 250, MARKET),
        _rule(f"{CONTRACT}@continuousKline_{INTERVAL}", "continuousKline", 250, MARKET),
        _rule(f"{SYMBOL}@ticker", "ticker", 2_000, MARKET),
        _rule(f"{SYMBOL}@miniTicker", "miniTicker", 2_000, MARKET),
        _rule("!ticker@arr", "tickers", 1_000, MARKET),
        _rule("!miniTicker@arr", "miniTickers", 1_000, MARKET),
        _rule(f"{SYMBOL}@forceOrder", "forceOrder", 1_000, MARKET),
        _rule("!forceOrder@arr", "forceOrders", 1_000, MARKET),
        _rule("!contractInfo", "contractInfo", 1_000, MARKET),
        _rule(f"{SYMBOL}@compositeIndex", "compositeIndex", 1_000, MARKET),
        _rule(f"{SYMBOL}@assetIndex", "assetIndex", 1_000, MARKET),
        _rule("!assetIndex@arr", "assetIndices", 1_000, MARKET),
        _rule("tradingSession", "tradingSession", 1_000, MARKET),
        _rule(f"{SYMBOL}@optionMarkPrice", "optionMarkPrice", 1_000, MARKET),
        _rule(f"{SYMBOL}@openInterest@(?P<expiry>\\d{{6}})", "optionInterest", 60_000, MARKET),
        _rule("!index@arr", "optionIndex", 1_000, MARKET),
        _rule(f"{OPTION}@bookTicker", "optionTop", 100),
        _rule(f"{OPTION}@{LEVELS}@(?P<speed>100|500)ms", "optionDepth", _speed(100)),
        _rule(f"{OPTION}@depth@(?P<speed>100|500)ms", "optionDepth", _speed(100)),
    ),
}


def read_name(kind: str, name: str, route: str | None) -> StreamName | None:
    """The stream behind a name on a connection's route; `None` for one that is acknowledged and stays silent.

    Spot has no routes. On futures a missing route behaves like `/public`.
    """
    for rule in RULES[kind]:
        found = rule.read(name)
        if found is not None:
            return found if kind == SPOT or found.route == (route or PUBLIC) else None
    return None
