"""Symbol words in both tables: spot first, the perpetual if only that exists, else up to three suggestions."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from analysis.framework.question import Market
from config.c_basket import BasketConfig
from handlers.services import NamedBasket, SymbolFound, SymbolMissing
from handlers.symbols import ExchangeSymbols
from utils.binance_api.symbols import Listed, State, SymbolTable
from utils.http.errors import Retryable


def listed(symbol: str, quote: str = "USDT", state: State = "trading", multiple: int = 1) -> Listed:
    base = symbol.removesuffix(quote)
    return Listed(symbol, base, quote, state, base.removeprefix("1000"), multiple)


SPOT = [listed("BTCUSDT"), listed("BTCTRY", "TRY"), listed("ETHUSDT"), listed("XMRUSDT", state="delisted")]
HALTED = [
    listed("LUNAUSDT", state="halted"),
    listed("FTTUSDT", state="delisted"),
    listed("SOLUSDT"),
    listed("SOLVUSDT"),
]
FUTURES = [listed("BTCUSDT"), listed("1000SHIBUSDT", multiple=1000), listed("XMRUSDT")]


@dataclass
class Side:
    market: Market
    rows: list[Listed]
    error: Exception | None = None
    unreadable: frozenset[str] = frozenset()
    volumes: dict[str, float] = field(default_factory=dict)
    listed_since: list[Listed] = field(default_factory=list)
    """What a table that is read anew has beside the others."""

    async def tickers_24h(self) -> SimpleNamespace:
        rows = {symbol: SimpleNamespace(quote_volume=volume) for symbol, volume in self.volumes.items()}
        return SimpleNamespace(value=rows)

    async def symbols(self, *, doubted: bool = False) -> SymbolTable:
        if self.error is not None:
            raise self.error
        rows = {row.symbol: row for row in self.rows + (self.listed_since if doubted else [])}
        return SymbolTable(self.market, rows, 0, unreadable=self.unreadable)


@dataclass
class Exchange:
    spot: Side = field(default_factory=lambda: Side("spot", SPOT + HALTED))
    futures: Side = field(default_factory=lambda: Side("futures", FUTURES))


async def resolve(
    word: str, exchange: Exchange | None = None, quote: str = "USDT"
) -> SymbolFound | SymbolMissing:
    return await ExchangeSymbols(exchange or Exchange()).resolve(word, quote=quote)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "symbol", "market"),
    [
        *[
            (word, "BTCUSDT", "spot")
            for word in ("btc", "$btc", "BTC/USDT", "btc-usdt", "BTCUSDT", "bitcoin")
        ],
        ("BTCUSDT.P", "BTCUSDT", "futures"),
        ("btc/try", "BTCTRY", "spot"),
        ("shib", "1000SHIBUSDT", "futures"),
        ("xmr", "XMRUSDT", "futures"),
        ("solv", "SOLVUSDT", "spot"),
    ],
)
async def test_words_name_spot_first_and_the_perpetual_where_only_that_trades(
    word: str, symbol: str, market: Market
) -> None:
    assert await resolve(word) == SymbolFound(symbol, market)


async def test_the_chats_quote_completes_a_bare_coin() -> None:
    assert await resolve("btc", quote="TRY") == SymbolFound("BTCTRY", "spot")


@pytest.mark.parametrize(
    ("word", "why"), [("luna", "halted"), ("ftt", "delisted"), ("qqqq", "unknown"), ("so", "ambiguous")]
)
async def test_a_missing_symbol_says_why_with_at_most_three_suggestions(word: str, why: str) -> None:
    missing = await resolve(word)
    assert isinstance(missing, SymbolMissing)
    assert missing.why == why
    assert len(missing.nearest) <= 3
    assert all(found.symbol in {row.symbol for row in SPOT + HALTED + FUTURES} for found in missing.nearest)


@pytest.mark.parametrize(
    ("word", "symbol"), [("btcc", "BTCUSDT"), ("ethusd", "ETHUSDT"), ("ethu", "ETHUSDT")]
)
async def test_a_symbol_that_was_not_typed_exactly_says_from_what_it_was_guessed(
    word: str, symbol: str
) -> None:
    assert await resolve(word) == SymbolFound(symbol, "spot", word)


async def test_nothing_is_suggested_that_is_not_close() -> None:
    assert await resolve("hello") == SymbolMissing("hello", "unknown")


async def test_a_suggestion_is_named_once_although_both_markets_list_it() -> None:
    missing = await resolve("btq")
    assert isinstance(missing, SymbolMissing)
    assert missing.nearest.count(SymbolFound("BTCUSDT", "spot")) == 1
    assert SymbolFound("BTCUSDT", "futures") not in missing.nearest


async def test_spot_alone_decides_if_the_futures_table_is_unavailable() -> None:
    exchange = Exchange()
    exchange.futures.error = Retryable("binance.futures.exchangeInfo", "timeout")
    assert await resolve("btc", exchange) == SymbolFound("BTCUSDT", "spot")
    assert isinstance(await resolve("qqqq", exchange), SymbolMissing)
    with pytest.raises(Retryable):
        await resolve("btc.p", exchange)


@pytest.mark.parametrize("word", ["btc", "BTCUSDT", "btc/usdt", "bitcoin"])
async def test_a_symbol_that_cannot_be_read_is_said_and_not_replaced(word: str) -> None:
    spot = Side("spot", [listed("BTCTRY", "TRY")], unreadable=frozenset({"BTCUSDT"}))
    missing = await resolve(word, Exchange(spot=spot))
    assert isinstance(missing, SymbolMissing)
    assert missing.why == "unreadable"
    assert SymbolFound("BTCUSDT", "futures") in missing.nearest
    assert await resolve("btc/try", Exchange(spot=spot)) == SymbolFound("BTCTRY", "spot")


async def test_a_perpetual_that_cannot_be_read_costs_its_own_questions_alone() -> None:
    exchange = Exchange(futures=Side("futures", [listed("XMRUSDT")], unreadable=frozenset({"BTCUSDT"})))
    missing = await resolve("BTCUSDT.P", exchange)
    assert missing == SymbolMissing("BTCUSDT.P", "unreadable")
    assert await resolve("btc", exchange) == SymbolFound("BTCUSDT", "spot")


async def basket(word: str, exchange: Exchange, quote: str = "USDT") -> NamedBasket | None:
    config = BasketConfig(majors=("BTC", "SOL", "XMR", "NOSUCH"))
    return await ExchangeSymbols(exchange, lambda: config).basket(word, quote=quote)  # type: ignore[arg-type]


VOLUMES = {"SOLUSDT": 9.0, "USDCUSDT": 99.0, "EURUSDT": 50.0, "BTCUSDT": 5.0, "ETHUSDT": 7.0, "BTCTRY": 80.0}


@pytest.mark.parametrize("word", ["top2", "TOP2", "ilk2"])
async def test_the_most_traded_are_ranked_by_quote_volume_without_money(word: str) -> None:
    rows = [*SPOT, *HALTED, listed("USDCUSDT"), listed("EURUSDT")]
    found = await basket(word, Exchange(Side("spot", rows, volumes=VOLUMES)))
    assert found is not None
    assert [one.symbol for one in found.found] == ["SOLUSDT", "ETHUSDT"]
    assert found.name == "top2"


@pytest.mark.parametrize("word", ["majors", "Majors", "majörler"])
async def test_majors_are_the_configured_coins_that_are_listed(word: str) -> None:
    found = await basket(word, Exchange())
    assert found == NamedBasket(
        "majors",
        (SymbolFound("BTCUSDT", "spot"), SymbolFound("SOLUSDT", "spot"), SymbolFound("XMRUSDT", "futures")),
    )


@pytest.mark.parametrize("word", ["btc", "top", "top200", "topx", "majority"])
async def test_other_words_name_no_basket(word: str) -> None:
    assert await basket(word, Exchange()) is None


@pytest.mark.parametrize("market", ["spot", "futures"])
@pytest.mark.parametrize("word", ["pepe", "pepeusdt", "btcx"])
async def test_what_was_listed_since_the_tables_were_read_is_found(word: str, market: Market) -> None:
    exchange = Exchange()
    name = word.removesuffix("usdt").upper()
    getattr(exchange, market).listed_since = [listed(f"{name}USDT")]
    assert await resolve(word, exchange) == SymbolFound(f"{name}USDT", market)
