"""What each provider answers, in its own shape and units (spec/providers.md); keys only have to be there."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from aiohttp import web

from utils.sandbox.exchange.market.contract import Market
from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.intervals import DAY_MS, HOUR_MS, IntArray
from utils.sandbox.onchain.world import Coin, coin, stablecoins
from utils.sandbox.provider_server import Condition

REVISED = 1.01
"""What a provider that revises multiplies its whole past with."""
DONE_AFTER_MS = 2 * HOUR_MS
PAID_AFTER_MS = HOUR_MS
FREE_DELAY_MS = 7 * DAY_MS
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FUNDS = {"BTC": ("IBIT", "FBTC", "BITB", "GBTC"), "ETH": ("ETHA", "FETH", "ETHE")}
SHARES = (0.55, 0.3, 0.1, 0.05)
REPORTED_MS = 21 * HOUR_MS
"""US funds begin to report the running day then."""
MOST_PAGE = 10_000


class RefusalError(Exception):
    """A refusal: an HTTP status and a JSON body."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Call:
    """One request: path behind the provider's address, query, headers, and the world it asks about."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    market: Market
    seed: int
    now_ms: int
    condition: Condition

    def coin(self, asset: str) -> Coin:
        """The facts of a coin, as old as the condition makes them."""
        return coin(self.market, asset, self.seed, self.now_ms - self.condition.lag_ms)

    def revised(self, values: FloatArray) -> FloatArray:
        """The values as the provider tells them now."""
        return values * REVISED if self.condition.revise else values

    def known(self, day: IntArray, after_ms: int) -> IntArray:
        """Rows that are out: those of days that ended so long ago."""
        return np.flatnonzero(day + DAY_MS + after_ms <= self.now_ms - self.condition.lag_ms)


Reply = object
Provider = Callable[[Call], Reply]


def coinmetrics(call: Call) -> Reply:
    """`/v4/timeseries/asset-metrics`: strings, nanoseconds, pages from the newest unless asked otherwise."""
    _path(call, "/v4/timeseries/asset-metrics")
    asset = call.query.get("assets", "").upper()
    wanted = [name for name in call.query.get("metrics", "").split(",") if name]
    if asset not in FUNDS or not wanted:
        raise RefusalError(400, {"error": {"type": "bad_parameter", "message": "Bad parameter 'assets'."}})
    facts = call.coin(asset)
    columns = _community(facts)
    if any(name not in columns for name in wanted) and "ignore_unsupported_errors" not in call.query:
        raise RefusalError(
            403, {"error": {"type": "forbidden", "message": "Requested metric is not available."}}
        )
    rows = [
        at
        for at in call.known(facts.day, DONE_AFTER_MS)
        if _iso(facts.day[at]) >= call.query.get("start_time", "")
    ]
    size = min(int(call.query.get("page_size", "100")), MOST_PAGE)
    first = int(call.query.get("next_page_token", "0"))
    from_start = call.query.get("paging_from", "end") == "start"
    ordered = rows if from_start else rows[::-1]
    page = ordered[first : first + size]
    data = [
        {"asset": asset.lower(), "time": f"{_iso(facts.day[at])}T00:00:00.000000000Z"}
        | {name: _text(call, name, columns[name][at]) for name in wanted if name in columns}
        for at in (page if from_start else page[::-1])
    ]
    if first + size >= len(rows):
        return {"data": data}
    token = str(first + size)
    return {
        "data": data,
        "next_page_token": token,
        "next_page_url": f"https://elsewhere.invalid/?next_page_token={token}",
    }


def _community(facts: Coin) -> dict[str, FloatArray]:
    return {
        "FlowInExNtv": facts.inflow,
        "FlowOutExNtv": facts.outflow,
        "FlowInExUSD": facts.inflow * facts.close,
        "FlowOutExUSD": facts.outflow * facts.close,
        "SplyExNtv": facts.balance,
        "CapMrktCurUSD": facts.market_cap,
        "CapMVRVCur": facts.mvrv,
        "PriceUSD": facts.close,
        "AssetEODCompletionTime": (facts.day + DAY_MS + DONE_AFTER_MS) / 1000,
    }


def _text(call: Call, name: str, value: float) -> str:
    if name == "AssetEODCompletionTime":
        return str(int(value))
    return f"{value * (REVISED if call.condition.revise else 1):.10g}"


def defillama(call: Call) -> Reply:
    """`/stablecoincharts/all`: dates are strings of seconds, and the euro stands beside the dollar."""
    _path(call, "/stablecoincharts/all")
    day, supply = stablecoins(call.market, call.seed, call.now_ms - call.condition.lag_ms)
    supply = call.revised(supply)
    return [
        {
            "date": str(int(stamp) // 1000),
            "totalCirculating": {"peggedUSD": round(dollars), "peggedEUR": 500_000_000},
            "totalCirculatingUSD": {"peggedUSD": round(dollars), "peggedEUR": 580_000_000},
        }
        for stamp, dollars in zip(day.tolist(), supply.tolist(), strict=True)
    ]


def farside(call: Call) -> Reply:
    """The tables of both coins: US$ millions, the newest row half reported."""
    asset = {"/bitcoin-etf-flow-all-data/": "BTC", "/ethereum-etf-flow-all-data/": "ETH"}.get(call.path)
    if asset is None:
        raise RefusalError(404, {})
    facts = call.coin(asset)
    flows = call.revised(facts.etf) / 1e6
    rows = [(int(facts.day[at]), float(flows[at])) for at in np.flatnonzero(np.isfinite(flows))]
    funds = FUNDS[asset]
    body = [
        _row([_date(day), *(_millions(flow * share) for share in SHARES[: len(funds)]), _millions(flow)])
        for day, flow in rows
    ]
    now_ms = call.now_ms - call.condition.lag_ms
    today = now_ms // DAY_MS * DAY_MS
    if now_ms >= today + REPORTED_MS and (today // DAY_MS + 3) % 7 < 5:
        body.append(_row([_date(today), "12.3", *["-"] * (len(funds) - 1), "12.3"]))
    head = _row(["", *funds, "Total"], "th") + _row(["Fee", *["0.25%"] * len(funds), ""])
    last = [
        _row([name, *["1,234.5"] * (len(funds) + 1)]) for name in ("Total", "Average", "Maximum", "Minimum")
    ]
    return f'<html><table class="etf"><thead>{head}</thead><tbody>{"".join([*body, *last])}</tbody></table></html>'


def coinglass(call: Call) -> Reply:
    """ETF flows in US$ and exchange balances in coins; refusals have status 200."""
    if not call.headers.get("CG-API-KEY"):
        return {"code": "30001", "msg": "API key missing."}
    flows = {"/api/etf/bitcoin/flow-history": "BTC", "/api/etf/ethereum/flow-history": "ETH"}
    if call.path in flows:
        facts = call.coin(flows[call.path])
        rows = [at for at in call.known(facts.day, PAID_AFTER_MS) if np.isfinite(facts.etf[at])]
        values = call.revised(facts.etf)
        return {
            "code": "0",
            "msg": "success",
            "data": [
                {
                    "timestamp": int(facts.day[at]),
                    "flow_usd": round(float(values[at])),
                    "price_usd": float(facts.close[at]),
                    "etf_flows": [],
                }
                for at in rows
            ],
        }
    if call.path != "/api/exchange/balance/chart" or call.query.get("symbol") not in FUNDS:
        return {"code": "400", "msg": "bad request"}
    facts = call.coin(call.query["symbol"])
    rows = list(call.known(facts.day, PAID_AFTER_MS))
    balance = call.revised(facts.balance)[rows]
    return {
        "code": "0",
        "msg": "success",
        "data": [
            {
                "time_list": [int(stamp) for stamp in facts.day[rows]],
                "price_list": [float(price) for price in facts.close[rows]],
                "data_map": {"one": (0.7 * balance).tolist(), "two": (0.3 * balance).tolist()},
            }
        ],
    }


def glassnode(call: Call) -> Reply:
    """`/v1/metrics/…`: a list of `t` and `v`, the value of the running day null."""
    if not call.headers.get("X-Api-Key"):
        raise RefusalError(401, {"error": "unauthorized"})
    asset = call.query.get("a", "")
    if asset not in FUNDS or call.query.get("i") != "24h":
        raise RefusalError(400, {"error": "bad request"})
    facts = call.coin(asset)
    columns = {
        "transactions/transfers_volume_to_exchanges_sum": facts.inflow,
        "transactions/transfers_volume_from_exchanges_sum": facts.outflow,
        "distribution/balance_exchanges": facts.balance,
        "market/marketcap_usd": facts.market_cap,
        "market/mvrv": facts.mvrv,
        "indicators/net_realized_profit_loss": facts.profit,
        "indicators/sopr": facts.sopr,
    }
    column = columns.get(call.path.removeprefix("/v1/metrics/"))
    if column is None:
        raise RefusalError(404, {"error": "no such metric"})
    since = int(call.query.get("s", "0")) * 1000
    values = call.revised(column)
    rows = [at for at in call.known(facts.day, PAID_AFTER_MS) if facts.day[at] >= since]
    points: list[dict[str, float | int | None]] = [
        {"t": int(facts.day[at]) // 1000, "v": float(values[at])} for at in rows
    ]
    return [*points, {"t": call.now_ms // DAY_MS * DAY_MS // 1000, "v": None}]


def cryptoquant(call: Call) -> Reply:
    """`/v1/{coin}/…`: rows in `result.data`, the newest first."""
    if not call.headers.get("Authorization", "").startswith("Bearer "):
        raise RefusalError(401, {"status": {"code": 401, "message": "unauthorized"}})
    parts = call.path.split("/", 3)
    asset, what = (parts[2].upper(), parts[3]) if len(parts) == 4 else ("", "")
    if asset not in FUNDS or call.query.get("window") != "day":
        raise RefusalError(400, {"status": {"code": 400, "message": "bad request"}})
    facts = call.coin(asset)
    columns = {
        "exchange-flows/inflow": ("inflow_total", facts.inflow),
        "exchange-flows/outflow": ("outflow_total", facts.outflow),
        "exchange-flows/netflow": ("netflow_total", facts.inflow - facts.outflow),
        "exchange-flows/reserve": ("reserve", facts.balance),
        "flow-indicator/exchange-whale-ratio": ("exchange_whale_ratio", facts.whale),
        "market-data/capitalization": ("market_cap", facts.market_cap),
        "market-indicator/mvrv": ("mvrv", facts.mvrv),
        "market-indicator/sopr": ("sopr", facts.sopr),
    }
    if what not in columns:
        raise RefusalError(404, {"status": {"code": 404, "message": "not found"}})
    field, column = columns[what]
    values, since = call.revised(column), call.query.get("from", "")
    rows = [
        at for at in call.known(facts.day, PAID_AFTER_MS) if _iso(facts.day[at]).replace("-", "") >= since
    ]
    found = [{"date": _iso(facts.day[at]), field: float(values[at])} for at in reversed(rows)]
    return {"status": {"code": 200, "message": "success"}, "result": {"window": "day", "data": found}}


def bgeometrics(call: Call) -> Reply:
    """`/v1/sopr` and `/v1/nrpl-usd`: numbers as text, the last seven days left out."""
    facts = call.coin("BTC")
    columns = {"/v1/sopr": ("sopr", facts.sopr), "/v1/nrpl-usd": ("nrplUsd", facts.profit)}
    if call.path not in columns:
        raise RefusalError(404, {"error": "not found"})
    field, column = columns[call.path]
    values, since = call.revised(column), call.query.get("startday", "")
    rows = [at for at in call.known(facts.day, FREE_DELAY_MS) if _iso(facts.day[at]) >= since]
    return [
        {"d": _iso(facts.day[at]), "unixTs": str(int(facts.day[at]) // 1000), field: f"{values[at]:.8g}"}
        for at in rows
    ]


PROVIDERS: Mapping[str, Provider] = {
    "coinmetrics": coinmetrics,
    "defillama": defillama,
    "farside": farside,
    "coinglass": coinglass,
    "glassnode": glassnode,
    "cryptoquant": cryptoquant,
    "bgeometrics": bgeometrics,
}
"""By the first part of the path."""
LIMITS: Mapping[str, tuple[int, int]] = {"coinmetrics": (10, 6_000), "bgeometrics": (10, HOUR_MS)}
"""Requests of an address in a window (ms) before 429."""


def body_of(reply: Reply) -> tuple[bytes, str, str]:
    """A reply's bytes, type and ETag."""
    if isinstance(reply, str):
        body, kind = reply.encode(), "text/html"
    else:
        body, kind = json.dumps(reply, separators=(",", ":")).encode(), "application/json"
    return body, kind, f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def refused(error: RefusalError) -> web.Response:
    """A refusal as it is sent."""
    return web.json_response(error.body, status=error.status)


def _path(call: Call, path: str) -> None:
    if call.path != path:
        raise RefusalError(404, {"message": "Not Found"})


def _iso(day_ms: int) -> str:
    return datetime.fromtimestamp(int(day_ms) / 1000, UTC).strftime("%Y-%m-%d")


def _date(day_ms: int) -> str:
    day = datetime.fromtimestamp(day_ms / 1000, UTC)
    return f"{day.day:02d} {MONTHS[day.month - 1]} {day.year}"


def _millions(value: float) -> str:
    text = f"{abs(value):,.1f}"
    return f"({text})" if value < 0 and text != "0.0" else text


def _row(cells: list[str], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"
