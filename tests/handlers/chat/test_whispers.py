"""What one member of a group asks for is answered to them alone where Telegram takes that; hidden questions always."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from analysis.framework.module import AnyModule
from handlers.chat.placeholder import PLACEHOLDER_AFTER_S
from handlers.chat.recent import Answers, RecentStyles
from handlers.ports import Asker, CallbackQuery, CardStyle, ChatRef, IncomingMessage, MessageRef, Person
from tests.handlers.harness import ALI, ALONE, ANN, GROUP, NOW_MS, PICTURE, Harness
from tests.handlers.sample import MODULE
from tests.support.accounts import ODD_NUMBERS, sample_account

OWNER = Person(1, "Olga", "en")
HIDDEN = Asker(ANN.id, hidden=True)


def whispering(**settings: Any) -> Harness:
    harness = Harness(**settings)
    harness.notifier.whispering = True
    return harness


async def type_hidden(harness: Harness, text: str, person: Person = ANN) -> None:
    """Write a command that the bot alone sees."""
    await harness.dispatcher.on_message(IncomingMessage(person, GROUP, 0, text, NOW_MS, hidden=True))


async def test_why_is_explained_to_the_presser_alone_and_the_card_stays() -> None:
    harness = whispering()
    await harness.type("/t btc", chat=GROUP)
    why = harness.buttons["Why?"]
    await harness.press(why, chat=GROUP)
    await harness.press(why, ALI, chat=GROUP)
    assert harness.notifier.edits == []
    (chat, first, asker), (_, second, other) = harness.notifier.whispered
    assert (chat, asker, other) == (GROUP, Asker(ANN.id, f"cb-{why}"), Asker(ALI.id, f"cb-{why}"))
    assert "From neutral to the score" in first.plain
    assert first.plain != second.plain  # each in their own language
    assert (first.picture, first.keep_picture) == (None, False)
    assert [text for _, text, _ in harness.notifier.callback_answers] == ["", ""]


@pytest.mark.parametrize("chat", [GROUP, ALONE])
async def test_why_edits_the_card_where_it_cannot_be_whispered(chat: ChatRef) -> None:
    harness = Harness() if chat is GROUP else whispering()
    await harness.type("/t btc", chat=chat)
    await harness.press(harness.buttons["Why?"], chat=chat)
    ((_, why),) = harness.notifier.edits
    assert ("From neutral to the score" in why.plain, why.keep_picture) == (True, True)
    assert harness.notifier.whispered == []


@pytest.mark.parametrize(
    "text", ["/help", "/help t", "/start", "/t btc 7x", "/t bt", "/t@MarketViewBot gone", "/tt@MarketViewBot"]
)
async def test_help_and_errors_in_a_group_are_for_the_one_who_asked(text: str) -> None:
    harness = whispering()
    await harness.type(text, chat=GROUP)
    assert harness.notifier.sent == []
    ((chat, _, asker),) = harness.notifier.whispered
    assert (chat, asker) == (GROUP, Asker(ANN.id))


async def test_what_a_group_cannot_whisper_is_a_reply_as_always() -> None:
    harness = Harness()
    await harness.type("/help", chat=GROUP)
    ((chat, _, reply_to),) = harness.notifier.sent
    assert (chat, reply_to) == (GROUP, 42)


async def test_the_line_about_the_quota_is_for_the_one_who_used_it_up() -> None:
    harness = whispering(group_commands_per_minute=1)
    await harness.type("/t btc", chat=GROUP)
    await harness.type("/t eth", chat=GROUP)
    ((_, line, _),) = harness.notifier.whispered
    assert "at once" in line.plain
    assert len(harness.notifier.sent) == 1


async def test_a_private_chat_and_a_chat_that_speaks_are_answered_openly() -> None:
    harness = whispering()
    await harness.type("/help")
    await harness.type("/help", Person(GROUP.chat_id, "Traders", None), GROUP)
    assert harness.notifier.whispered == []
    assert len(harness.notifier.sent) == 2


async def test_a_hidden_question_gets_a_hidden_card_and_nothing_is_said_openly() -> None:
    harness = whispering()
    await type_hidden(harness, "/t btc")
    ((chat, card, asker),) = harness.notifier.whispered
    assert (chat, asker, card.picture) == (GROUP, HIDDEN, PICTURE)
    assert (harness.notifier.sent, harness.notifier.edits) == ([], [])


async def test_a_hidden_question_that_takes_long_has_a_hidden_placeholder() -> None:
    harness = whispering()
    harness.runner.gate = asyncio.Event()
    asking = asyncio.create_task(type_hidden(harness, "/t btc"))
    await harness.clock.settle()
    await harness.clock.advance(round(PLACEHOLDER_AFTER_S * 1000))
    await harness.clock.settle()
    ((_, placeholder, asker),) = harness.notifier.whispered
    assert (placeholder.picture, asker) == (None, HIDDEN)
    harness.runner.gate.set()
    await asking
    ((ref, card),) = harness.notifier.edits
    assert (ref.message_id, ref.asker, card.picture) == (0, HIDDEN, PICTURE)
    assert harness.notifier.sent == []


async def test_a_press_on_a_hidden_message_changes_that_message() -> None:
    harness = whispering()
    await type_hidden(harness, "/t bt")
    ((_, line, _),) = harness.notifier.whispered
    button = line.keyboard[0][0]
    asker = Asker(ANN.id, "cb", hidden=True)
    ref = MessageRef(GROUP, 0, asker=asker, ephemeral_id=3)
    await harness.dispatcher.on_callback_query(CallbackQuery(ANN, ref, "cb", button.data))
    ((edited, card),) = harness.notifier.edits
    assert edited == ref
    assert "BTCUSDT" in card.plain


async def test_an_outdated_button_of_a_hidden_message_is_answered_hidden() -> None:
    harness = whispering()
    ref = MessageRef(GROUP, 0, asker=HIDDEN, ephemeral_id=3)
    await harness.dispatcher.on_callback_query(CallbackQuery(ANN, ref, "cb", "0|r|t|BTCUSDT|4h|-|-"))
    ((chat, card, asker),) = harness.notifier.whispered
    assert (chat, asker, card.picture) == (GROUP, HIDDEN, PICTURE)
    assert harness.notifier.sent == []


async def test_a_hidden_message_is_no_key_of_anything() -> None:
    hidden = IncomingMessage(ANN, GROUP, 0, "/t", NOW_MS, hidden=True)
    ref = MessageRef(GROUP, 0, asker=HIDDEN, ephemeral_id=3)
    answers, styles = Answers(), RecentStyles()
    answers.note(hidden, ref)
    assert answers.replaced_by(replace(hidden, edited=True)) is None
    await styles.keep(ref, CardStyle("tr", "UTC", "dark"))
    assert await styles.find(ref) is None
    other = replace(ref, asker=Asker(ALI.id, hidden=True))
    assert len({ref.key, other.key, replace(ref, ephemeral_id=4).key, MessageRef(GROUP, 0).key}) == 4


async def test_an_owner_does_not_see_the_account_in_a_group_even_alone() -> None:
    class RiskyHarness(Harness):
        module: AnyModule = replace(MODULE, account=True)

    harness = RiskyHarness()
    harness.notifier.whispering = True
    harness.account.holds = sample_account()
    await type_hidden(harness, "/t btc", OWNER)
    ((_, card, _),) = harness.notifier.whispered
    assert "Your account" not in card.plain
    assert not any(number in card.text for number in ODD_NUMBERS)
