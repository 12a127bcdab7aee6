"""The two public methods: book summaries of options, and candles of the volatility index.

The options are those of the simulated exchange, volatilities and all, seen from a venue that prices on the forward of
each expiry, in coins, and writes volatilities in percent (docs.deribit.com, spec/providers.md).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import numpy as np

from utils.sandbox.deribit.rpc import Asked, invalid
from utils.sandbox.exchange.market.contract import Market, UnknownSymbolError
from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.intervals import HOUR_MS
from utils.sandbox.exchange.market.options import UNDERLYINGS, YEAR_MS, OptionChain, black_scholes, hash_of

CARRY_PER_YEAR = 0.05
"""How fast forwards rise above the index."""
HELD_TIMES = 20.0
"""Open interest of a coin-settled option as a multiple of the exchange's."""
TICK, LINEAR_TICK = 0.0001, 5.0
"""Steps of quotes, in coins and in USDC."""
SETTLED_IN_COIN = ("BTC", "ETH")
LINEAR = "USDC"
CURRENCIES = (*SETTLED_IN_COIN, LINEAR, "USDT", "EURR")
KINDS = ("future", "option", "spot", "future_combo", "option_combo", "combo", "any")
RESOLUTIONS = {"1": 1_000, "60": 60_000, "3600": HOUR_MS, "43200": 12 * HOUR_MS, "1D": 24 * HOUR_MS}
MOST_CANDLES = 1_000
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

Json = dict[str, object] | list[dict[str, object]]
Method = Callable[[Market, Asked, int], Json]


def book_summaries(market: Market, asked: Asked, now_ms: int) -> Json:
    """`public/get_book_summary_by_currency`: rows in no order that means anything."""
    asked.only(("currency", "kind"))
    currency = asked.choice("currency", CURRENCIES)
    if asked.choice("kind", KINDS, "any") not in {"option", "any"}:
        return []
    bases = UNDERLYINGS if currency == LINEAR else (currency,)
    rows = [row for base in bases for row in _rows(market, base, now_ms, linear=currency == LINEAR)]
    return sorted(rows, key=lambda row: hash_of(str(row["instrument_name"])))


def volatility_index(market: Market, asked: Asked, now_ms: int) -> Json:
    """`public/get_volatility_index_data`: the newest candles of the range, and where the older ones end."""
    asked.only(("currency", "start_timestamp", "end_timestamp", "resolution"))
    currency = asked.choice("currency", SETTLED_IN_COIN)
    start_ms, end_ms = asked.moment("start_timestamp"), asked.moment("end_timestamp")
    step = RESOLUTIONS[asked.choice("resolution", RESOLUTIONS)]
    if start_ms > end_ms:
        raise invalid("end_timestamp", "must not be before start_timestamp")
    first = max(-(-start_ms // step) * step, market_start(end_ms, step))
    opens = list(range(first, min(end_ms, now_ms) + 1, step))
    kept = opens[-MOST_CANDLES:]
    if not kept:
        return {"data": [], "continuation": None}
    try:
        hours = market.volatility_index(currency, kept[0] // HOUR_MS * HOUR_MS, kept[-1] + step, now_ms)
    except UnknownSymbolError:
        return {"data": [], "continuation": None}
    candles = [candle for time in kept if (candle := _candle(hours, time, step)) is not None]
    older = kept[0] - step if len(opens) > len(kept) else None
    return {"data": candles, "continuation": older}


def market_start(end_ms: int, step: int) -> int:
    """Where a range without an end in sight is cut: ten pages before its end."""
    return (end_ms - 10 * MOST_CANDLES * step) // step * step


METHODS: Mapping[str, Method] = {
    "/api/v2/public/get_book_summary_by_currency": book_summaries,
    "/api/v2/public/get_volatility_index_data": volatility_index,
}


def _candle(hours: Mapping[int, float], time_ms: int, step: int) -> list[float] | None:
    first = time_ms // HOUR_MS * HOUR_MS
    values = [hours[at] for at in range(first, time_ms + step, HOUR_MS) if at in hours]
    if not values:
        return None
    percent = [round(100 * value, 4) for value in values]
    return [time_ms, percent[0], max(percent), min(percent), percent[-1]]


def _rows(market: Market, base: str, now_ms: int, *, linear: bool) -> list[dict[str, object]]:
    try:
        chain = market.options(base, now_ms)
    except UnknownSymbolError:
        return []
    years = (chain.expiry_ms - chain.time_ms) / YEAR_MS
    forward = chain.index * np.exp(CARRY_PER_YEAR * years)
    one = np.ones(len(forward)) if linear else forward
    mark, bid, ask = (
        _priced(chain, forward, years, vol) / one for vol in (chain.vol, chain.bid_vol, chain.ask_vol)
    )
    tick = LINEAR_TICK if linear else TICK
    bid = np.where(chain.bid_vol > 0, np.floor(bid / tick) * tick, 0.0)
    ask = np.maximum(np.ceil(ask / tick), 1) * tick
    held = chain.held * (1.0 if linear else HELD_TIMES)
    unit = "USDC" if linear else base
    return [
        {
            "instrument_name": _name(
                base, chain.expiry_ms[at], chain.strike[at], chain.is_call[at] > 0, linear=linear
            ),
            "underlying_index": f"SYN.{base}-{_day(chain.expiry_ms[at])}",
            "underlying_price": round(float(forward[at]), 4),
            "estimated_delivery_price": round(chain.index, 2),
            "interest_rate": 0.0,
            "mark_price": round(float(mark[at]), 6),
            "mark_iv": round(100 * float(chain.vol[at]), 2),
            "bid_price": _quote(bid[at]),
            "ask_price": _quote(ask[at]),
            "mid_price": _quote((bid[at] + ask[at]) / 2 if bid[at] > 0 else 0.0),
            "open_interest": round(float(held[at]), 1),
            "volume": round(float(held[at]) / 10, 2),
            "volume_usd": round(float(held[at] / 10 * mark[at] * (1 if linear else forward[at])), 2),
            "price_change": None,
            "last": None,
            "high": None,
            "low": None,
            "base_currency": unit if not linear else base,
            "quote_currency": unit,
            "creation_timestamp": chain.time_ms,
        }
        for at in range(len(forward))
    ]


def _priced(chain: OptionChain, forward: FloatArray, years: FloatArray, vol: FloatArray) -> FloatArray:
    """Prices in dollars on the forwards; volatilities that are none are taken for a small one."""
    price = np.empty(len(forward))
    known = np.maximum(vol, 0.01)
    for level in np.unique(forward):  # one price per expiry
        part = forward == level
        price[part] = black_scholes(
            chain.is_call[part], float(level), chain.strike[part], years[part], known[part]
        )[0]
    return price


def _quote(price: float) -> float | None:
    return round(float(price), 6) if price > 0 else None


def _day(expiry_ms: float) -> str:
    day = datetime.fromtimestamp(expiry_ms / 1000, UTC)
    return f"{day.day}{MONTHS[day.month - 1]}{day:%y}"


def _name(base: str, expiry_ms: float, strike: float, is_call: bool, *, linear: bool) -> str:
    """`BTC-5JAN24-45000-C`; linear ones name their settlement and write a decimal point as d."""
    written = np.format_float_positional(strike, trim="-").replace(".", "d")
    return f"{base}{'_USDC' if linear else ''}-{_day(expiry_ms)}-{written}-{'C' if is_call else 'P'}"
