"""The buttons of alerts: under a push, under an alert, under the list, under what is offered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from handlers.alerts.keys import AlertDraft, named_of
from handlers.alerts.stored import subject
from handlers.chat.callback_data import Action, CallbackData
from handlers.locale.messages import Translator
from handlers.ports import Button, Keyboard
from utils.store.alerts import StoredAlert

COMMAND, LIST_COMMAND = "alert", "alerts"
ALERT_COMMANDS: Final = frozenset({COMMAND, LIST_COMMAND})
_SNOOZES: Final[tuple[tuple[Action, int], ...]] = (("az2", 2), ("az24", 24))
ROW: Final = 3
"""Alerts beside each other under the list."""


def push_keyboard(alert: StoredAlert, tr: Translator) -> Keyboard:
    """Return the buttons under a push: seen, snooze, chart, edit, delete."""
    snoozes = tuple(
        _button(f"⏸ {tr.gettext('{hours} h', hours=hours)}", action, alert) for action, hours in _SNOOZES
    )
    return ((_button(tr.gettext("Seen"), "as", alert), *snoozes), _manage(alert, tr))


def alert_keyboard(alert: StoredAlert, tr: Translator) -> Keyboard:
    """Return the buttons under one alert that somebody looks at."""
    back = Button("‹ " + tr.gettext("All alerts"), CallbackData("r", LIST_COMMAND).encode())
    if alert.standing.phase == "expired":
        return (_manage(alert, tr), (back,))
    return (_snoozes(alert, tr), _manage(alert, tr), (back,))


def list_keyboard(alerts: Sequence[StoredAlert]) -> Keyboard:
    """Return a button for each alert."""
    buttons = [_button(f"{one.key.number} · {subject(one.definition)}", "r", one) for one in alerts]
    return tuple(tuple(buttons[place : place + ROW]) for place in range(0, len(buttons), ROW))


def deletion_keyboard(alert: StoredAlert, tr: Translator) -> Keyboard:
    """Return the buttons under the question whether an alert is to be deleted."""
    yes = replace(_button(tr.gettext("Delete"), "ok", alert), style="danger")
    return ((yes, _button(tr.gettext("Keep"), "no", alert)),)


def offer_keyboard(offers: Sequence[tuple[str, AlertDraft]], owner: int | None) -> Keyboard:
    """Return a button for each alert that can be made by a press; ``owner`` is who was offered them."""
    return tuple(
        (Button(text, CallbackData("ok", COMMAND, draft.key, owner=_owner(owner)).encode()),)
        for text, draft in offers
    )


def _snoozes(alert: StoredAlert, tr: Translator) -> tuple[Button, ...]:
    return tuple(
        _button(tr.gettext("Snooze {hours} h", hours=hours), action, alert) for action, hours in _SNOOZES
    )


def _manage(alert: StoredAlert, tr: Translator) -> tuple[Button, ...]:
    return (
        _button(tr.gettext("Chart"), "c", alert),
        _button(tr.gettext("Edit"), "ae", alert),
        _button(tr.gettext("Delete"), "ad", alert),
    )


def _button(text: str, action: Action, alert: StoredAlert) -> Button:
    owner = _owner(alert.definition.person_id)
    return Button(text, CallbackData(action, COMMAND, named_of(alert).key, owner=owner).encode())


def _owner(person_id: int | None) -> int | None:
    """Who speaks as a chat has no person's id."""
    return person_id if person_id is not None and person_id >= 0 else None
