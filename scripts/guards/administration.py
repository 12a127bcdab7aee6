"""Guards of the bot's administration: who becomes an administrator, what is confirmed, what a configuration may be."""

from typing import Final

from scripts.guards.guard import Attack, Guard

CONFIRMING: Final = "handlers/admin/confirming.py"
CONFIGURATION: Final = "bot/administration/configuration.py"
CHATS: Final = "bot/administration/chats.py"
OVERLAY: Final = "config/overlay.py"
ROLES: Final = "tests/bot/administration/test_roles.py"
HOSTILE: Final = "tests/bot/administration/test_hostile.py"
STOLEN: Final = f"{ROLES}::test_a_stolen_confirmation_is_refused_and_stays_open_for_who_was_asked"
CONFIGURING: Final = "tests/bot/administration/test_configuring.py"
INVALID: Final = f"{CONFIGURING}::test_an_invalid_file_changes_nothing_and_every_problem_is_named"
REFUSED: Final = f"{CONFIGURING}::test_a_refused_override_changes_nothing"
NO_VALUE: Final = "tests/config/test_overlay.py::test_a_table_a_date_and_several_keys_are_no_value"
OVERVIEW: Final = "tests/bot/administration/test_overview.py"
ANNOUNCED: Final = f"{OVERVIEW}::test_a_broadcast_goes_once_to_every_chat_that_takes_pushes"
ASKED: Final = "return asked == (context.spec.name, context.person.id, chat_id)"
PLAIN: Final = 'return value if set(table) == {"value"} and _is_plain(value) else text'

ATTACKS: Final = (
    Attack(
        "the administrator of a group, or who is no person, administers the bot",
        (
            Guard(
                "administrators of a group are none of the bot",
                "bot/administration/access.py",
                "return person_id in self._owners or person_id in self._admins",
                "return True",
                f"{HOSTILE}::test_the_admin_of_a_group_has_no_rights_over_the_bot",
            ),
            Guard(
                "ids that are no person's",
                "handlers/admin/subjects.py",
                "return found if found is not None and found.id > 0 else None",
                "return found",
                f"{ROLES}::test_nobody_else_becomes_an_admin",
            ),
        ),
    ),
    Attack(
        "a stolen confirmation",
        (
            Guard(
                "whom, where and for what it was asked",
                CONFIRMING,
                "if pending is not None and not pending.was_asked(context):",
                "if False:",
                STOLEN,
            ),
            Guard(
                "the chat asked",
                CONFIRMING,
                ASKED,
                "return asked[:2] == (context.spec.name, context.person.id)",
                STOLEN,
            ),
            Guard(
                "the command asked",
                CONFIRMING,
                ASKED,
                "return asked[1:] == (context.person.id, chat_id)",
                STOLEN,
            ),
            Guard(
                "the person asked",
                CONFIRMING,
                ASKED,
                "return asked[::2] == (context.spec.name, chat_id)",
                STOLEN,
            ),
            Guard("the owner of the button", CONFIRMING, " or data.owner != query.person.id:", ":", STOLEN),
        ),
    ),
    Attack(
        "a confirmation pressed twice, late, made up, or without the right any more",
        (
            Guard(
                "once",
                CONFIRMING,
                "taken = pending is not None and await nonces.take(_row(key)) is not None",
                "taken = pending is not None",
                f"{ROLES}::test_a_confirmation_works_once",
            ),
            Guard(
                "for five minutes",
                CONFIRMING,
                "if pending is None or not taken or pending.until < context.services.clock.now_ms():",
                "if pending is None or not taken:",
                f"{ROLES}::test_a_confirmation_ends_after_five_minutes",
            ),
            Guard(
                "a row of its own",
                CONFIRMING,
                "    if text is None:\n        return None\n    row = json.loads(text)",
                '    row = json.loads(text or \'{"command":"ban","person":1,"chat":1,"until":9e15,"what":{}}\')',
                f"{ROLES}::test_a_made_up_nonce_does_nothing",
            ),
            Guard(
                "rights at the press",
                CONFIRMING,
                "if not allowed or message is None",
                "if message is None",
                f"{ROLES}::test_rights_are_those_at_the_press",
            ),
        ),
    ),
    Attack(
        "a malicious TOML",
        (
            Guard(
                "unknown sections",
                "config/loader.py",
                "        if name not in sections:",
                "        if False:",
                INVALID,
            ),
            Guard("unknown keys", "config/base.py", 'extra="forbid"', 'extra="ignore"', INVALID),
            Guard(
                "deep nesting",
                "config/loader.py",
                "except (ValueError, RecursionError) as error:",
                "except ValueError as error:",
                INVALID,
            ),
            Guard(
                "secrets in it",
                CONFIGURATION,
                "tuple(self._redact(str(problem)) for problem in error.problems)",
                "tuple(str(problem) for problem in error.problems)",
                INVALID,
            ),
            Guard(
                "secrets that a reload changes",
                CONFIGURATION,
                "ConfigChange(one.key, self._redact(one.before), self._redact(one.after)) for one in changed",
                "one for one in changed",
                f"{CONFIGURING}::test_a_secret_among_the_changes_of_a_reload_is_not_told",
            ),
        ),
    ),
    Attack(
        "a malicious override",
        (
            Guard("keys", CONFIGURATION, "    if not _KEY.fullmatch(key):", "    if False:", REFUSED),
            Guard("no table", OVERLAY, PLAIN, 'return value if set(table) == {"value"} else text', NO_VALUE),
            Guard("one key", OVERLAY, PLAIN, "return value if _is_plain(value) else text", NO_VALUE),
            Guard(
                "deep nesting",
                OVERLAY,
                "except (ValueError, RecursionError):",
                "except ValueError:",
                NO_VALUE,
            ),
            Guard("length", OVERLAY, "    if len(text) > LONGEST_VALUE:", "    if False:", REFUSED),
        ),
    ),
    Attack(
        "a broadcast with markup, to who wants none",
        (
            Guard(
                "markup",
                CHATS,
                'content = Push(esc(text), esc(text[:LONGEST_LINE]), "en").to_json()',
                'content = Push(text, text[:LONGEST_LINE], "en").to_json()',
                ANNOUNCED,
            ),
            Guard(
                "muted chats",
                CHATS,
                "in await self._known()\n            if self._takes_pushes(chat.chat_id)\n        ]",
                "in await self._known()\n        ]",
                ANNOUNCED,
            ),
            Guard(
                "once",
                CHATS,
                'f"broadcast {bot_id} {key} {chat.chat_id}"',
                'f"broadcast {bot_id} {now_ms} {chat.chat_id}"',
                f"{OVERVIEW}::test_a_broadcast_that_is_done_again_is_not_sent_again",
            ),
        ),
    ),
)
