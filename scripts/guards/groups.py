"""Guards of what a group has: its administrators alone change it, and a button is for whom it was made."""

from typing import Final

from scripts.guards.guard import Attack, Guard

PRESSES: Final = "handlers/chat/setting_presses.py"
ALERT_PRESSES: Final = "handlers/chat/alert_presses.py"
PRESSED: Final = "tests/handlers/settings/test_pressed.py"
ALERTS: Final = "tests/handlers/chat/test_alerts.py"

ATTACKS: Final = (
    Attack(
        "a member changes what a group has",
        (
            Guard(
                "who may change",
                "handlers/chat/rights.py",
                "        or await context.services.notifier.is_admin(chat, context.person)\n",
                "        or True\n",
                "tests/handlers/settings/test_typed.py::test_in_a_group_admins_alone_change_and_all_may_look",
            ),
            Guard(
                "settings: typed and pressed",
                "handlers/settings/changing.py",
                "    if not await may_change(context):\n"
                "        return _refused(admins_only(context))\n    try:\n        value",
                "    try:\n        value",
                "tests/handlers/settings/test_typed.py::test_in_a_group_admins_alone_change_and_all_may_look",
                f"{PRESSED}::test_in_a_group_a_member_can_look_at_the_pages_and_an_admin_can_change",
            ),
            Guard(
                "settings: the page of another person",
                PRESSES,
                "elif data.owner not in {None, context.person.id} and not await may_change(context):",
                "elif False:",
                f"{PRESSED}::test_another_member_does_not_turn_the_page_of_who_asked",
            ),
            Guard(
                "settings: the rich look",
                "handlers/settings/changing.py",
                "    if not await may_change(context):\n        return _refused(admins_only(context))\n"
                "    try:\n        return await _keep",
                "    try:\n        return await _keep",
                "tests/handlers/settings/test_look.py::test_in_a_group_administrators_alone_turn_rich_on",
            ),
            Guard(
                "lists",
                "handlers/commands/favourites.py",
                "    if not await may_change(context):",
                "    if False:",
                "tests/handlers/favourites/test_favourites.py::test_a_group_has_lists_of_its_own_that_admins_change",
            ),
            Guard(
                "alerts: made",
                "handlers/chat/alert_making.py",
                "        if not await may_change(context):",
                "        if False:",
                f"{ALERTS}::test_in_a_group_its_admins_alone_make_and_delete",
            ),
            Guard(
                "alerts: deleted",
                "handlers/commands/alert.py",
                "    if not await may_change(context):",
                "    if False:",
                f"{ALERTS}::test_in_a_group_its_admins_alone_make_and_delete",
            ),
            Guard(
                "alerts: pressed",
                ALERT_PRESSES,
                "        return True\n    return await may_change(press.context)",
                "        return True\n    return True",
                f"{ALERTS}::test_another_member_presses_nothing_that_changes",
            ),
            Guard(
                "alerts: offered under a card",
                ALERT_PRESSES,
                "    if not await may_change(press.context):\n"
                "        await press.answer.give(admins_only(press.context))\n"
                "        return\n    try:",
                "    try:",
                f"{ALERTS}::test_an_offer_is_made_and_pressed_by_admins_alone",
            ),
            Guard(
                "alerts: deleted by who made them",
                ALERT_PRESSES,
                "if action not in ADMINISTRATIVE and alert.definition.person_id == person.id:",
                "if alert.definition.person_id == person.id:",
                f"{ALERTS}::test_who_made_it_and_is_no_admin_any_more_silences_but_does_not_delete",
            ),
            Guard(
                "digests",
                "handlers/commands/digest.py",
                "        if not await may_change(context):",
                "        if False:",
                "tests/handlers/commands/test_digest.py::test_in_a_group_only_admins_make_and_end_them",
            ),
        ),
    ),
    Attack(
        "somebody presses an owned button of another person's card",
        (
            Guard(
                "the owner of a button",
                "handlers/chat/callback_queries.py",
                "elif not await self._may_press(query, data):",
                "elif False:",
                "tests/handlers/chat/test_callback_queries.py::test_an_owned_button_is_the_owners_and_the_admins",
            ),
        ),
    ),
)
