"""Rules as people type them: with their symbol, every interval, and their end in the chat's zone."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from handlers.alerts.catalogue import Catalogue
from handlers.alerts.condition import Condition, Joined
from handlers.alerts.rule import Rule, rule_text


def typed_rule(rule: Rule, symbol: str, zone: str) -> str:
    """Return what somebody in a zone types to get a rule about a symbol."""
    text = rule_text(replace(rule, symbol=symbol))
    return text if rule.until_ms is None else f"{text} until {_typed_moment(rule.until_ms, zone)}"


def with_intervals(condition: Condition, interval: str, catalogue: Catalogue) -> Condition:
    """Return a condition in which names without an interval have this one, where they take any."""
    if isinstance(condition, Joined):
        return replace(
            condition, parts=tuple(with_intervals(part, interval, catalogue) for part in condition.parts)
        )
    watched = condition.watched
    if watched.interval is not None or not catalogue.of(watched).intervals:
        return condition
    return replace(condition, watched=replace(watched, interval=interval))


def _typed_moment(at_ms: int, zone: str) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
