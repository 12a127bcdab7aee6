"""The state machine of an alert: armed, pending for its ``for``, fired and cooling, and armed again; or expired.

Firing is the step from one look to the next, not a state that lasts: what fires is written down together with the
state that follows. A condition that stays true fires again after each cooldown, unless somebody has seen it.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from handlers.alerts.rule import Rule
from handlers.alerts.truth import CurrentValues, Memory, Truth, look

Phase = Literal["armed", "pending", "cooling", "expired"]


@dataclass(frozen=True, slots=True)
class AlertState:
    """In which phase an alert is and since when (UTC ms), and what is remembered of its predicates.

    ``is_seen`` says that somebody has seen it: it stays silent until its condition has been false once.
    ``silent_until_ms`` is the end of a snooze.
    """

    phase: Phase = "armed"
    since_ms: int = 0
    memories: tuple[Memory, ...] = ()
    is_seen: bool = False
    silent_until_ms: int = 0


NEW: Final = AlertState()


@dataclass(frozen=True, slots=True)
class Transition:
    """The state after a look, whether the alert fires, and whether its condition is true."""

    state: AlertState
    fires: bool
    truth: Truth


def step(rule: Rule, state: AlertState, values: CurrentValues, now_ms: int) -> Transition:
    """Return what one look at the values makes of an alert."""
    if state.phase == "expired" or (rule.until_ms is not None and now_ms >= rule.until_ms):
        return Transition(replace(state, phase="expired", since_ms=state.since_ms or now_ms), False, None)
    truth, memories = look(rule.condition, values, state.memories, waiting=state.phase == "pending")
    state = replace(state, memories=memories, is_seen=state.is_seen and truth is not False)
    if state.phase == "cooling" and now_ms < state.since_ms + rule.cooldown_ms:
        return Transition(state, False, truth)
    if not truth or state.is_seen or now_ms < state.silent_until_ms:
        return Transition(_in_phase(state, "armed", now_ms), False, truth)
    waited_since = state.since_ms if state.phase == "pending" else now_ms
    if now_ms - waited_since < rule.hold_ms:
        return Transition(_in_phase(state, "pending", now_ms), False, truth)
    return Transition(replace(state, phase="cooling", since_ms=now_ms), True, truth)


def seen(state: AlertState) -> AlertState:
    """Return the state after somebody has seen the push."""
    return replace(state, is_seen=True)


def snoozed(state: AlertState, until_ms: int) -> AlertState:
    """Return the state in which an alert stays silent until a moment (UTC ms)."""
    return replace(state, silent_until_ms=until_ms)


def _in_phase(state: AlertState, phase: Phase, now_ms: int) -> AlertState:
    return state if state.phase == phase else replace(state, phase=phase, since_ms=now_ms)
