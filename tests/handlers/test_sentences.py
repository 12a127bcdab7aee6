"""What the exchange did is said as it was, in both languages."""

import pytest

from handlers.render.sentences import source_fault, symbol_missing
from handlers.services import SymbolFound, SymbolMissing
from tests.handlers.harness import MESSAGES
from utils.binance_api.bars import ImpossibleBars, NoBars, NoBarsThen, NoneClosedYet
from utils.http.errors import Rejected, SourceError

SOURCE = "binance.spot.klines"


@pytest.mark.parametrize(
    ("error", "english", "turkish"),
    [
        (
            NoBars(SOURCE, "DDDUSDT", "1h"),
            "The exchange lists <code>DDDUSDT</code> but has sent no 1h bars of it so far.",
            "Borsa <code>DDDUSDT</code> listeliyor ama henüz 1h mumu göndermedi.",
        ),
        (
            NoneClosedYet(SOURCE, "DDDUSDT", "3d", None),
            "No 3d bar of <code>DDDUSDT</code> has closed yet.",
            "Henüz hiçbir <code>DDDUSDT</code> 3d mumu kapanmadı.",
        ),
        (
            Rejected("binance.futures.klines", "Invalid symbol.", code=-1121, parameter="symbol"),
            "The exchange does not list that symbol now.",
            "Borsa bu sembolü şu anda listelemiyor.",
        ),
        (
            NoBarsThen(SOURCE, "SOLUSDT", "4h"),
            "No 4h bar of <code>SOLUSDT</code> had closed by then.",
            "O ana kadar hiçbir <code>SOLUSDT</code> 4h mumu kapanmamıştı.",
        ),
        (
            ImpossibleBars(SOURCE, "ETHUSDT", "1d", "a price is not above 0"),
            "The exchange sent 1d bars of <code>ETHUSDT</code> that cannot be true; I use none.",
            "Borsa <code>ETHUSDT</code> için gerçek olamayacak 1d mumları gönderdi; hiçbirini kullanmıyorum.",
        ),
    ],
)
def test_bars_that_are_missing_or_wrong_are_neither_refused_nor_unanswered(
    error: SourceError, english: str, turkish: str
) -> None:
    assert str(source_fault(error, MESSAGES.of("en"), zone="UTC")) == english
    assert str(source_fault(error, MESSAGES.of("tr"), zone="UTC")) == turkish


def test_a_pair_that_starts_tomorrow_is_not_halted() -> None:
    said = str(symbol_missing(SymbolMissing("DDD", "pending"), "t", MESSAGES.of("en")))
    assert said.startswith("Trading of <code>DDD</code> has not begun on Binance yet.")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Binance lists <code>BTCUSDT</code> in a form that I cannot read. Did you mean:"),
        ("tr", "Binance <code>BTCUSDT</code> sembolünü okuyamadığım bir biçimde listeliyor."),
    ],
)
def test_a_symbol_that_cannot_be_read_is_not_called_unknown(language: str, sentence: str) -> None:
    missing = SymbolMissing("BTCUSDT", "unreadable", (SymbolFound("BTCUSDT", "futures"),))
    assert str(symbol_missing(missing, "t", MESSAGES.of(language))).startswith(sentence)
