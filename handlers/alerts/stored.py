"""Alerts as the database keeps them, and back: the rule as its text, what is remembered as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, cast
from zoneinfo import ZoneInfo

from handlers.alerts.catalogue import Catalogue
from handlers.alerts.grammar import AlertFault, parse_alert
from handlers.alerts.machine import AlertState, Phase
from handlers.alerts.rule import Rule, rule_text
from handlers.alerts.truth import Memory
from utils.store.alerts import AlertDefinition, AlertStanding

UTC = ZoneInfo("UTC")


def stored_rule(rule: Rule) -> str:
    """Return the text of a rule as it is kept: without its symbol and its end, which have columns of their own."""
    return rule_text(replace(rule, symbol=None))


def rule_of(definition: AlertDefinition, catalogue: Catalogue) -> Rule | AlertFault:
    """Return the rule of a stored alert; a fault where it watches what there is no longer."""
    rule = parse_alert(definition.rule, catalogue, now_ms=0, zone=UTC)
    if isinstance(rule, AlertFault):
        return rule
    return replace(rule, symbol=definition.symbol, until_ms=definition.until)


def standing_of(state: AlertState, *, fired: int) -> AlertStanding:
    """Return a state as it is kept, with how often the alert has fired."""
    return AlertStanding(
        state.phase,
        state.since_ms,
        tuple(asdict(memory) for memory in state.memories),
        state.is_seen,
        state.silent_until_ms,
        fired,
    )


def state_of(standing: AlertStanding) -> AlertState:
    """Return the state that was kept."""
    return AlertState(
        cast(Phase, standing.phase),
        standing.since,
        tuple(_memory(one) for one in standing.memory),
        standing.is_seen,
        standing.silent_until,
    )


def _memory(kept: Mapping[str, Any]) -> Memory:
    return Memory(**kept)
