"""Administrators, bans, known chats, overrides and the audit: what is done stands with who did it."""

import pytest

from utils.store.audit import AuditEntry
from utils.store.bans import Ban
from utils.store.known_chats import KnownChat
from utils.store.principals import Principal
from utils.store.store import Store

BOT, OWNER, ANN, GROUP, SUPERGROUP = 77, 1, 7, -100, -1009


def entry(action: str, subject: str = "x", before: str | None = None, after: str | None = None) -> AuditEntry:
    return AuditEntry(5, OWNER, GROUP, action, subject, before, after)


async def audited(store: Store) -> list[tuple[str, str]]:
    return [(one.action, one.subject) for one in await store.audit.last(10)]


async def test_an_administrator_is_added_once_and_removed_once(store: Store) -> None:
    ann = Principal(BOT, ANN, "Ann", OWNER, 5)
    assert await store.principals.add(ann, entry("admin add", "7"))
    assert not await store.principals.add(ann, entry("admin add", "7"))
    assert await store.principals.of_bot(BOT) == (ann,)
    assert await store.principals.of_bot(BOT + 1) == ()
    assert await store.principals.remove(BOT, ANN, entry("admin remove", "7"))
    assert not await store.principals.remove(BOT, ANN, entry("admin remove", "7"))
    assert await audited(store) == [("admin remove", "7"), ("admin add", "7")]


async def test_a_ban_and_a_mute_of_a_group_follow_it_and_are_lifted_each(store: Store) -> None:
    ban = Ban(BOT, GROUP, "ban", "Traders", OWNER, 5)
    mute = Ban(BOT, GROUP, "mute", "Traders", OWNER, 6)
    assert await store.bans.add(ban, entry("ban"))
    assert not await store.bans.add(ban, entry("ban"))
    assert await store.bans.add(mute, entry("mute"))
    await store.bans.add(Ban(BOT, SUPERGROUP, "mute", "Traders", OWNER, 7), entry("mute"))
    await store.chats.move(BOT, GROUP, SUPERGROUP)
    assert [(one.subject_id, one.kind) for one in await store.bans.of_bot(BOT)] == [
        (SUPERGROUP, "ban"),
        (SUPERGROUP, "mute"),
    ]
    assert await store.bans.remove(BOT, SUPERGROUP, "ban", entry("unban"))
    assert not await store.bans.remove(BOT, SUPERGROUP, "ban", entry("unban"))
    assert [one.kind for one in await store.bans.of_bot(BOT)] == ["mute"]
    assert await audited(store) == [("unban", "x"), ("mute", "x"), ("mute", "x"), ("ban", "x")]


async def test_chats_are_known_as_they_were_seen_last(store: Store) -> None:
    chats = store.known_chats
    await chats.note(BOT, [])
    await chats.note(BOT, [KnownChat(GROUP, "group", "Old", 1), KnownChat(ANN, "private", "Ann", 2)])
    await chats.note(BOT, [KnownChat(GROUP, "group", "New", 3)])
    assert await chats.of_bot(BOT) == (
        KnownChat(GROUP, "group", "New", 3),
        KnownChat(ANN, "private", "Ann", 2),
    )
    await store.chats.move(BOT, GROUP, SUPERGROUP)
    assert (await chats.of_bot(BOT))[0] == KnownChat(SUPERGROUP, "supergroup", "New", 3)


async def test_a_group_that_moves_to_a_known_supergroup_is_known_once(store: Store) -> None:
    old, new = KnownChat(GROUP, "group", "Old", 1), KnownChat(SUPERGROUP, "supergroup", "New", 2)
    await store.known_chats.note(BOT, [old, new])
    await store.chats.move(BOT, GROUP, SUPERGROUP)
    assert await store.known_chats.of_bot(BOT) == (new,)


async def test_overrides_are_a_stack_with_its_audit(store: Store) -> None:
    overrides = store.overrides
    for value in (21, [1, "a"], None):
        await overrides.push("trend.rsi_period", value, entry("config", "trend.rsi_period"))
    rows = await overrides.all()
    assert [(row.key, row.value) for row in rows] == [
        ("trend.rsi_period", 21),
        ("trend.rsi_period", [1, "a"]),
        ("trend.rsi_period", None),
    ]
    assert await overrides.remove(rows[-1].number, entry("config undo"))
    assert not await overrides.remove(rows[-1].number, entry("config undo"))
    assert [row.number for row in await overrides.all()] == [row.number for row in rows[:2]]
    assert await audited(store) == [("config undo", "x")] + 3 * [("config", "trend.rsi_period")]


async def test_nothing_is_done_without_its_audit(store: Store) -> None:
    bad = AuditEntry(5, OWNER, None, "admin add", "")
    with pytest.raises(ValueError, match="printable"):
        await store.principals.add(Principal(BOT, ANN, "Ann", OWNER, 5), bad)
    with pytest.raises(ValueError, match="printable"):
        await store.overrides.push("a.b", 1, bad)
    assert (await store.principals.of_bot(BOT), await store.overrides.all()) == ((), ())
    assert await store.audit.last(10) == ()


async def test_the_audit_tells_what_was_and_what_is(store: Store) -> None:
    await store.audit.add(AuditEntry(9, None, None, "reload", "trend.rsi_period", "14", "21"))
    await store.audit.add(entry("ban", "GROUP", None, "banned"))
    newest, oldest = await store.audit.last(10)
    assert oldest == AuditEntry(9, None, None, "reload", "trend.rsi_period", "14", "21")
    assert newest == entry("ban", "GROUP", None, "banned")
    assert len(await store.audit.last(1)) == 1


async def test_a_view_is_taken_once(store: Store) -> None:
    await store.views.put("~a", "content", now_ms=1)
    assert await store.views.take("~a") == "content"
    assert await store.views.take("~a") is None
