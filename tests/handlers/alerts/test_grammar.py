"""Texts of alerts: what is understood, what is refused in one line, and that what is written can be read."""

import string
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.alerts.catalogue import PRICE, Catalogue
from handlers.alerts.condition import (
    Condition,
    Joined,
    Predicate,
    WatchedValue,
    condition_text,
    predicates,
)
from handlers.alerts.grammar import MOST_PREDICATES, AlertFault, parse_alert
from handlers.alerts.rule import Rule, length_text, rule_text

NOW_MS = 1_781_703_420_000  # 2026-06-17 13:37 UTC
ISTANBUL = ZoneInfo("Europe/Istanbul")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
TREND = WatchedValue("composite", "trend_strength", "", "4h")
LIQUIDITY = WatchedValue("composite", "liquidity_pressure")
SCORE = WatchedValue("score", "trend")


def parsed(text: str, everything: Catalogue) -> Rule | AlertFault:
    return parse_alert(text, everything, now_ms=NOW_MS, zone=ISTANBUL)


def rule(text: str, everything: Catalogue) -> Rule:
    found = parsed(text, everything)
    assert isinstance(found, Rule), found
    return found


def test_the_whole_grammar_in_one_line(everything: Catalogue) -> None:
    found = rule(
        "btc trend_strength.4h > 0.8 & liquidity_pressure < 0.3 for 5m cooldown 90m until 2026-12-31",
        everything,
    )
    both = Joined("&", (Predicate(TREND, ">", 0.8), Predicate(LIQUIDITY, "<", 0.3)))
    assert found == Rule(
        "btc", both, 5 * MINUTE, 90 * MINUTE, 1_798_664_400_000
    )  # 2026-12-31 00:00 in Istanbul


def test_and_binds_closer_than_or(everything: Catalogue) -> None:
    one, two, three = (Predicate(SCORE, ">", level) for level in (0.1, 0.2, 0.3))
    text = "trend > 0.1 | trend > 0.2 & trend > 0.3"
    assert rule(text, everything).condition == Joined("|", (one, Joined("&", (two, three))))
    text = "(trend > 0.1 or trend > 0.2) ve trend > 0.3"
    assert rule(text, everything).condition == Joined("&", (Joined("|", (one, two)), three))


@pytest.mark.parametrize(
    ("text", "symbol", "operator", "level"),
    [
        ("price > 70000", None, ">", 70_000.0),
        ("btc price>=70k", "btc", ">=", 70_000.0),
        ("BTC/USDT fiyat ≤ 1.5m", "BTC/USDT", "<=", 1_500_000.0),
        ("$btc price above 0,5", "$btc", ">", 0.5),
        ("eth > 3000", "eth", ">", 3_000.0),
        ("1000shib crosses_up .001", "1000shib", "crosses_up", 0.001),
        ("btc (price < 5)", "btc", "<", 5.0),
        ("price crosses 1.234", None, "crosses", 1.234),
    ],
)
def test_peoples_own_ways(
    everything: Catalogue, text: str, symbol: str | None, operator: str, level: float
) -> None:
    found = rule(text, everything)
    assert found.symbol == symbol
    assert found.condition == Predicate(PRICE, operator, level)  # type: ignore[arg-type]


def test_what_changes_has_no_level(everything: Catalogue) -> None:
    state = WatchedValue("label", "regime", "volatility_state", "1h")
    found = rule("regime.volatility_state.1h changes", everything)
    assert found.condition == Predicate(state, "changes", None)
    assert rule("trend changes", everything).condition == Predicate(SCORE, "changes", None)


@pytest.mark.parametrize(
    ("text", "hold", "cooldown"),
    [
        ("trend > 0.5", 0, 2 * HOUR),
        ("trend > 0.5 for 5 m", 5 * MINUTE, 2 * HOUR),
        ("trend > 0.5 cooldown 1 saat for 15dk", 15 * MINUTE, HOUR),
        ("trend > 0.5 FOR 1d", DAY, 2 * HOUR),
    ],
)
def test_lengths_of_time(everything: Catalogue, text: str, hold: int, cooldown: int) -> None:
    found = rule(text, everything)
    assert (found.hold_ms, found.cooldown_ms) == (hold, cooldown)


@pytest.mark.parametrize(
    ("until", "until_ms"),
    [
        ("31.12.2026 14:30", 1_798_716_600_000),
        ("2026-12-31T14:30", 1_798_716_600_000),
        ("3d", NOW_MS + 3 * DAY),
        ("@3d", NOW_MS + 3 * DAY),
        ("18:00", 1_781_708_400_000),  # today: it is 16:37 in Istanbul
        ("16:00", 1_781_787_600_000),  # tomorrow
        ("yarın 09:00", 1_781_762_400_000),
        ("tomorrow", 1_781_730_000_000),
    ],
)
def test_until_when_in_the_zone_of_the_chat(everything: Catalogue, until: str, until_ms: int) -> None:
    assert rule(f"trend > 0.5 until {until}", everything).until_ms == until_ms


