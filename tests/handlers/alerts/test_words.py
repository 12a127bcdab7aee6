"""What an alert says in both languages."""

from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from handlers.alerts.catalogue import PRICE, Catalogue
from handlers.alerts.condition import Predicate, WatchedValue
from handlers.alerts.grammar import AlertFault, FaultCode, parse_alert
from handlers.alerts.rule import Rule
from handlers.alerts.truth import CurrentValue
from handlers.alerts.words import AlertWords, fault_line
from handlers.locale.messages import Messages, load_messages
from handlers.render.html import plain

NOW_MS = 1_781_703_420_000
ISTANBUL = "Europe/Istanbul"
TEXT = (
    "btc (trend_strength.4h > 0.8 | price crosses_up 70k) & regime.volatility_state changes"
    " for 5m cooldown 2h until 2026-12-31"
)


@pytest.fixture(scope="module")
def messages() -> Messages:
    return load_messages()


def words(everything: Catalogue, messages: Messages, language: str) -> AlertWords:
    return AlertWords(everything, messages.of(language), interval="1h", zone=ISTANBUL)


def rule(everything: Catalogue, text: str) -> Rule:
    found = parse_alert(text, everything, now_ms=NOW_MS, zone=ZoneInfo(ISTANBUL))
    assert isinstance(found, Rule)
    return found


def test_what_was_understood_is_said_in_english(everything: Catalogue, messages: Messages) -> None:
    said = words(everything, messages, "en").rule("BTCUSDT", rule(everything, TEXT))
    assert plain(said) == (
        "BTCUSDT: (Trend strength 4h above 0.80 or price rises through 70,000.00) and volatility state 1h changes, "
        "for at least 5 min, at most every 2 hr, until 31 Dec 2026 00:00 +03"
    )
    assert "<b>BTCUSDT</b>" in said


def test_what_was_understood_is_said_in_turkish(everything: Catalogue, messages: Messages) -> None:
    said = words(everything, messages, "tr").rule("BTCUSDT", rule(everything, TEXT))
    assert plain(said) == (
        "BTCUSDT: (Trend gücü 4h, 0,80 üstünde veya fiyat, 70.000,00 üstüne çıkarsa) ve volatility state 1h değişirse, "
        "en az 5 dk. boyunca, en sık 2 sa. arayla, şu ana dek: 31 Ara 2026 00:00 +03"
    )


def test_the_shortest_alert_says_the_least(everything: Catalogue, messages: Messages) -> None:
    said = words(everything, messages, "en").rule("BTCUSDT", rule(everything, "price < 0.00001234"))
    assert plain(said) == "BTCUSDT: price below 0.00001234, at most every 2 hr"


def test_present_values_stand_beside_their_names(everything: Catalogue, messages: Messages) -> None:
    asked = rule(
        everything,
        "trend > 0.123 & trend < 0.9 & trend.rsi_14 > 70 & price > 1 & regime.volatility_state changes",
    )
    values = {
        WatchedValue("score", "trend"): CurrentValue(0.61803),
        WatchedValue("label", "regime", "volatility_state"): CurrentValue(word="calm"),
        PRICE: CurrentValue(64_123.456),
    }
    said = words(everything, messages, "en").now(asked.condition, values)
    assert plain(said) == ("Trend & Momentum 1h 0.62, RSI 1h –, price 64,123.46, volatility state 1h calm")


def test_a_level_keeps_the_decimals_it_was_written_with(everything: Catalogue, messages: Messages) -> None:
    said = words(everything, messages, "en")
    levels = {0.5: "0.50", 0.123: "0.123", 0.1234567890123: "0.12345679"}
    for level, text in levels.items():
        condition = Predicate(WatchedValue("score", "trend"), ">", level)
        assert plain(said.condition(condition)) == f"Trend & Momentum 1h above {text}"


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("code", get_args(FaultCode))
def test_every_fault_is_one_line_with_what_to_type(
    messages: Messages, language: str, code: FaultCode
) -> None:
    said = fault_line(AlertFault(code, "<x>", "trend > 0.8"), messages.of(language))
    assert "<code>trend &gt; 0.8</code>" in said
    assert "<x>" not in said
    assert "\n" not in said
    english = fault_line(AlertFault(code, "<x>", "trend > 0.8"), messages.of("en"))
    assert (said == english) is (language == "en")
