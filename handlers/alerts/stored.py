"""Alerts as the database keeps them, and back: the rule as its text, what is remembered as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, cast
from zoneinfo import ZoneInfo

from analysis.framework.question import Market
from handlers.alerts.catalogue import Catalogue
from handlers.alerts.grammar import AlertFault, parse_alert
from handlers.alerts.machine import AlertState, Phase
from handlers.alerts.rule import Rule, rule_text
from handlers.alerts.truth import Memory
from handlers.chat.keyboard import subject_of
from utils.store.alerts import AlertDefinition, AlertStanding

UTC = ZoneInfo("UTC")


def stored_rule(rule: Rule) -> str:
    """Return the text of a rule as it is kept: without its symbol and its end, which have columns of their own."""
    return rule_text(replace(rule, symbol=None))


def subject(definition: AlertDefinition) -> str:
    """Return the symbol of an alert as it is typed: ``BTCUSDT``, and ``BTCUSDT.P`` for the perpetual."""
    return subject_of(definition.symbol, market_of(definition))


def market_of(definition: AlertDefinition) -> Market:
    """Return the market of an alert's symbol."""
    return "futures" if definition.market == "futures" else "spot"


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


def standing_after(before: AlertStanding, state: AlertState) -> AlertStanding:
    """Return what is kept of an alert in another state, with all that is no part of the state."""
    kept = standing_of(state, fired=before.fired)
    return replace(
        kept,
        fired_at=before.fired_at,
        unknown_since=before.unknown_since,
        is_told_unknown=before.is_told_unknown,
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
