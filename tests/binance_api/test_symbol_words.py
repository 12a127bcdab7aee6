"""What users type for a symbol."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.binance_api.test_symbols import PERPETUAL, row, table
from utils.binance_api.symbol_words import nearest, parse
from utils.binance_api.symbols import SymbolProblem

SPOT = table(
    [
        *[
            row(b)
            for b in ("BTC", "ETH", "ETHFI", "SHIB", "DOGE", "DOGS", "DOT", "SOL", "LINK", "AVAX", "1INCH")
        ],
        *[row("BTC", quote) for quote in ("USDC", "TRY", "EUR")],
        *[row("ETH", quote) for quote in ("BTC", "USDC")],
        row("BTC", "BUSD", status="BREAK"),
        row("WAVES", status="BREAK"),
        row("LUNA", status="CLOSE"),
        row("OLD", status="BREAK"),
        row("OLD", "BTC"),
        row("币安人生"),
    ]
)
FUTURES = table(
    [row(base, **PERPETUAL) for base in ("BTC", "1000SHIB", "1000PEPE", "1INCH", "DOGE")], "futures"
)


@pytest.mark.parametrize(
    ("word", "symbol", "how"),
    [
        ("btc", "BTCUSDT", "exact"),
        ("BTC", "BTCUSDT", "exact"),
        ("$btc", "BTCUSDT", "exact"),
        ("#BTC", "BTCUSDT", "exact"),
        ("BTC/USDT", "BTCUSDT", "exact"),
        ("btc-usdt", "BTCUSDT", "exact"),
        ("btc_usdt", "BTCUSDT", "exact"),
        ("BTC USDT", "BTCUSDT", "exact"),
        ("BTCUSDT", "BTCUSDT", "exact"),
        ("BTCUSDT.P", "BTCUSDT", "exact"),
        ("BTCUSDT-PERP", "BTCUSDT", "exact"),
        ("BINANCE:BTCUSDT.P", "BTCUSDT", "exact"),
        ("BTC/USDT:USDT", "BTCUSDT", "exact"),
        ("btctry", "BTCTRY", "exact"),
        ("btc/eur", "BTCEUR", "exact"),
        ("ethbtc", "ETHBTC", "exact"),
        ("eth", "ETHUSDT", "exact"),
        ("lınk", "LINKUSDT", "exact"),
        ("LİNK", "LINKUSDT", "exact"),
        ("1inch", "1INCHUSDT", "exact"),
        ("bitcoin", "BTCUSDT", "exact"),
        ("xbt/usdt", "BTCUSDT", "exact"),
        ("old", "OLDBTC", "exact"),
        ("币安人生", "币安人生USDT", "exact"),
        ("av", "AVAXUSDT", "prefix"),
        ("btcusd", "BTCUSDT", "prefix"),
        ("etherum", "ETHUSDT", "fuzzy"),
        ("solusdtt", "SOLUSDT", "fuzzy"),
    ],
)
def test_words_on_spot(word: str, symbol: str, how: str) -> None:
    match = parse(SPOT, word)
    assert (match.listed.symbol, match.how) == (symbol, how)


@pytest.mark.parametrize(
    ("word", "symbol"),
    [
        ("shib", "1000SHIBUSDT"),
        ("SHIB/USDT", "1000SHIBUSDT"),
        ("shibusdt", "1000SHIBUSDT"),
        ("1000shib", "1000SHIBUSDT"),
        ("pepe", "1000PEPEUSDT"),
        ("BTCUSDT.P", "BTCUSDT"),
        ("1inch", "1INCHUSDT"),
    ],
)
def test_words_on_futures(word: str, symbol: str) -> None:
    assert parse(FUTURES, word).listed.symbol == symbol


@pytest.mark.parametrize(
    ("quote", "symbol"), [("TRY", "BTCTRY"), ("USDC", "BTCUSDC"), ("GBP", "BTCUSDT"), ("BUSD", "BTCUSDT")]
)
def test_the_asked_quote_is_preferred_where_it_trades(quote: str, symbol: str) -> None:
    assert parse(SPOT, "btc", quote=quote).listed.symbol == symbol


@pytest.mark.parametrize(
    ("word", "why", "nearest_first"),
    [
        ("et", "ambiguous", ("ETHUSDT", "ETHFIUSDT")),
        ("do", "ambiguous", ("DOTUSDT", "DOGEUSDT", "DOGSUSDT")),
        ("waves", "halted", ()),
        ("btcbusd", "halted", ("BTCUSDT", "BTCUSDC", "BTCEUR")),
        ("luna", "delisted", ()),
        ("dgoe", "unknown", ("DOGEUSDT",)),
        ("", "unknown", ()),
        ("   ", "unknown", ()),
        ("$", "unknown", ()),
        ("x" * 5000, "unknown", ()),
    ],
)
def test_trouble_says_why_and_what_is_near(word: str, why: str, nearest_first: tuple[str, ...]) -> None:
    with pytest.raises(SymbolProblem) as trouble:
        parse(SPOT, word)
    assert trouble.value.why == why
    assert trouble.value.nearest[: len(nearest_first)] == nearest_first
    assert len(trouble.value.nearest) <= 3
    assert trouble.value.parameter == "symbol"
    assert len(str(trouble.value)) < 200


@given(st.text(max_size=80), st.sampled_from(["USDT", "TRY", "", "ß"]))
@example("BTC/USDT/ETH", "USDT")
@example("ß" * 40, "USDT")
@example("::::", "USDT")
def test_any_word_gives_a_trading_symbol_or_the_typed_error(word: str, quote: str) -> None:
    for market in (SPOT, FUTURES):
        try:
            match = parse(market, word, quote=quote)
        except SymbolProblem as trouble:
            known = [market.rows[symbol] for symbol in trouble.nearest]
            assert all(listed.state == "trading" for listed in known)
        else:
            assert match.listed.state == "trading"


@given(st.sampled_from([r.symbol for r in SPOT.trading()]))
def test_every_listed_symbol_means_itself_in_every_spelling(symbol: str) -> None:
    listed = SPOT.rows[symbol]
    for word in (symbol, symbol.lower(), f"{listed.base}/{listed.quote}", f"${listed.base}-{listed.quote}"):
        assert parse(SPOT, word).listed is listed


def test_nearest_of_an_empty_table_is_nothing() -> None:
    assert nearest(table([]), "BTC") == ()
    with pytest.raises(SymbolProblem):
        parse(table([]), "btc")
