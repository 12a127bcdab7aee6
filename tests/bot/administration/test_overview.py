"""``/status``, ``/groups``, ``/audit`` and ``/broadcast``: what admins see, and one message to every chat."""

import logging
from pathlib import Path

from bot.administration.errors import LONGEST, MOST, RecentErrors
from bot.redaction import Redactor
from bot.scheduler.push import push_of
from handlers.admin.ports import Doer
from handlers.ports import ChatRef, Person
from tests.bot.administration.house import BOT, KEY, MEMBER, OWNER, House, house
from tests.handlers.harness import GROUP

OTHER = ChatRef(-200, "group")


async def outgoing(made: House) -> dict[int, str]:
    claimed = await made.opened.outbox.claim(BOT, now_ms=made.harness.clock.now_ms(), most=50)
    return {one.message.to.chat_id: push_of(one.message.content).content.text for one in claimed}


async def test_status_tells_what_the_process_says_of_itself(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        assert (await made.said("/status")).splitlines() == [
            "Bot",
            "version 1.2 · running for 26 hr",
            "configuration abc",
            "cache hits 50%",
            "",
            "Not ready",
            "database: it is not open",
            "",
            "Request weight",
            "spot: 12 / 6000",
            "",
            "Streams (2)",
            "spot ethusdt@trade: –",
            "spot btcusdt@trade: 0.2 s",
            "",
            "Waiting",
            "answers: 3",
            "",
            "Jobs",
            "pushes: 1 sent",
            "",
            "Last errors",
            "11-30 04:00 command failed (abc123)",
        ]


async def test_status_writes_numbers_as_the_language_does(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        turkish = Person(OWNER.id, OWNER.name, "tr")
        assert "spot btcusdt@trade: 0,2 sn" in await made.said("/status", turkish)


async def test_groups_are_those_that_wrote_and_are_not_gone(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        assert await made.said("/groups") == "No group has written to the bot yet."
        await made.type("/t btc", MEMBER, GROUP)
        await made.type("/t btc", MEMBER, OTHER)
        answer = await made.said("/groups")
        assert answer.splitlines()[0] == "Groups (2)"
        assert "Traders -100" in answer
        await made.opened.chats.gone(BOT, GROUP.chat_id, "left", now_ms=5)
        assert "-100" not in await made.said("/groups")


async def test_a_broadcast_goes_once_to_every_chat_that_takes_pushes(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        for person, chat in (
            (MEMBER, None),
            (MEMBER, GROUP),
            (MEMBER, OTHER),
            (Person(9, "Bea", "en"), None),
        ):
            await made.type("/t btc", person, chat)
        await made.confirm(await made.type("/mute -200"))
        await made.confirm(await made.type("/ban 9"))
        asked = await made.type("/broadcast Maintenance <b>at 8</b>\n& back {soon}")
        assert asked is not None
        assert asked.plain == "Send this to 3 chats?\n\nMaintenance <b>at 8</b>\n& back {soon}"
        assert await outgoing(made) == {}
        assert await made.confirm(asked) == "It goes out to 3 chats."
        text = "Maintenance &lt;b&gt;at 8&lt;/b&gt;\n&amp; back {soon}"
        assert await outgoing(made) == {OWNER.id: text, MEMBER.id: text, GROUP.chat_id: text}
        assert "no longer open" in await made.confirm(asked)
        assert await outgoing(made) == {}
        assert (await made.audited())[-1] == (
            1,
            "broadcast",
            "3 chats",
            None,
            "Maintenance <b>at 8</b> & back {soon}",
        )


async def test_a_broadcast_that_is_done_again_is_not_sent_again(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        await made.type("/t btc", MEMBER)
        doer = Doer(OWNER.id, OWNER.id)
        assert await made.chats.announce("At 8", "nonce", doer) == 1
        await made.harness.clock.advance(1)
        assert await made.chats.announce("At 8", "nonce", doer) == 0
        assert await made.chats.announce("At 8", "other", doer) == 1


async def test_a_broadcast_needs_a_text_of_bearable_length(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        assert await made.said("/broadcast") == "Write /broadcast …."
        assert await made.said("/broadcast \n ") == "Write /broadcast …."
        assert "At most 2000" in await made.said("/broadcast " + "x" * 2_001)
        assert "hello" in await made.said("/broadcast\nhello")


async def test_the_audit_is_read_newest_first(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        assert await made.said("/audit") == "Nothing was done yet."
        await made.said("/config trend.rsi_period=21")
        await made.confirm(await made.type("/ban 3"))
        title, newest, oldest = (await made.said("/audit")).splitlines()
        assert title == "Audit"
        assert newest.endswith("1 ban 3: – → ban")
        assert oldest.endswith("1 config trend.rsi_period: 14 → 21")


def test_the_last_errors_are_short_and_without_secrets() -> None:
    errors = RecentErrors(Redactor([KEY]))
    log = logging.getLogger("made.up")
    with errors.listening():
        for number in range(MOST + 2):
            log.error("failure %s with %s %s", number, KEY, "x" * 500)
        log.warning("not an error")
        log.error({"event": "command failed", "error_id": "abc123"})
    log.error("later")
    assert len(errors.lines) == MOST
    assert errors.lines[0].endswith("command failed (abc123)")
    assert f"failure {MOST + 1} with *** x" in errors.lines[1]
    assert all(len(line) <= LONGEST and KEY not in line for line in errors.lines)
