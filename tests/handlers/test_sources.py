"""Where numbers come from is said to readers by name, and each place once."""

import pytest

from analysis.framework.reasons import Reason
from bot.sandbox_child import ONCHAIN
from handlers.render.reason_lines import why_missing
from handlers.render.score_lines import reason_words
from handlers.render.sentences import source_fault
from handlers.render.sources import source_words
from tests.handlers.harness import MESSAGES
from utils.http.errors import Unavailable
from utils.options_api.deribit_client import NAME as DERIBIT

EN, TR = MESSAGES.of("en"), MESSAGES.of("tr")


@pytest.mark.parametrize(
    ("source", "english", "turkish"),
    [
        ("binance.futures.globalLongShortAccountRatio", "Binance futures", "Binance futures"),
        ("binance.spot", "Binance spot", "Binance spot"),
        ("binance.key", "Binance", "Binance"),
        ("coinmetrics.AssetMetrics", "Coin Metrics", "Coin Metrics"),
        ("database", "The database", "Veritabanı"),
        ("elsewhere.binance", "elsewhere.binance", "elsewhere.binance"),
    ],
)
def test_a_source_is_told_by_name(source: str, english: str, turkish: str) -> None:
    assert (source_words(source, EN), source_words(source, TR)) == (english, turkish)
    assert why_missing(Reason("source_down", {"source": source}), EN) == f"{english} does not answer now"


@pytest.mark.parametrize("source", [*ONCHAIN, DERIBIT])
def test_every_provider_has_a_name(source: str) -> None:
    assert source_words(source, EN) != source


def test_two_endpoints_of_one_market_are_one_reason() -> None:
    down = [Reason("source_down", {"source": f"binance.futures.{one}"}) for one in ("ratio", "funding")]
    assert reason_words([*down, Reason("constant")], EN) == (
        "Binance futures does not answer now; the values do not vary"
    )


def test_a_fault_names_its_source() -> None:
    said = source_fault(Unavailable("defillama.stablecoins", "gone"), EN, zone="UTC")
    assert str(said) == "DefiLlama does not answer now; try again in a minute."