@pytest.mark.parametrize(
    ("text", "code", "word", "example"),
    [
        ("", "empty", "", "btc trend_strength.4h > 0.8"),
        ("btc trend_strenght.4h > 0.8", "name", "trend_strenght.4h", "trend_strength.4h > 0.8"),
        ("btc zzzz_zzzz > 0.8", "name", "zzzz_zzzz", "btc trend_strength.4h > 0.8"),
        ("zzzz_zzzz > 0.8", "name", "zzzz_zzzz", "btc trend_strength.4h > 0.8"),
        ("trend_strength.7x > 0.8", "interval", "trend_strength.7x", "trend_strength.4h"),
        ("price.4h > 1", "interval", "price.4h", "price"),
        ("btc prise > 5", "name", "prise", "price > 70k"),
        ("price", "operator", "price", "price > 70k"),
        ("price < x", "level", "x", "price < 70k"),
        ("btc trend", "operator", "trend", "trend > 0.8"),
        ("btc trend 0.8", "operator", "0.8", "trend > 0.8"),
        ("trend > x", "level", "x", "trend > 0.8"),
        ("trend >", "level", ">", "trend > 0.8"),
        ("btc price > 70,000", "thousands", "70,000", "price > 70000"),
        ("trend > 8", "scale", "8", "trend: 0 … 1"),
        ("price changes", "no_words", "price", "price crosses 70k"),
        ("risk_exposure changes", "no_words", "risk_exposure", "risk_exposure crosses 0.8"),
        (
            "regime.volatility_state > 1",
            "no_number",
            "regime.volatility_state",
            "regime.volatility_state changes",
        ),
        ("(trend > 0.5", "bracket", "(", "btc trend_strength.4h > 0.8"),
        ("trend > 0.5)", "bracket", ")", "btc trend_strength.4h > 0.8"),
        ("trend > 0.5 for", "length", "for", "for 5m"),
        ("trend > 0.5 for ever", "length", "ever", "for 5m"),
        ("trend > 0.5 for 0m", "length", "0m", "for 5m"),
        ("trend > 0.5 for 1M", "length", "1M", "for 5m"),
        ("trend > 0.5 cooldown 5", "length", "5", "cooldown 5m"),
        ("trend > 0.5 until 2020-01-01", "until", "2020-01-01", "until 2026-12-31"),
        ("trend > 0.5 until never", "until", "never", "until 2026-12-31"),
        ("trend > 0.5 for 5m for 6m", "twice", "for", "btc trend_strength.4h > 0.8"),
        ("trend > 0.5 please", "word", "please", "btc trend_strength.4h > 0.8"),
        ("trend > 0.5 &", "empty", "", "btc trend_strength.4h > 0.8"),
        ("> 5", "word", ">", "btc trend_strength.4h > 0.8"),
        ("btc > 0.5 > 3", "word", ">", "btc trend_strength.4h > 0.8"),
    ],
)
def test_one_line_says_what_is_wrong(
    everything: Catalogue, text: str, code: str, word: str, example: str
) -> None:
    assert parsed(text, everything) == AlertFault(code, word, example)  # type: ignore[arg-type]


def test_no_alert_is_endless(everything: Catalogue) -> None:
    most = " & ".join(["trend > 0.5"] * MOST_PREDICATES)
    assert isinstance(parsed(most, everything), Rule)
    more = parsed(f"{most} & trend > 0.5", everything)
    assert isinstance(more, AlertFault)
    assert more.code == "long"
    deep = parsed("(" * 5_000 + "trend > 0.5" + ")" * 5_000, everything)
    assert isinstance(deep, AlertFault)
    assert deep.code == "bracket"


NAMES = [
    "price",
    "trend.4h",
    "trend.rsi_14.1d",
    "risk_exposure",
    "regime.volatility_state.1h",
    "flow.fragility",
]


def conditions(everything: Catalogue) -> st.SearchStrategy[Condition]:
    def compared(name: str) -> st.SearchStrategy[Condition]:
        watched = everything.find(name)
        assert isinstance(watched, WatchedValue)
        if watched.kind == "label":
            return st.just(Predicate(watched, "changes", None))
        operators = st.sampled_from([">", ">=", "<", "<=", "crosses", "crosses_up", "crosses_down"])
        levels = st.floats(0, 1).map(lambda level: float(f"{level:.6f}"))
        return st.builds(Predicate, st.just(watched), operators, levels)

    def joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        def other(by: str) -> st.SearchStrategy[Condition]:
            few = parts.filter(lambda part: isinstance(part, Predicate) or part.by != by)
            return st.lists(few, min_size=2, max_size=3).map(lambda some: Joined(by, tuple(some)))  # type: ignore[arg-type]

        return st.sampled_from("&|").flatmap(other)

    one = st.sampled_from(NAMES).flatmap(compared)
    return st.recursive(one, joined, max_leaves=5).filter(
        lambda condition: len(list(predicates(condition))) <= MOST_PREDICATES
    )


@given(data=st.data())
def test_what_is_written_is_read_as_it_was(everything: Catalogue, data: st.DataObject) -> None:
    condition = data.draw(conditions(everything))
    wanted = Rule(
        "btc",
        condition,
        hold_ms=MINUTE * data.draw(st.integers(0, 10_000)),
        cooldown_ms=MINUTE * data.draw(st.integers(1, 100_000)),
    )
    assert rule(rule_text(wanted), everything) == wanted
    assert rule(condition_text(condition), everything).condition == condition


def test_levels_are_written_out(everything: Catalogue) -> None:
    for level in (3e-08, 1e-06, 0.1 + 0.2, 70_000.0, 1e16):
        written = condition_text(Predicate(PRICE, ">", level))
        assert "e" not in written.removeprefix("price")
        assert rule(written, everything).condition == Predicate(PRICE, ">", level)


@given(text=st.text(alphabet=string.printable + "≥≤ığş−", max_size=80))
def test_any_text_is_a_rule_or_a_fault(everything: Catalogue, text: str) -> None:
    assert isinstance(parsed(text, everything), Rule | AlertFault)


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [(5 * MINUTE, "5m"), (90 * MINUTE, "90m"), (2 * HOUR, "2h"), (DAY, "1d"), (7 * DAY, "1w")],
)
def test_lengths_are_written_in_their_largest_whole_unit(length_ms: int, text: str) -> None:
    assert length_text(length_ms) == text
