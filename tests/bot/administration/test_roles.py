"""Who may do what: owners, admins, members; what is confirmed, by whom, once; and what is audited."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.administration.access import Access
from handlers.admin.confirming import CONFIRMED_WITHIN_MS
from handlers.chat.callback_data import CallbackData, parse_callback_data
from handlers.commands.administration import CONFIRMED
from handlers.ports import GuestQuery, IncomingMessage, InlineQuery, Person
from tests.bot.administration.house import ADMIN, BOT, MEMBER, OWNER, House, alone, house
from tests.handlers.harness import GROUP, NOW_MS
from utils.store.audit import AuditEntry
from utils.store.principals import Principal

ANONYMOUS = Person(-100, "Traders", None)
ENTRY = AuditEntry(5, 1, None, "admin add", "x")


async def promoted(made: House, person: Person = ADMIN) -> None:
    asked = await made.type(f"/admin add {person.id}")
    assert "is an admin of the bot" in await made.confirm(asked)


def commands(made: House) -> list[str]:
    return [spec.name for spec in made.harness.registry.specs if spec.role != "anyone"]


async def test_every_command_of_admins_is_unknown_to_a_member(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        assert len(commands(made)) == 9
        for name in commands(made):
            answer = await made.said(f"/{name} add 3", MEMBER)
            assert answer.startswith(f"There is no command /{name}."), name
            assert not any(f"/{other}?" in answer for other in commands(made))
            assert await made.said(f"/{name}", MEMBER, GROUP) == ""
            assert await made.said(f"/{name}", ANONYMOUS, GROUP) == ""
        assert await made.audited() == []


async def test_no_command_of_admins_is_for_guests(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        for name in commands(made):
            await guest(made, OWNER, f"/{name}")
        assert made.harness.notifier.guests == []
        await guest(made, OWNER, "/t btc")
        assert len(made.harness.notifier.guests) == 1


async def guest(made: House, person: Person, text: str) -> None:
    """Ask in a chat that the bot is not in."""
    await made.harness.dispatcher.on_guest_query(GuestQuery(person, "q", f"@MarketViewBot {text}"))


async def test_an_admin_may_all_but_what_owners_alone_may(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        await promoted(made)
        for name in commands(made):
            answer = await made.said(f"/{name}", ADMIN)
            assert answer.startswith("There is no command") == (name == "admin"), name


async def test_what_a_group_must_not_read_is_answered_in_private_alone(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        for name in ("status", "config", "reload", "groups", "broadcast", "audit"):
            assert await made.said(f"/{name} x", OWNER, GROUP) == "Ask me that in our private chat."


async def test_help_shows_commands_to_who_may_use_them_in_private(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        await promoted(made)
        assert "/reload" in await made.said("/help")
        assert "/admin" in await made.said("/help")
        assert "/reload" in await made.said("/help", ADMIN)
        assert "/admin" not in await made.said("/help", ADMIN)
        for where in (None, GROUP):
            assert "/reload" not in await made.said("/help", MEMBER, where)
        assert "/reload" not in await made.said("/help", OWNER, GROUP)
        assert "There is no command" in await made.said("/help reload", MEMBER)
        assert "/reload" in await made.said("/help reload", ADMIN)


async def test_admins_are_added_and_removed_by_owners_and_outlive_the_process(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        asked = await made.type("/admin add", OWNER, GROUP, replied_to=ADMIN)
        assert asked is not None
        assert "Make Adam 2 an admin of the bot?" in asked.plain
        assert not made.access.is_admin(ADMIN.id)
        assert await made.confirm(asked, OWNER, GROUP) == "Adam 2 is an admin of the bot."
        assert made.access.is_admin(ADMIN.id)
        assert await made.said("/admin add 2") == "That is an admin already."
        assert await made.said("/admin") == "Admins\nAdam 2"
    async with house(tmp_path) as made:
        assert not made.access.is_admin(ADMIN.id)
        await made.access.refresh()
        assert made.access.is_admin(ADMIN.id)
        assert "is no admin any more" in await made.confirm(await made.type("/admin remove 2"))
        assert not made.access.is_admin(ADMIN.id)
        assert (await made.said("/status", ADMIN)).startswith("There is no command")
        assert [entry[:3] for entry in await made.audited()] == [
            (1, "admin add", "Adam 2"),
            (1, "admin remove", "Adam 2"),
        ]


async def test_who_gets_or_loses_rights_is_told_of_by_every_process(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        here: list[int] = []
        there: list[int] = []
        other = Access({OWNER.id}, lambda: made.opened, made.harness.clock, lambda: BOT, there.append)
        made.access.on_admin = here.append
        await promoted(made)
        await made.access.refresh()
        await other.refresh()
        assert (here, there) == ([ADMIN.id], [ADMIN.id])
        await made.confirm(await made.type("/admin remove 2"))
        await made.confirm(await made.type("/ban 3"))
        await other.refresh()
        assert (here, there) == (2 * [ADMIN.id], 2 * [ADMIN.id])


@pytest.mark.parametrize(
    "words", ["add -100", "add x", "add 0", "add", "make 2", "add 2 3", "add ٣", "add 9" * 9]
)
async def test_nobody_else_becomes_an_admin(tmp_path: Path, words: str) -> None:
    async with house(tmp_path) as made:
        assert "/admin add 123" in await made.said(f"/admin {words}")
        assert await made.type("/admin add", OWNER, GROUP, replied_to=ANONYMOUS) is not None
        assert not made.access.admins


async def test_owners_come_from_the_environment_alone(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        assert await made.said("/admin remove 1") == "That is no admin."
        assert await made.said("/ban 1") == "That is an admin."
        assert made.access.is_owner(OWNER.id)
        await promoted(made)
        assert not made.access.is_owner(ADMIN.id)


async def test_a_confirmation_works_once(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        asked = await made.type("/ban 3")
        assert "gets no answers any more" in await made.confirm(asked)
        await made.said("/ban off 3")
        assert "no longer open" in await made.confirm(asked)
        assert not made.access.restricted("ban")


async def test_a_confirmation_ends_after_five_minutes(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        asked = await made.type("/ban 3")
        await made.harness.clock.advance(CONFIRMED_WITHIN_MS + 1)
        assert "no longer open" in await made.confirm(asked)
        assert not made.access.restricted("ban")


async def test_no_is_no(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        asked = await made.type("/ban 3")
        assert await made.confirm(asked, yes=False) == "Nothing was done."
        assert "no longer open" in await made.confirm(asked)
        assert (made.access.restricted("ban"), await made.audited()) == ((), [])


async def test_a_stolen_confirmation_is_refused_and_stays_open_for_who_was_asked(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        await promoted(made)
        asked = await made.type("/ban 3", OWNER, GROUP)
        assert asked is not None
        data = parse_callback_data(asked.keyboard[0][0].data)
        assert isinstance(data, CallbackData)
        for thief in (MEMBER, ADMIN):
            stolen = (data, replace(data, owner=thief.id), replace(data, owner=None))
            for one in stolen:
                await made.harness.press(one.encode(), thief, picture=False, chat=GROUP)
        await made.harness.press(data.encode(), OWNER, picture=False, chat=alone(OWNER))
        await made.harness.press(replace(data, command="mute").encode(), OWNER, picture=False, chat=GROUP)
        refused = [text for _, text, _ in made.harness.notifier.callback_answers[1:]]
        assert refused == 8 * ["Only the one who was asked may press this."]
        assert not made.access.restricted("ban")
        assert "gets no answers any more" in await made.confirm(asked, OWNER, GROUP)
        edits = list(made.harness.notifier.edits)
        await made.harness.press(data.encode(), ADMIN, picture=False, chat=GROUP)  # nor changes it afterwards
        assert made.harness.notifier.edits == edits


async def test_a_made_up_nonce_does_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        for name in CONFIRMED:
            data = CallbackData("ok", name, "~00000000", owner=OWNER.id).encode()
            await made.harness.press(data, OWNER, picture=False, chat=alone(OWNER))
            assert "no longer open" in made.harness.notifier.edits[-1][1].plain
        assert await made.audited() == []


async def test_rights_are_those_at_the_press(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        await promoted(made)
        asked = await made.type("/ban 3", ADMIN)
        await made.confirm(await made.type("/admin remove 2"))
        assert await made.confirm(asked, ADMIN) == ""
        assert not made.access.restricted("ban")


async def test_who_is_banned_gets_no_answer_of_any_kind(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        assert "BTCUSDT" in await made.said("/t btc", MEMBER)
        asked = await made.type("/ban", OWNER, GROUP, replied_to=MEMBER)
        assert "Mia 3 gets no answers any more" in await made.confirm(asked, OWNER, GROUP)
        for where in (None, GROUP):
            assert await made.type("/t btc", MEMBER, where) is None
        edits = len(made.harness.notifier.edits)
        await made.harness.press("1|r|t|BTCUSDT|4h|-|-", MEMBER, chat=GROUP)
        assert len(made.harness.notifier.edits) == edits
        await made.harness.dispatcher.on_inline_query(InlineQuery(MEMBER, "q", "btc"))
        assert made.harness.notifier.inline == [()]
        await guest(made, MEMBER, "/t btc")
        assert made.harness.notifier.guests == []
        late = [IncomingMessage(person, GROUP, 43, "/t btc", NOW_MS) for person in (MEMBER, ADMIN)]
        assert not await made.harness.dispatcher.on_late_messages(late[:1])
        assert await made.harness.dispatcher.on_late_messages(late)
        assert "BTCUSDT" in await made.said("/t btc", ADMIN, GROUP)
        assert "gets answers again" in await made.said("/ban off 3")
        assert "BTCUSDT" in await made.said("/t btc", MEMBER)
        assert [entry[:3] for entry in await made.audited()] == [(1, "ban", "Mia 3"), (1, "ban off", "Mia 3")]


async def test_a_banned_group_is_silent_to_all_but_admins(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        await made.confirm(await made.type("/ban -100"))
        assert await made.type("/t btc", MEMBER, GROUP) is None
        assert await made.type("/t btc", MEMBER) is not None
        assert "gets answers again" in await made.said("/ban off -100", OWNER, GROUP)


async def test_a_muted_chat_takes_no_pushes_and_still_gets_answers(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        asked = await made.type("/mute", OWNER, GROUP)
        assert asked is not None
        assert "Send Traders -100 no alerts" in asked.plain
        await made.confirm(asked, OWNER, GROUP)
        assert not made.access.takes_pushes(-100)
        assert await made.type("/t btc", MEMBER, GROUP) is not None
        assert "Traders -100" in await made.said("/mute")
        assert "again" in await made.said("/mute off", OWNER, GROUP)
        assert made.access.takes_pushes(-100)


async def test_admins_of_another_bot_or_process_are_read_anew(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        now = made.harness.clock.now_ms()
        for bot_id, person in ((77, 50), (78, 51)):
            principal = Principal(bot_id, person, "x", 1, now)
            await made.opened.principals.add(principal, replace(ENTRY, subject=str(person)))
        await made.access.refresh()
        assert [one.id for one in made.access.admins] == [50]


async def test_without_a_database_the_last_known_rights_stay(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        await promoted(made)
        await made.confirm(await made.type("/ban 3"))
        made.database.store = None
        await made.access.refresh()
        assert made.access.is_admin(ADMIN.id)
        assert await made.type("/t btc", MEMBER) is None
        assert "database" in await made.said("/ban 9")
