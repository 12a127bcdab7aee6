"""Alerts are kept by their numbers; what has become of them is stored together with the message that they fire."""

from dataclasses import replace

import pytest

from utils.http.errors import SourceError
from utils.store import alerts
from utils.store.alerts import Advance, AlertDefinition, AlertKey, AlertStanding, StoredAlert
from utils.store.outbox import Destination, Outgoing
from utils.store.store import Store

BOT, NOW = 7, 1_781_703_420_000
GROUP = Destination(BOT, -100, "group", 3)
ASKED = AlertDefinition(GROUP, 42, "BTCUSDT", "spot", "1h", "price > 70000.0 cooldown 2h", NOW + 9, "tr")
NEW = AlertStanding("armed", 0, ())
FIRED = AlertStanding(
    "cooling",
    NOW,
    ({"above": True, "moved": None},),
    fired=1,
    fired_at=NOW,
    unknown_since=NOW - 9,
    is_told_unknown=True,
)


def fired(alert: StoredAlert) -> Advance:
    message = Outgoing(f"alert {alert.key.number}", alert.definition.to, {"text": "x"}, NOW, NOW + 1)
    return Advance(alert.key, alert.version, FIRED, (message,))


async def added(store: Store, definition: AlertDefinition = ASKED) -> StoredAlert:
    alert = await store.alerts.add(definition, NEW, now_ms=NOW, most=10)
    assert alert is not None
    return alert


async def test_an_alert_is_kept_as_it_was_asked_for(store: Store) -> None:
    alert = await added(store)
    assert alert == StoredAlert(AlertKey(BOT, -100, 1), ASKED, NEW, NOW, 0)
    found = await store.alerts.get(alert.key)
    assert found is not None
    assert replace(found, standing=replace(found.standing, memory=())) == alert
    assert await store.alerts.get(AlertKey(BOT, -100, 2)) is None


async def test_numbers_are_the_lowest_free_ones_of_each_chat(store: Store) -> None:
    for number in (1, 2, 3):
        assert (await added(store)).key.number == number
    assert (await added(store, replace(ASKED, to=replace(GROUP, chat_id=5)))).key.number == 1
    assert await store.alerts.remove(AlertKey(BOT, -100, 2))
    assert not await store.alerts.remove(AlertKey(BOT, -100, 2))
    assert (await added(store)).key.number == 2
    assert [alert.key.number for alert in await store.alerts.of_chat(BOT, -100)] == [1, 2, 3]


async def test_a_chat_has_only_so_many(store: Store) -> None:
    for _ in range(3):
        assert await store.alerts.add(ASKED, NEW, now_ms=NOW, most=3) is not None
    assert await store.alerts.add(ASKED, NEW, now_ms=NOW, most=3) is None
    assert len(await store.alerts.of_chat(BOT, -100)) == 3


async def test_what_fires_is_written_with_its_message(store: Store) -> None:
    alert = await added(store)
    assert await store.alerts.advance([fired(alert)], now_ms=NOW) == 1
    found = await store.alerts.get(alert.key)
    assert found is not None
    assert found.version == 1
    assert (found.standing.phase, found.standing.since, found.standing.fired) == ("cooling", NOW, 1)
    assert replace(found.standing, memory=tuple(found.standing.memory)) == FIRED
    (claimed,) = await store.outbox.claim(BOT, now_ms=NOW, most=10)
    assert claimed.message.to == GROUP


async def test_what_was_changed_meanwhile_is_left_and_nothing_is_sent(store: Store) -> None:
    pressed, deleted, looked_at = [await added(store) for _ in range(3)]
    seen = replace(NEW, is_seen=True)
    assert await store.alerts.advance([Advance(pressed.key, 0, seen)], now_ms=NOW) == 1
    await store.alerts.remove(deleted.key)
    assert await store.alerts.advance([fired(one) for one in (pressed, deleted, looked_at)], now_ms=NOW) == 1
    found = await store.alerts.get(pressed.key)
    assert found is not None
    assert (found.standing.is_seen, found.standing.phase) == (True, "armed")
    claimed = await store.outbox.claim(BOT, now_ms=NOW, most=10)
    assert [one.message.key for one in claimed] == ["alert 3"]


