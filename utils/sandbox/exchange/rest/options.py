"""Options REST market data (`/eapi/v1`), spec/binance.md section 8."""

from utils.sandbox.exchange.market.contract import INDEX, UnknownSymbolError, Window
from utils.sandbox.exchange.market.instrument import FUTURES
from utils.sandbox.exchange.market.intervals import DAY_MS, MINUTE, MINUTE_MS
from utils.sandbox.exchange.market.option_book import option_book
from utils.sandbox.exchange.market.options import TICKS, UNDERLYINGS, YEAR_MS, OptionChain, black_scholes
from utils.sandbox.exchange.rest import common, errors
from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question
from utils.sandbox.exchange.rest.futures_info import rate_limit
from utils.sandbox.exchange.rest.weights import by_limit, one_or_all

OPTIONS_WEIGHT_LIMIT = 400
"""The lower of the two figures that the sources give (section 8), so that a client has to read it from here."""
DEPTH_STEPS = ((50, 1), (100, 5), (500, 10), (10**9, 20))
CACHE_MS = 10_000
"""The real depth comes from a cache that is up to half a minute old (spec/binance.md, section 9)."""
PRICE_DECIMALS, QUANTITY_DECIMALS = 3, 2
TRADE_QUANTITY = "0.10"


def exchange_info(question: Question) -> Json:
    """Underlyings and all listed options."""
    chains = all_chains(question)
    return {
        "timezone": "UTC",
        "serverTime": question.told_ms,
        "optionContracts": [
            {
                "baseAsset": chain.base,
                "quoteAsset": "USDT",
                "underlying": f"{chain.base}USDT",
                "settleAsset": "USDT",
            }
            for chain in chains
        ],
        "optionAssets": [{"name": "USDT"}],
        "optionSymbols": [option_info(chain, row) for chain in chains for row in range(len(chain.symbols))],
        "rateLimits": [rate_limit("REQUEST_WEIGHT", "MINUTE", 1, OPTIONS_WEIGHT_LIMIT)],
    }


def option_info(chain: OptionChain, row: int) -> dict[str, object]:
    """One option as `exchangeInfo` shows it."""
    tick = f"{TICKS[chain.base]:g}"
    return {
        "expiryDate": int(chain.expiry_ms[row]),
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "100000", "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": "0.01", "maxQty": "1000", "stepSize": "0.01"},
        ],
        "symbol": chain.symbols[row],
        "side": "CALL" if chain.is_call[row] else "PUT",
        "strikePrice": f"{chain.strike[row]:.3f}",
        "underlying": f"{chain.base}USDT",
        "unit": 1,
        "liquidationFeeRate": "0.0019000",
        "minQty": "0.01",
        "maxQty": "1000",
        "initialMargin": "0.15000000",
        "maintenanceMargin": "0.07500000",
        "minInitialMargin": "0.10000000",
        "minMaintenanceMargin": "0.05000000",
        "priceScale": PRICE_DECIMALS,
        "quantityScale": QUANTITY_DECIMALS,
        "quoteAsset": "USDT",
        "contractType": "CRYPTO_OPTIONS",
        "underlyingType": "CRYPTO",
        "nakedSell": False,
        "status": "TRADING",
    }


def mark(question: Question) -> Json:
    """Mark prices, volatilities and greeks of one option or all."""
    symbol = question.params.text("symbol")
    if symbol is None:
        return [mark_row(chain, row) for chain in all_chains(question) for row in range(len(chain.symbols))]
    chain, row = _found(question, symbol)
    return [mark_row(chain, row)]


