"""Guards of what anybody may ask: whose command it is, how often, who is banned, and any text or data."""

from typing import Final

from scripts.guards.guard import Attack, Guard

DISPATCH: Final = "handlers/dispatch.py"
REGISTRY: Final = "handlers/registry.py"
LANES: Final = "bot/telegram/receive/lanes.py"
ACCESS: Final = "bot/administration/access.py"
ROLES: Final = "tests/bot/administration/test_roles.py"
TO_MEMBERS: Final = f"{ROLES}::test_every_command_of_admins_is_unknown_to_a_member"
BANNED: Final = f"{ROLES}::test_who_is_banned_gets_no_answer_of_any_kind"
DISPATCHED: Final = "tests/handlers/test_dispatch.py"
PRESSED: Final = "tests/handlers/chat/test_callback_queries.py"
FLOODED: Final = "tests/bot/telegram/receive/test_lanes.py"
ANY_LINE: Final = "tests/handlers/test_any_line.py"
ONE_ANSWER: Final = f"{ANY_LINE}::test_every_line_in_private_gets_exactly_one_readable_answer"

ATTACKS: Final = (
    Attack(
        "a member uses a command of administrators",
        (
            Guard(
                "roles of commands",
                DISPATCH,
                "if spec is not None and may_use(self._services.access, message.person.id, spec):",
                "if spec is not None:",
                TO_MEMBERS,
            ),
            Guard(
                "roles in suggestions",
                REGISTRY,
                "known = [word for word, spec in self.by_name.items() if spec.is_for(role)]",
                "known = list(self.by_name)",
                TO_MEMBERS,
            ),
            Guard(
                "roles in help",
                "handlers/commands/help.py",
                "if spec is None or not spec.is_for(_role(context)):",
                "if spec is None:",
                f"{ROLES}::test_help_shows_commands_to_who_may_use_them_in_private",
            ),
            Guard(
                "roles in the list of help",
                "handlers/commands/help.py",
                "visible = [spec for spec in context.services.registry.specs if spec.is_for(role)]",
                "visible = list(context.services.registry.specs)",
                f"{ROLES}::test_help_shows_commands_to_who_may_use_them_in_private",
            ),
            Guard(
                "roles in menus",
                REGISTRY,
                "for spec in self.specs if spec.is_for(role))",
                "for spec in self.specs)",
                "tests/bot/telegram/test_menu.py",
            ),
            Guard(
                "roles of guests",
                DISPATCH,
                'or spec.role != "anyone" or banned:',
                "or banned:",
                f"{ROLES}::test_no_command_of_admins_is_for_guests",
            ),
            Guard(
                "owners above administrators",
                REGISTRY,
                "return ROLES.index(role) >= ROLES.index(self.role)",
                'return self.role == "anyone" or role != "anyone"',
                f"{ROLES}::test_an_admin_may_all_but_what_owners_alone_may",
            ),
        ),
    ),
    Attack(
        "a member reads in a group what administrators alone may read",
        (
            Guard(
                "answers in private alone",
                DISPATCH,
                'if spec.private and message.chat.kind != "private":',
                "if False:",
                f"{ROLES}::test_what_a_group_must_not_read_is_answered_in_private_alone",
            ),
        ),
    ),
    Attack(
        "a member floods the bot",
        (
            Guard(
                "quota of messages",
                DISPATCH,
                "elif wait_s := self._take_quota(message.person, message.chat, spec.quota):",
                "elif wait_s := 0.0:",
                f"{DISPATCHED}::test_a_person_over_the_quota_waits_and_others_do_not",
            ),
            Guard(
                "quota in a group",
                DISPATCH,
                "wait_s = wait_s or self._quota.take(",
                "wait_s = self._quota.take(",
                f"{DISPATCHED}::test_one_member_leaves_most_of_a_groups_messages_to_the_others",
            ),
            Guard(
                "quota of presses",
                "handlers/chat/callback_queries.py",
                "elif wait_s := self._take_quota(query.person, chat, spec.quota):",
                "elif wait_s := 0.0:",
                f"{PRESSED}::test_presses_count_against_the_quota",
            ),
            Guard(
                "quota of inline queries",
                DISPATCH,
                "elif wait_s := self._take_quota(query.person, None, spec.quota):",
                "elif wait_s := 0.0:",
                f"{DISPATCHED}::test_inline_queries_count_against_the_quota",
            ),
            Guard(
                "quota of guests",
                DISPATCH,
                "if not self._take_quota(query.person, None, spec.quota):",
                "if True:",
                "tests/handlers/commands/test_guest.py::test_a_guest_has_a_quota_as_everybody",
            ),
            Guard(
                "quota of presses beside cards",
                "handlers/chat/callback_queries.py",
                "if wait_s := self._take_quota(query.person, press.message.chat, PRESS_QUOTA):",
                "if wait_s := 0.0:",
                f"{PRESSED}::test_so_do_presses_beside_cards_and_of_old_cards",
            ),
            Guard(
                "quota of old buttons",
                "handlers/chat/callback_queries.py",
                "if wait_s := self._take_quota(query.person, message.chat, context.spec.quota):",
                "if wait_s := 0.0:",
                f"{PRESSED}::test_so_do_presses_beside_cards_and_of_old_cards",
            ),
            Guard(
                "a lane per person",
                LANES,
                "if lane.waiting and lane.running < self._per_lane",
                "if lane.waiting",
                f"{FLOODED}::test_a_lane_works_in_order_and_one_at_a_time",
            ),
            Guard(
                "a share per chat",
                LANES,
                "            if chat.running < self._per_chat\n",
                "",
                f"{FLOODED}::test_a_chat_takes_no_more_than_its_share",
            ),
            Guard(
                "turns of lanes",
                LANES,
                "            chat.turn = lane.turn = self._turns\n",
                "",
                f"{FLOODED}::test_who_asks_once_does_not_wait_behind_a_flood",
            ),
            Guard(
                "a person's messages in the person's lane",
                "bot/telegram/receive/update_receiver.py",
                "self._messages.put(incoming.chat.chat_id, incoming.person.id, job)",
                "self._messages.put(incoming.chat.chat_id, 0, job)",
                "tests/bot/telegram/receive/test_update_receiver.py::test_in_a_group_nobody_waits_for_what_another_member_asks",
            ),
        ),
    ),
    Attack(
        "a member writes any text, presses any data",
        (
            Guard(
                "an answer to every text",
                DISPATCH,
                "        elif private or addressed:\n            await self._reply",
                "        elif addressed:\n            await self._reply",
                ONE_ANSWER,
            ),
            Guard(
                "one line for any error of a command",
                DISPATCH,
                "            except Exception:\n                question.failed = True\n"
                '                error_id = self._log_failure(\n                    "command failed"',
                "            except LookupError:\n                question.failed = True\n"
                '                error_id = self._log_failure(\n                    "command failed"',
                ONE_ANSWER,
            ),
            Guard(
                "fields of a press",
                "handlers/chat/callback_data.py",
                "if len(fields) != _FIELDS or fields[0] != VERSION or fields[1] not in _ACTIONS:",
                "if fields[0] != VERSION or fields[1] not in _ACTIONS:",
                f"{ANY_LINE}::test_every_press_is_answered_without_an_exception",
            ),
        ),
    ),
    Attack(
        "somebody banned goes on",
        (
            Guard(
                "bans of messages",
                DISPATCH,
                "if self._services.access.is_banned(message.person.id, message.chat.chat_id):",
                "if False:",
                BANNED,
            ),
            Guard(
                "bans of presses",
                DISPATCH,
                "if self._services.access.is_banned(query.person.id, chat_id):",
                "if False:",
                BANNED,
            ),
            Guard(
                "bans of inline queries",
                DISPATCH,
                "if self._services.access.is_banned(query.person.id, None):",
                "if False:",
                BANNED,
            ),
            Guard(
                "bans of guests",
                DISPATCH,
                'or spec.role != "anyone" or banned:',
                'or spec.role != "anyone":',
                BANNED,
            ),
            Guard(
                "bans of commands that came late",
                DISPATCH,
                "            and not access.is_banned(message.person.id, message.chat.chat_id)\n",
                "",
                BANNED,
            ),
            Guard(
                "bans of groups",
                ACCESS,
                "return (person_id in banned or chat_id in banned) and not self.is_admin(person_id)",
                "return person_id in banned and not self.is_admin(person_id)",
                f"{ROLES}::test_a_banned_group_is_silent_to_all_but_admins",
            ),
            Guard(
                "no pushes to the banned and the muted",
                ACCESS,
                "return not any(chat_id in found for found in self._restricted.values())",
                "return True",
                f"{ROLES}::test_a_muted_chat_takes_no_pushes_and_still_gets_answers",
            ),
        ),
    ),
)
