"""What somebody evil tries with names and rights; see docs/security.md."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.ports import IncomingMessage, Person
from tests.bot.administration.house import MEMBER, OWNER, house
from tests.bot.test_process import ROOT
from tests.handlers.harness import GROUP, NOW_MS

NAMES = (
    "<b>Mia</b>",
    "{who} {undo} %s",
    "Mia\x00\u202e\n/admin add 3",
    "\ud800",
    "x" * 300,
    "'; DROP TABLE audit; --",
    "\u200b",
)


@pytest.mark.parametrize("name", NAMES)
async def test_a_hostile_name_is_banned_listed_and_audited_as_text(tmp_path: Path, name: str) -> None:
    async with house(tmp_path) as made:
        mia = Person(MEMBER.id, name, None)
        await made.type("/t btc", mia)
        asked = await made.type("/ban", OWNER, GROUP, replied_to=mia)
        assert asked is not None
        assert "<b>Mia" not in asked.text
        assert "gets no answers any more" in await made.confirm(asked, OWNER, GROUP)
        (banned,) = made.access.restricted("ban")
        assert banned.name.isprintable()
        assert "\n" not in banned.name
        assert str(MEMBER.id) in await made.said("/ban")
        ((_, _, subject, _, _),) = await made.audited()
        assert subject.endswith("3")


async def test_a_hostile_group_title_is_text(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        for number, name in enumerate(NAMES):
            chat = replace(GROUP, chat_id=-500 - number)
            made.chats.note(IncomingMessage(MEMBER, chat, 1, "/t btc", NOW_MS, chat_title=name))
        answer = await made.type("/groups")
        assert answer is not None
        assert "<b>Mia" not in answer.text
        assert answer.plain.splitlines()[0] == f"Groups ({len(NAMES)})"


async def test_the_admin_of_a_group_has_no_rights_over_the_bot(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        made.harness.notifier.admins = {MEMBER.id}
        for text in ("/ban 9", "/mute", "/admin add 3", "/reload@MarketViewBot"):
            answer = await made.said(text, MEMBER, GROUP)
            assert answer == "" or answer.startswith("There is no command"), text
        asked = await made.type("/ban 9", OWNER, GROUP)
        assert await made.confirm(asked, MEMBER, GROUP) == ""
        assert (made.access.restricted("ban"), await made.audited()) == ((), [])


def test_every_test_that_the_security_page_names_exists() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    named = re.findall(r"`((?:tests/[\w/]+\.py)?)((?:::\w+)?)`", page)
    assert len(named) > 40
    path = ""
    for file, function in named:  # a name alone is one of the file before it, a file alone is all of it
        path = file or path
        source = (ROOT / path).read_text()
        assert not function or f"def {function.removeprefix('::')}(" in source, f"{path}{function}"