async def test_all_or_nothing_is_stored(store: Store) -> None:
    alert = await added(store)
    odd = replace(fired(alert), messages=(Outgoing("", GROUP, {}, NOW, NOW),))
    with pytest.raises((ValueError, SourceError)):
        await store.alerts.advance([odd], now_ms=NOW)
    found = await store.alerts.get(alert.key)
    assert found is not None
    assert found.version == 0


async def test_one_message_of_several_alerts_is_written_once(store: Store) -> None:
    alerts = [await added(store) for _ in range(3)]
    message = Outgoing("of all", GROUP, {"text": "x"}, NOW, NOW + 1)
    await store.alerts.remove(alerts[0].key)
    advances = [Advance(one.key, 0, FIRED, (message,)) for one in alerts]
    assert await store.alerts.advance(advances, now_ms=NOW) == 2
    assert [one.message.key for one in await store.outbox.claim(BOT, now_ms=NOW, most=9)] == ["of all"]


async def test_alerts_of_a_chat_are_told_apart_by_when_they_were_created(store: Store) -> None:
    first, second = await added(store), await added(store)
    assert (first.created_at, second.created_at) == (NOW, NOW + 1)
    await store.alerts.remove(first.key)
    again = await added(store)
    assert (again.key.number, again.created_at) == (1, NOW + 2)


async def test_an_alert_asks_for_something_else_from_then_on(store: Store) -> None:
    alert = await added(store)
    other = replace(ASKED, symbol="ETHUSDT", rule="price < 5.0 cooldown 1h", until=None)
    assert await store.alerts.redefine(alert, other, FIRED)
    found = await store.alerts.get(alert.key)
    assert found is not None
    assert (found.definition, found.version, found.created_at) == (other, 1, NOW)
    assert replace(found.standing, memory=tuple(found.standing.memory)) == FIRED
    assert not await store.alerts.redefine(alert, ASKED, NEW)


async def test_live_alerts_are_those_that_have_not_expired(store: Store) -> None:
    first, second = await added(store), await added(store)
    ended = Advance(first.key, 0, replace(NEW, phase="expired"))
    await store.alerts.advance([ended], now_ms=NOW)
    await added(store, replace(ASKED, to=replace(GROUP, bot_id=8)))
    assert [alert.key for alert in await store.alerts.live(BOT)] == [second.key]


@pytest.mark.parametrize("named", [1, 500])
async def test_of_living_alerts_only_those_that_changed_are_read_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, named: int
) -> None:
    monkeypatch.setattr(alerts, "CHATS_NAMED", named)
    chats = [replace(ASKED, to=replace(GROUP, chat_id=chat)) for chat in (-3, -2, -1)]
    first, second, third = [await added(store, chat) for chat in chats]
    before = await store.alerts.live(BOT)
    assert [one.key for one in before] == [first.key, second.key, third.key]
    assert all(one is same for one, same in zip(await store.alerts.live(BOT), before, strict=True))

    await store.alerts.advance([fired(first)], now_ms=NOW)
    assert await store.alerts.remove(third.key)
    again = await store.alerts.add(replace(chats[2], rule="price < 1.0"), NEW, now_ms=NOW + 1, most=10)
    assert again is not None
    assert again.key == third.key
    after = await store.alerts.live(BOT)
    assert [one.standing.phase for one in after] == ["cooling", "armed", "armed"]
    assert [one.definition.rule for one in after] == [ASKED.rule, ASKED.rule, "price < 1.0"]
    assert after[1] is before[1] or named == 1

    assert await store.alerts.redefine(after[1], replace(chats[1], rule="price > 5.0"), NEW)
    assert await store.alerts.remove(first.key)
    assert [one.definition.rule for one in await store.alerts.live(BOT)] == ["price > 5.0", "price < 1.0"]
