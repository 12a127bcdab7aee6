"""Alerts as people make, see, change and press them, alone and in a group with topics."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from handlers.alerts.keys import named_of
from handlers.alerts.stored import rule_of
from handlers.chat.callback_data import Action, CallbackData
from handlers.ports import ChatRef, Person
from tests.handlers.chat.alert_world import EVERYTHING, AlertHarness
from tests.handlers.harness import ALI, ALONE, ANN, GROUP, NOW_MS
from utils.store.alerts import StoredAlert
from utils.store.outbox import Destination
from utils.store.store import Store, open_store

BOB = Person(9, "Bob", "en")
HOUR = 3_600_000
RULE = "/alert btc trend_strength.4h > 0.8 & price < 200 for 5m cooldown 2h until 2026-12-31"


@pytest.fixture
async def store(database_address: str) -> AsyncIterator[Store]:
    async with open_store(database_address) as opened:
        yield opened


@pytest.fixture
def chat(store: Store) -> AlertHarness:
    harness = AlertHarness(store)
    harness.notifier.admins = {ANN.id}
    return harness


async def only(chat: AlertHarness, where: ChatRef = ALONE) -> StoredAlert:
    (alert,) = await chat.of(where)
    return alert


async def test_an_alert_is_kept_and_said_back_with_its_values(chat: AlertHarness) -> None:
    await chat.type(RULE)
    asked = (await only(chat)).definition
    assert (asked.symbol, asked.person_id, asked.language) == ("BTCUSDT", ANN.id, "en")
    assert asked.to == Destination(7, ALONE.chat_id, "private")
    assert chat.said == (
        "Alert 1 is set\n"
        "BTCUSDT: Trend strength 4h above 0.80 and price below 200.00, for at least 5 min, at most every 2 hr, "
        "until 31 Dec 2026 00:00 UTC\n"
        "Now: Trend strength 4h 0.60, price 100.00. It is not true now.\n"
        "waiting"
    )
    assert [button for row in chat.answer.keyboard for button in [one.text for one in row]] == [
        "Snooze 2 h", "Snooze 24 h", "Chart", "Edit", "Delete", "‹ All alerts",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0.9, "Now: Trend strength 4h 0.90. It is true now."),
        (0.1, "Now: Trend strength 4h 0.10. It is not true now."),
        (None, "Now: Trend strength 4h –. Whether it is true now is not known."),
    ],
)
async def test_whether_it_is_true_now_is_said(chat: AlertHarness, number: float | None, said: str) -> None:
    chat.alerts.numbers = {} if number is None else {"trend_strength": number}
    await chat.type("/alert btc trend_strength.4h > 0.8")
    assert said in chat.said


async def test_the_time_of_the_end_is_the_chats(chat: AlertHarness) -> None:
    await chat.choose("time_zone", "Europe/Istanbul")
    await chat.type("/alert btc price > 5 until 2026-12-31")
    assert (await only(chat)).definition.until == 1_798_664_400_000  # 2026-12-30 21:00 UTC
    assert "until 31 Dec 2026 00:00 +03" in chat.said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/alert btc trendstrength > 0.8", "There is no trendstrength to watch. For example: trend_strength > 0.8"),
        ("/alert btc trend_strength > 8", "8 is never reached. Its scale: trend_strength: 0 … 1"),
        ("/alert btc price > 5 cooldown 1m", "cooldown 1m is too often here; 5 min is the shortest. "
         "For example: cooldown 5m"),
        ("/alert nosuch price > 5", "I find no nosuch on Binance. Example: /alert btc trend_strength.4h > 0.8"),
        ("/alert off 4", "4 is the number of no alert here; /alerts shows them."),
        ("/alert off", "? is the number of no alert here; /alerts shows them."),
        ("/alert edit x price > 5", "x is the number of no alert here; /alerts shows them."),
        ("/alert 4", "4 is the number of no alert here; /alerts shows them."),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_one_line_that_shows_what_to_type(
    chat: AlertHarness, text: str, said: str
) -> None:
    await chat.type(text)
    assert chat.said == said
    assert await chat.of(ALONE) == ()


async def test_a_symbol_that_is_not_exact_is_offered_and_made_by_a_press(chat: AlertHarness) -> None:
    await chat.type("/alert bt price > 5 for 10m until 2026-12-31")
    assert chat.said == "bt can mean more than one symbol. Did you mean:"
    assert list(chat.buttons) == ["BTCUSDT", "BTCTRY", "1000SHIBUSDT.P"]
    await chat.press(chat.buttons["BTCUSDT"])
    alert = await only(chat)
    assert (alert.definition.symbol, alert.definition.until) == ("BTCUSDT", 1_798_675_200_000)
    assert chat.edited.startswith("Alert 1 is set\nBTCUSDT: price above 5.00, for at least 10 min")


async def test_a_guessed_symbol_is_named(chat: AlertHarness) -> None:
    await chat.type("/alert btcc price > 5")
    assert chat.said.startswith("Showing BTCUSDT for btcc.\nAlert 1 is set")


async def test_the_same_alert_is_not_made_twice(chat: AlertHarness) -> None:
    for _ in range(2):
        await chat.type("/alert btc price > 5")
    assert len(await chat.of(ALONE)) == 1
    assert chat.said.startswith("Alert 1 watches that already")
    await chat.type("/alert eth price > 5")
    assert len(await chat.of(ALONE)) == 2


async def test_a_chat_has_only_so_many_alerts_and_an_ended_one_makes_room(store: Store) -> None:
    chat = AlertHarness(store, alerts_per_chat=2)
    for symbol in ("btc", "eth"):
        await chat.type(f"/alert {symbol} price > 5")
    await chat.type("/alert btc price > 6")
    assert chat.said == "This chat has 2 alerts and may have no more; delete one in /alerts."
    ended = (await chat.of(ALONE))[0]
    await expire(chat, ended)
    await chat.type("/alert btc price > 6")
    assert [one.definition.rule for one in await chat.of(ALONE)] == [
        "price > 6.0 cooldown 2h", "price > 5.0 cooldown 2h",
    ]  # fmt: skip


async def expire(chat: AlertHarness, alert: StoredAlert) -> None:
    assert await chat.alerts.change(alert, replace(alert.standing, phase="expired"))


async def test_alone_alert_shows_how_it_is_written_and_makes_one_by_a_press(chat: AlertHarness) -> None:
    await chat.type("/alert")
    assert "/alert btc trend_strength.4h > 0.8" in chat.said
    assert list(chat.buttons) == [
        "Trend strength 4h above 0.75", "Trend strength 4h below 0.25", "Trend strength 4h changes",
    ]  # fmt: skip
    await chat.press(chat.buttons["Trend strength 4h above 0.75"])
    rule = rule_of((await only(chat)).definition, EVERYTHING)
    assert chat.edited.startswith("Alert 1 is set")
    assert "trend_strength" in str(rule)


async def test_the_list_says_state_and_each_alert_opens(chat: AlertHarness) -> None:
    await chat.type("/alerts")
    assert chat.said.startswith("There is no alert in this chat. For example: /alert btc")
    await chat.type("/alert btc price > 5")
    await chat.type("/alert eth price > 5")
    await chat.press(button(await second(chat), "az2"))
    await chat.type("/alerts")
    assert chat.said == (
        "2 alerts in this chat\n\n"
        "1 BTCUSDT: price above 5.00, at most every 2 hr\nwaiting\n\n"
        "2 ETHUSDT: price above 5.00, at most every 2 hr\nwaiting\u00a0· snoozed until 5 Aug 2024 15:10 UTC"
    )
    shown = chat.notifier.sent[-1][1].keyboard
    assert [one.text for row in shown for one in row] == ["1 · BTCUSDT", "2 · ETHUSDT"]
    await chat.press(shown[0][1].data)
    assert chat.edited.startswith("Alert 2\nETHUSDT")
    await chat.press(chat.buttons["‹ All alerts"])
    assert chat.edited.startswith("2 alerts in this chat")


async def second(chat: AlertHarness) -> StoredAlert:
    return (await chat.of(ALONE))[1]


def button(alert: StoredAlert, action: Action, *, owner: int | None = None) -> str:
    return CallbackData(action, "alert", named_of(alert).key, owner=owner).encode()


async def test_off_deletes_by_number(chat: AlertHarness) -> None:
    for symbol in ("btc", "eth"):
        await chat.type(f"/alert {symbol} price > 5")
    await chat.type("/alert off 1")
    assert chat.said == "Alert 1 is deleted.\nBTCUSDT: price above 5.00"
    assert [one.key.number for one in await chat.of(ALONE)] == [2]


async def test_an_edited_alert_keeps_its_number_and_begins_anew(chat: AlertHarness) -> None:
    await chat.type(RULE)
    await chat.press(button(await only(chat), "as"))
    await chat.press(button(await only(chat), "ae"))
    command = "/alert edit 1 BTCUSDT trend_strength.4h > 0.8 & price < 200.0 for 5m cooldown 2h until 2026-12-31T00:00"
    assert chat.said == f"Copy this, change it and send it:\n{command}"
    await chat.type(command.replace("0.8", "0.9"))
    alert = await only(chat)
    assert chat.said.startswith("Alert 1 is changed\nBTCUSDT: Trend strength 4h above 0.90")
    assert (alert.key.number, alert.standing.is_seen, alert.definition.until) == (1, False, 1_798_675_200_000)


async def test_seen_and_snoozes_are_noted_once(chat: AlertHarness) -> None:
    await chat.type("/alert btc price > 5")
    alert = await only(chat)
    await chat.press(button(alert, "as"))
    await chat.press(button(alert, "as"))
    assert [text for _, text, _ in chat.notifier.callback_answers] == [
        "Silent until it has been false once.", "",
    ]  # fmt: skip
    assert "seen: silent until it was false once" in chat.edited
    after = await only(chat)
    assert (after.standing.is_seen, after.version) == (True, 1)
    snoozes: tuple[tuple[Action, int], ...] = (("az2", 2), ("az24", 24))
    for action, hours in snoozes:
        await chat.press(button(alert, action))
        assert (await only(chat)).standing.silent_until == NOW_MS + hours * HOUR
        assert chat.toast.startswith("Silent until ")


async def test_a_look_between_press_and_write_loses_no_press(chat: AlertHarness) -> None:
    await chat.type("/alert btc price > 5")
    chat.alerts.lost_changes = 2
    await chat.press(button(await only(chat), "as"))
    assert (await only(chat)).standing.is_seen


async def test_deleting_asks_first_and_can_be_left(chat: AlertHarness) -> None:
    await chat.type("/alert btc price > 5")
    alert = await only(chat)
    await chat.press(button(alert, "ad"))
    assert chat.edited.startswith("Delete alert 1?\nBTCUSDT: price above 5.00")
    await chat.press(chat.buttons["Keep"])
    assert chat.edited.startswith("Alert 1\nBTCUSDT")
    assert len(await chat.of(ALONE)) == 1
    await chat.press(button(alert, "ad"), message_id=101)
    await chat.press(chat.buttons["Delete"], message_id=101)
    assert chat.edited == "Alert 1 is deleted.\nBTCUSDT: price above 5.00"
    assert await chat.of(ALONE) == ()


@pytest.mark.parametrize("action", ["as", "az2", "ae", "ad", "ok", "no", "c", "r"])
async def test_a_deleted_alert_answers_every_button(chat: AlertHarness, action: Action) -> None:
    await chat.type("/alert btc price > 5")
    alert = await only(chat)
    await chat.type("/alert off 1")
    await chat.clock.advance(1)
    await chat.type("/alert eth price > 5")  # takes the same number
    await chat.press(button(alert, action))
    assert chat.toast == "This alert is no longer here."
    assert (await only(chat)).version == 0


async def test_a_button_whose_row_is_gone_says_so(chat: AlertHarness) -> None:
    await chat.press("1|as|alert|~aaaaaaaa|-|-|7")
    assert chat.toast == "I no longer know this button; send the command again."


async def test_chart_shows_what_is_watched_first(chat: AlertHarness) -> None:
    await chat.type("/alert btc price > 5")
    await chat.press(button(await only(chat), "c"))
    content = chat.notifier.sent[-1][1]
    assert (content.picture is not None, len(chat.notifier.edits)) == (True, 0)
    assert chat.runner.asked[-1].symbol == "BTCUSDT"


# In a group


async def in_group(chat: AlertHarness, text: str = "/alert btc price > 5") -> StoredAlert:
    await chat.type(text, ANN, GROUP)
    return await only(chat, GROUP)


async def test_in_a_group_its_admins_alone_make_and_delete(chat: AlertHarness) -> None:
    for text in ("/alert btc price > 5", "/alert edit 1 btc price > 6", "/alert off 1"):
        await chat.type(text, BOB, GROUP)
    assert await chat.of(GROUP) == ()
    alert = await in_group(chat)
    assert alert.definition.to == Destination(7, GROUP.chat_id, "supergroup", GROUP.thread_id)
    for text in ("/alert off 1", "/alert edit 1 btc price > 6"):
        await chat.type(text, BOB, GROUP)
        assert chat.said == "In a group only its admins may set, change or delete alerts."
    assert await only(chat, GROUP) == alert
    await chat.type("/alert off 1", ANN, GROUP)
    assert await chat.of(GROUP) == ()


@pytest.mark.parametrize("action", ["as", "az2", "az24", "ae", "ad", "ok", "no"])
@pytest.mark.parametrize("claimed", [None, BOB.id])
async def test_another_member_presses_nothing_that_changes(
    chat: AlertHarness, action: Action, claimed: int | None
) -> None:
    alert = await in_group(chat)
    await chat.press(button(alert, action, owner=claimed), BOB, chat=GROUP)
    assert chat.toast in {
        "Only the one who asked, or an admin, may press this.",
        "In a group only its admins may set, change or delete alerts.",
    }
    assert await only(chat, GROUP) == alert
    assert (chat.notifier.edits, len(chat.notifier.sent)) == ([], 1)


@pytest.mark.parametrize("action", ["as", "az2", "az24", "ae", "ad", "ok", "no"])
async def test_an_admin_presses_everything(chat: AlertHarness, action: Action) -> None:
    alert = await in_group(chat)
    chat.notifier.admins = {ALI.id}
    await chat.press(button(alert, action), ALI, chat=GROUP)
    assert chat.notifier.edits or len(chat.notifier.sent) == 2


@pytest.mark.parametrize(("action", "may"), [("as", True), ("az2", True), ("ad", False), ("ok", False)])
async def test_who_made_it_and_is_no_admin_any_more_silences_but_does_not_delete(
    chat: AlertHarness, action: Action, *, may: bool
) -> None:
    alert = await in_group(chat)
    chat.notifier.admins = set()
    await chat.press(button(alert, action), ANN, chat=GROUP)
    assert bool(chat.notifier.edits) == may
    assert len(await chat.of(GROUP)) == 1


async def test_a_button_carried_to_another_chat_finds_nothing_there(chat: AlertHarness) -> None:
    alert = await in_group(chat)
    for action in ("as", "ok", "c", "r"):
        await chat.press(button(alert, action), ANN, chat=ALONE)
        assert chat.toast == "This alert is no longer here."
    assert await only(chat, GROUP) == alert


async def test_an_offer_is_made_and_pressed_by_admins_alone(chat: AlertHarness) -> None:
    await chat.press("1|a|lp|BTCUSDT|4h|-|-", BOB, chat=GROUP)
    assert chat.toast == "In a group only its admins may set, change or delete alerts."
    await chat.press("1|a|lp|BTCUSDT|4h|-|-", ANN, chat=GROUP, message_id=101)
    where, content, reply_to = chat.notifier.sent[-1]
    assert (where, reply_to) == (GROUP, 101)
    data = content.keyboard[0][0].data
    await chat.press(data, BOB, chat=GROUP, message_id=102)
    assert await chat.of(GROUP) == ()
    await chat.press(data, ANN, chat=GROUP, message_id=103)
    assert (await only(chat, GROUP)).definition.to.thread_id == GROUP.thread_id


async def test_alert_me_offers_what_is_not_true_already(chat: AlertHarness) -> None:
    chat.alerts.numbers = {"trend_strength": 0.9, "price": 100.0}
    await chat.press("1|a|ts|BTCUSDT|4h|-|-")
    assert list(chat.buttons)[:2] == ["Trend strength 4h below 0.50", "Trend strength 4h below 0.25"]


async def test_the_language_of_an_alert_stays_that_of_who_made_it(chat: AlertHarness) -> None:
    chat.notifier.admins = {ALI.id, ANN.id}
    await chat.type("/alert btc price > 5", ALI, GROUP)
    alert = await only(chat, GROUP)
    assert chat.said.startswith("1 numaralı uyarı kuruldu")
    await chat.press(button(alert, "r"), ANN, chat=GROUP)
    assert chat.edited.startswith("Uyarı 1")


async def test_without_a_database_everything_says_so(store: Store) -> None:
    chat = AlertHarness(store)
    await chat.type("/alert btc price > 5")
    alert = await only(chat)
    chat.alerts.store = None
    said = "I cannot reach my notes of alerts now; try again in a minute."
    for text in ("/alert btc price > 5", "/alert", "/alerts", "/alert off 1", "/alert 1"):
        await chat.type(text)
        assert chat.said == said
    await chat.press(button(alert, "as"))
    assert chat.toast == said


async def test_help_names_everything_that_can_be_watched(chat: AlertHarness) -> None:
    for word in ("alert", "alerts"):
        await chat.type(f"/help {word}")
        assert "trend_strength" in chat.said
        assert "crosses_down" in chat.said
        assert "/alert off 3" in chat.said
