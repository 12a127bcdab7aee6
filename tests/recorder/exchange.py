"""A loopback exchange with positioning statistics whose every value is known from its stamp."""

import json
import math
from collections import Counter
from typing import Any

from aiohttp import web

from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
STEPS = {"5m": 5 * MINUTE, "1h": HOUR}
SYMBOLS = ("BTCUSDT", "ETHUSDT", "1000SHIBUSDT")
RATIOS = ("globalLongShortAccountRatio", "topLongShortAccountRatio", "topLongShortPositionRatio")
FUNDING_EVERY = 8 * HOUR
SETTLED_BESIDE = 5  # ms after the hour, as the exchange does


def open_interest(stamp: int) -> float:
    """What the exchange says about a stamp."""
    return 1000.0 + stamp // MINUTE % 10_007


class Positioning(StreamExchange):
    """Answers like the exchange: 30 days, 500 rows, refusals; ``broken`` names endpoints that answer 503.

    ``missing`` stamps do not exist; ``late_ms`` is how long rows take to appear; ``refused`` symbols answer -1121.
    """

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.broken: set[str] = set()
        self.refused: set[str] = set()
        self.missing: set[int] = set()
        self.late_ms = 0
        self.revised = 0.0
        self.told: Counter[tuple[str, str, str, int]] = Counter()
        makers = {
            "exchangeInfo": self._listing,
            "openInterestHist": self._open_interest,
            "takerlongshortRatio": self._taker,
            "fundingRate": self._funding,
            "openInterest": self._open_interest_now,
            "premiumIndex": self._premium,
            "mark": self._marks,
            "index": lambda _: {"time": self.clock.now_ms(), "indexPrice": "100.0"},
            **dict.fromkeys(RATIOS, self._ratio),
        }
        for name, maker in makers.items():
            self.rest[name] = self._guarded(name, maker)

    def _guarded(self, name: str, maker: Any) -> Any:
        def answer(query: dict[str, str]) -> Any:
            if name in self.broken:
                return web.Response(status=503, text="Service Unavailable.")
            if query.get("symbol") in self.refused:
                return web.Response(status=400, text='{"code":-1121,"msg":"Invalid symbol."}')
            made = maker(query)
            if isinstance(made, list) and "period" in query:
                for row in made:
                    self.told[name, query["symbol"], query["period"], row["timestamp"]] += 1
            return made

        return answer

    def _stamps(self, query: dict[str, str], ripe: int = 0) -> list[int]:
        step, limit = STEPS[query["period"]], int(query.get("limit", 30))
        assert limit <= 500
        now = self.clock.now_ms()
        start = int(query.get("startTime", now - 29 * DAY))
        assert start >= now - 30 * DAY, "the exchange refuses older times"
        last = min(int(query.get("endTime", now)), now - ripe - self.late_ms) // step * step
        stamps = [t for t in range(-(-start // step) * step, last + 1, step) if t not in self.missing]
        return stamps[:limit] if "startTime" in query else stamps[-limit:]

    def _open_interest(self, query: dict[str, str]) -> Any:
        return [
            {
                "symbol": query["symbol"],
                "sumOpenInterest": str(open_interest(t) + self.revised),
                "sumOpenInterestValue": str(2 * open_interest(t)),
                "timestamp": t,
            }
            for t in self._stamps(query)
        ]

    def _ratio(self, query: dict[str, str]) -> Any:
        row = {"longShortRatio": "1.5", "longAccount": "0.6", "shortAccount": "0.4"}
        return [{**row, "timestamp": t} for t in self._stamps(query)]

    def _taker(self, query: dict[str, str]) -> Any:
        row = {"buySellRatio": "2", "buyVol": "20", "sellVol": "10"}
        return [{**row, "timestamp": t} for t in self._stamps(query, ripe=STEPS[query["period"]])]

    def _funding(self, query: dict[str, str]) -> Any:
        start, end = int(query["startTime"]), min(int(query["endTime"]), self.clock.now_ms())
        hours = range(-(-start // FUNDING_EVERY) * FUNDING_EVERY, end + 1, FUNDING_EVERY)
        settled = [t + SETTLED_BESIDE for t in hours if t + SETTLED_BESIDE <= end][: int(query["limit"])]
        return [
            {"symbol": query["symbol"], "fundingTime": t, "fundingRate": "0.0001", "rateType": "Regular"}
            for t in settled
        ]

    def _open_interest_now(self, query: dict[str, str]) -> Any:
        now = self.clock.now_ms()
        if "underlyingAsset" in query:
            return [
                {"symbol": name, "sumOpenInterest": "3", "sumOpenInterestUsd": "300", "timestamp": str(now)}
                for name in option_names(now)
                if name.split("-")[1] == query["expiration"]
            ]
        return {"symbol": query["symbol"], "openInterest": "7.5", "time": now}

    def _premium(self, _query: dict[str, str]) -> Any:
        fixed = {"markPrice": "101", "indexPrice": "100", "lastFundingRate": "0.0002", "nextFundingTime": 0}
        return [{"symbol": s, **fixed, "time": self.clock.now_ms()} for s in (*SYMBOLS, "OTHERUSDT")]

    def _listing(self, _query: dict[str, str]) -> Any:
        now = self.clock.now_ms()
        return {
            "symbols": [_perpetual(symbol) for symbol in SYMBOLS],
            "optionContracts": [{"baseAsset": "BTC", "underlying": "BTCUSDT"}],
            "optionSymbols": [_option(name, now) for name in option_names(now)],
        }

    def _marks(self, _query: dict[str, str]) -> Any:
        ivs = {"markIV": "0.5", "bidIV": "0.49", "askIV": "0.51"}
        greeks = {"gamma": "0.01", "theta": "-1", "vega": "1"}
        return [
            {"symbol": name, **ivs, **greeks, **_price(name)} for name in option_names(self.clock.now_ms())
        ]


def option_names(now: int) -> list[str]:
    """Two expiries around 30 days, five strikes, both sides."""
    days = [now // DAY * DAY + count * DAY for count in (20, 50)]
    return [
        f"BTC-{_day(day)}-{strike}-{side}"
        for day in days
        for strike in (80, 90, 100, 110, 120)
        for side in "CP"
    ]


def force_order(symbol: str, now: int, **facts: Any) -> dict[str, Any]:
    """A liquidation as the stream tells it."""
    order = {
        "s": symbol,
        "S": "SELL",
        "o": "LIMIT",
        "f": "IOC",
        "q": "3",
        "p": "90",
        "ap": "91",
        "X": "FILLED",
    }
    return {"e": "forceOrder", "E": now, "o": {**order, "l": "3", "z": "3", "T": now - 1, "st": 1, **facts}}


def _perpetual(symbol: str) -> dict[str, Any]:
    base = symbol.removesuffix("USDT")
    return {
        "symbol": symbol,
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "contractType": "PERPETUAL",
        "deliveryDate": 4_133_404_800_000,
    }


def _option(name: str, now: int) -> dict[str, Any]:
    _, day, strike, side = name.split("-")
    expiry = next(at for count in (20, 50) if _day(at := now // DAY * DAY + count * DAY) == day)
    return {
        "symbol": name,
        "side": "CALL" if side == "C" else "PUT",
        "strikePrice": strike,
        "expiryDate": expiry,
        "underlying": "BTCUSDT",
        "unit": "1",
    }


def _price(name: str) -> dict[str, str]:
    """A price and a delta that fall with the strike; call less put is spot less strike."""
    _, _, strike, side = name.split("-")
    call = 0.5 - (float(strike) - 100) / 50
    value = max(100 - float(strike), 0.0) + 5 if side == "C" else max(float(strike) - 100, 0.0) + 5
    return {"markPrice": str(value), "delta": str(round(call if side == "C" else call - 1, 6))}


def _day(moment: int) -> str:
    return json.dumps(math.floor(moment / DAY))
