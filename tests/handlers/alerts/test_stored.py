"""What is kept of an alert is what it was."""

from zoneinfo import ZoneInfo

import pytest

from handlers.alerts.catalogue import Catalogue
from handlers.alerts.grammar import AlertFault, parse_alert
from handlers.alerts.machine import AlertState, step
from handlers.alerts.rule import Rule
from handlers.alerts.stored import rule_of, standing_of, state_of, stored_rule
from handlers.alerts.truth import CurrentValue, Memory
from utils.store.alerts import AlertDefinition
from utils.store.outbox import Destination

NOW_MS = 1_781_703_420_000
GROUP = Destination(7, -100, "group")


def definition(rule: str, until: int | None = None) -> AlertDefinition:
    return AlertDefinition(GROUP, 42, "BTCUSDT", "spot", "1h", rule, until, "en")


@pytest.mark.parametrize(
    "text",
    [
        "btc trend_strength.4h > 0.8 & (price < 3e | trend changes)".replace("3e", "30000"),
        "price crosses_up 0.00000012 for 5m cooldown 90m until 3d",
        "btc > 70k",
    ],
)
def test_a_rule_is_read_from_what_is_kept(everything: Catalogue, text: str) -> None:
    asked = parse_alert(text, everything, now_ms=NOW_MS, zone=ZoneInfo("Europe/Istanbul"))
    assert isinstance(asked, Rule)
    kept = definition(stored_rule(asked), asked.until_ms)
    found = rule_of(kept, everything)
    assert isinstance(found, Rule)
    assert found.symbol == "BTCUSDT"
    parts = ("condition", "hold_ms", "cooldown_ms", "until_ms")
    assert [getattr(found, part) for part in parts] == [getattr(asked, part) for part in parts]


def test_what_can_no_longer_be_watched_is_a_fault(everything: Catalogue) -> None:
    found = rule_of(definition("trend.gone_metric > 1.0 cooldown 2h"), everything)
    assert isinstance(found, AlertFault)
    assert (found.code, found.word) == ("name", "trend.gone_metric")


def test_a_state_is_kept_whole(everything: Catalogue) -> None:
    memories = (Memory(above=True, moved="up"), Memory(word="calm"), Memory(below=False))
    state = AlertState("pending", NOW_MS, memories, True, NOW_MS + 9)
    standing = standing_of(state, fired=3)
    assert standing.fired == 3
    assert state_of(standing) == state
    rule = rule_of(definition("price > 5.0 cooldown 2h"), everything)
    assert isinstance(rule, Rule)
    made = step(rule, AlertState(), {one.watched: CurrentValue(6.0) for one in [rule.condition]}, NOW_MS)  # type: ignore[union-attr]
    assert state_of(standing_of(made.state, fired=1)) == made.state