def mark_row(chain: OptionChain, row: int) -> dict[str, object]:
    """The mark of one option."""
    price = chain.mark[row]
    return {
        "symbol": chain.symbols[row],
        "markPrice": f"{price:.{PRICE_DECIMALS}f}",
        "bidIV": "-1.0" if chain.bid_vol[row] < 0 else f"{chain.bid_vol[row]:.8f}",
        "askIV": f"{chain.ask_vol[row]:.8f}",
        "markIV": f"{chain.vol[row]:.8f}",
        "delta": f"{chain.delta[row]:.8f}",
        "theta": f"{chain.theta[row]:.8f}",
        "gamma": f"{chain.gamma[row]:.8f}",
        "vega": f"{chain.vega[row]:.8f}",
        "highPriceLimit": f"{price + 0.1 * chain.index:.{PRICE_DECIMALS}f}",
        "lowPriceLimit": f"{max(price - 0.1 * chain.index, TICKS[chain.base]):.{PRICE_DECIMALS}f}",
        "riskFreeInterest": "0.0",
    }


def open_interest(question: Question) -> Json:
    """Contracts held at one expiry."""
    chain = _chain(question, question.params.required("underlyingAsset"))
    expiration = question.params.required("expiration")
    rows = [row for row, symbol in enumerate(chain.symbols) if symbol.split("-")[1] == expiration]
    if not rows:
        raise errors.ApiError(-6010, "Failed to retrieve open interest data.")
    return [
        {
            "symbol": chain.symbols[row],
            "sumOpenInterest": f"{chain.held[row]:.2f}",
            "sumOpenInterestUsd": f"{chain.held[row] * chain.index:.8f}",
            "timestamp": str(question.now_ms // 60_000 * 60_000),
        }
        for row in rows
    ]


def ticker(question: Question) -> Json:
    """24-hour statistics of one option or all."""
    symbol = question.params.text("symbol")
    if symbol is not None:
        return [_ticker_row(question, *_found(question, symbol))]
    chains = all_chains(question)
    return [_ticker_row(question, chain, row) for chain in chains for row in range(len(chain.symbols))]


def _ticker_row(question: Question, chain: OptionChain, row: int) -> dict[str, object]:
    price = chain.mark[row]
    volume = chain.held[row] * 0.1
    return {
        "symbol": chain.symbols[row],
        "priceChange": "0.000",
        "priceChangePercent": "0.0000",
        "lastPrice": f"{price:.{PRICE_DECIMALS}f}",
        "lastQty": "0.10",
        "open": f"{price:.{PRICE_DECIMALS}f}",
        "high": f"{price:.{PRICE_DECIMALS}f}",
        "low": f"{price:.{PRICE_DECIMALS}f}",
        "volume": f"{volume:.{QUANTITY_DECIMALS}f}",
        "amount": f"{volume * price:.{PRICE_DECIMALS}f}",
        "bidPrice": f"{chain.bid[row]:.{PRICE_DECIMALS}f}",
        "askPrice": f"{chain.ask[row]:.{PRICE_DECIMALS}f}",
        "openTime": question.now_ms - DAY_MS,
        "closeTime": question.now_ms,
        "firstTradeId": 1,
        "tradeCount": int(volume * 10),
        "strikePrice": f"{chain.strike[row]:.3f}",
        "exercisePrice": f"{chain.index:.8f}",
    }


def index_price(question: Question) -> Json:
    """The index of an underlying such as `BTCUSDT`."""
    underlying = question.params.required("underlying")
    chain = _chain(question, underlying.removesuffix("USDT"))
    return {"time": question.now_ms, "indexPrice": f"{chain.index:.8f}"}


def depth(question: Question) -> Json:
    """The book of an option, some seconds old."""
    symbol = question.params.required("symbol")
    limit = question.params.number("limit") or 100
    if not 10 <= limit <= 1_000:
        raise errors.ApiError(-6008, "Invalid limit.")
    at_ms = question.book_ms // CACHE_MS * CACHE_MS
    chain = _chain(question, symbol.split("-")[0], at_ms)
    if symbol not in chain.symbols:
        raise errors.invalid_symbol()
    book = option_book(chain, symbol)
    return {
        "bids": book.texts(book.bids, limit),
        "asks": book.texts(book.asks, limit),
        "T": book.time_ms,
        "lastUpdateId": book.update_id,
    }


def klines(question: Question) -> Json:
    """Bars of the theoretical price at today's volatility along the index; nothing is traded in them."""
    symbol = question.params.required("symbol")
    window = question.params.window(500, 1500, spot=False)
    chain, row = _found(question, symbol)
    bars = question.market.bars(FUTURES, f"{chain.base}USDT", INDEX, window, question.now_ms)
    prices = [_priced(chain, row, column.tolist(), bars.open_time.tolist()) for column in bars.columns()[1:5]]
    rows: list[object] = []
    for opened, o, h, lo, c in zip(bars.open_time.tolist(), *prices, strict=True):
        high, low = max(h, lo), min(h, lo)
        shown = [f"{value:.{PRICE_DECIMALS}f}" for value in (o, high, low, c)]
        rows.append([opened, *shown, "0", opened + window.interval.ms - 1, "0", 0, "0", "0", "0"])
    return rows


def trades(question: Question) -> Json:
    """The newest trades: one of a tenth of a contract at the end of each minute, at the theoretical price."""
    symbol = question.params.required("symbol")
    limit = question.params.limit(100, 500, clamp=False)
    chain, row = _found(question, symbol)
    window = Window(MINUTE, limit, end_ms=question.now_ms // MINUTE_MS * MINUTE_MS - 1)
    bars = question.market.bars(FUTURES, f"{chain.base}USDT", INDEX, window, question.now_ms)
    times = (bars.open_time + MINUTE_MS).tolist()
    prices = _priced(chain, row, bars.close.tolist(), times)
    return [_trade(time, price) for time, price in zip(times, prices, strict=True)]


def block_trades(question: Question) -> Json:
    """None: no blocks of options are traded here."""
    symbol = question.params.text("symbol")
    if symbol is not None:
        _found(question, symbol)
    return []


def _trade(time_ms: int, price: float) -> dict[str, object]:
    number = time_ms // MINUTE_MS
    return {
        "id": number,
        "tradeId": number,
        "price": f"{price:.{PRICE_DECIMALS}f}",
        "qty": TRADE_QUANTITY,
        "quoteQty": f"{price * float(TRADE_QUANTITY):.{PRICE_DECIMALS + 2}f}",
        "side": 1 if number % 2 else -1,
        "time": time_ms,
    }


def _priced(chain: OptionChain, row: int, indices: list[float], times: list[int]) -> list[float]:
    part = slice(row, row + 1)
    values = []
    for index, time in zip(indices, times, strict=True):
        years = (chain.expiry_ms[part] - time) / YEAR_MS
        price = black_scholes(chain.is_call[part], index, chain.strike[part], years, chain.vol[part])[0]
        values.append(float(price[0]))
    return values


def all_chains(question: Question) -> list[OptionChain]:
    """Every chain that the market has; none in a replay."""
    chains = []
    for base in UNDERLYINGS:
        try:
            chains.append(question.market.options(base, question.now_ms))
        except UnknownSymbolError:
            continue
    return chains


def _chain(question: Question, base: str, at_ms: int | None = None) -> OptionChain:
    return question.market.options(base, question.now_ms if at_ms is None else at_ms)


def _found(question: Question, symbol: str) -> tuple[OptionChain, int]:
    chain = _chain(question, symbol.split("-", maxsplit=1)[0])
    if symbol not in chain.symbols:
        raise errors.invalid_symbol()
    return chain, chain.row(symbol)


OPTIONS_ENDPOINTS = (
    Endpoint("/eapi/v1/ping", common.ping, 1),
    Endpoint("/eapi/v1/time", common.server_time, 1),
    Endpoint("/eapi/v1/exchangeInfo", exchange_info, 1),
    Endpoint("/eapi/v1/mark", mark, 5),
    Endpoint("/eapi/v1/openInterest", open_interest, 0),
    Endpoint("/eapi/v1/ticker", ticker, one_or_all(1, 40)),
    Endpoint("/eapi/v1/index", index_price, 1),
    Endpoint("/eapi/v1/depth", depth, by_limit(DEPTH_STEPS, 100)),
    Endpoint("/eapi/v1/klines", klines, 1),
    Endpoint("/eapi/v1/trades", trades, 5),
    Endpoint("/eapi/v1/blockTrades", block_trades, 5),
)
