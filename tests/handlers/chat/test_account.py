"""Who sees the account: an owner in the own private chat, in texts only, decided anew for every card and press."""

from dataclasses import replace

import pytest
from structlog.typing import EventDict

from analysis.framework.module import AnyModule
from handlers.chat.callback_data import base36
from handlers.chat.keyboard import card_seconds
from handlers.ports import ChatRef, MessageContent, Person
from tests.handlers.harness import ANN, GROUP, Harness
from tests.handlers.sample import AS_OF, MODULE, analysis
from tests.support.accounts import ODD_NUMBERS, sample_account

OWNER = Person(1, "Olga", "en")
HOME = ChatRef(1, "private")
TITLE = "Your account"
RISKY: AnyModule = replace(MODULE, account=True)
ACCOUNT = sample_account()
AT = card_seconds(analysis(), asked_past=False)


class RiskyHarness(Harness):
    """A harness whose module shows the account."""

    module = RISKY


def harness(*, key: bool = True, risky: bool = True) -> Harness:
    made = RiskyHarness() if risky else Harness()
    made.account.holds = ACCOUNT if key else None
    return made


def last(made: Harness) -> MessageContent:
    return made.notifier.edits[-1][1] if made.notifier.edits else made.notifier.sent[-1][1]


def shows(message: MessageContent) -> bool:
    both = message.text + message.plain
    return TITLE in both or any(number in both for number in ODD_NUMBERS)


async def test_an_owner_sees_it_in_the_own_chat() -> None:
    made = harness()
    await made.type("/t btc 4h", OWNER, HOME)
    assert TITLE in made.answer.text
    await made.press(f"1|x|t|BTCUSDT|4h|{base36(AT)}|-", OWNER, chat=HOME)
    text = last(made).text
    assert [number for number in ODD_NUMBERS if number not in text] == []
    assert made.account.asked == ["4h", "4h"]


STRANGER = ChatRef(ANN.id, "private")


@pytest.mark.parametrize(
    ("person", "chat"),
    [
        (OWNER, GROUP),
        (OWNER, ChatRef(-5, "group")),
        (OWNER, ChatRef(-6, "channel")),
        (OWNER, ChatRef(OWNER.id, "group")),  # whatever its number
        (OWNER, STRANGER),  # a private chat that is not the owner's own
        (ANN, STRANGER),
        (ANN, HOME),
        (ANN, GROUP),
    ],
)
@pytest.mark.parametrize("action", ["x", "c", "r", "i", "w", "s"])
async def test_nobody_else_and_nowhere_else(person: Person, chat: ChatRef, action: str) -> None:
    made = harness()
    await made.type("/t btc 4h", person, chat)
    assert not shows(made.answer)
    await made.press(f"1|{action}|t|BTCUSDT|4h|{base36(AT)}|1", person, chat=chat, picture=False)
    await made.press(f"1|{action}|t|BTCUSDT|4h|-|-", person, chat=chat, message_id=7)
    assert not [message for _, message, _ in made.notifier.sent if shows(message)]
    assert not [message for _, message in made.notifier.edits if shows(message)]
    assert made.account.asked == []


async def test_the_owner_pressing_in_a_group_renders_without_it_what_was_shown_at_home_with_it() -> None:
    made = harness()
    await made.type("/t btc 4h", OWNER, HOME)
    data = made.buttons["Text"]
    await made.press(data, OWNER, chat=HOME)
    assert shows(last(made))
    await made.press(data, OWNER, chat=GROUP, message_id=900)
    assert not shows(last(made))
    await made.press(data, ANN, chat=HOME, message_id=901)
    assert not shows(last(made))


async def test_an_owner_who_is_none_any_more_sees_nothing() -> None:
    made = harness()
    await made.type("/t btc 4h", OWNER, HOME)
    data = made.buttons["Text"]
    made.owners.clear()
    await made.press(data, OWNER, chat=HOME)
    assert not shows(last(made))


async def test_inline_results_never_carry_it() -> None:
    made = harness()
    for asker in (OWNER, ANN):
        (card,) = await made.ask_inline("btc 4h", asker)
        assert not shows(MessageContent(card.text + card.title + card.description, ""))
    assert made.account.asked == []


async def test_pictures_are_drawn_without_it() -> None:
    """The chart gets the market's result and labels; the very same objects as for anyone else."""
    made, other = harness(), harness()
    await made.type("/t btc 4h", OWNER, HOME)
    await other.type("/t btc 4h", ANN, STRANGER)
    (drawn, _, labels), (their_drawn, _, their_labels) = made.charts.drawn[0], other.charts.drawn[0]
    assert labels == their_labels
    assert drawn.config_hash == their_drawn.config_hash
    assert not any(number in repr((drawn, labels)) for number in ODD_NUMBERS)


async def test_other_modules_show_no_account() -> None:
    made = harness(risky=False)
    await made.type("/t btc 4h", OWNER, HOME)
    assert not shows(made.answer)
    assert made.account.asked == []


async def test_without_a_key_an_owner_reads_what_to_set_and_others_nothing() -> None:
    made = harness(key=False)
    await made.type("/t btc 4h", OWNER, HOME)
    assert "BINANCE_API_KEY" in made.answer.text
    other = harness(key=False)
    await other.type("/t btc 4h", ANN, STRANGER)
    assert "BINANCE_API_KEY" not in other.answer.text


async def test_for_a_past_moment_one_line_says_why_not() -> None:
    made = harness()
    await made.type("/t btc 4h @2024-08-01", OWNER, HOME)
    assert "the account has no history for a past moment" in made.answer.text
    assert made.account.asked == []
    other = harness()
    await other.type("/t btc 4h @2024-08-01", ANN, STRANGER)
    assert not shows(other.answer)


async def test_a_card_pinned_to_a_bar_long_gone_is_past_too() -> None:
    made = harness()
    old = (AS_OF - 10 * 14_400_000) // 1000 + 7
    await made.press(f"1|x|t|BTCUSDT|4h|{base36(old)}|-", OWNER, chat=HOME, picture=False)
    assert "has no history" in last(made).text
    assert made.account.asked == []


async def test_what_is_remembered_of_a_card_is_the_market_alone() -> None:
    """The same pinned card, from memory and not run again, for someone else."""
    made = harness()
    await made.type("/t btc 4h", OWNER, HOME)
    asked = len(made.runner.asked)
    await made.press(made.buttons["Text"], ANN, chat=STRANGER)
    assert len(made.runner.asked) == asked
    assert last(made).text
    assert not shows(last(made))


async def test_a_caption_keeps_the_line_and_leaves_the_figures_to_the_text() -> None:
    made = harness()
    await made.type("/t btc 4h", OWNER, HOME)
    assert made.answer.picture is not None
    assert TITLE in made.answer.text
    assert ODD_NUMBERS[1] not in made.answer.text
    assert "More under “Text”." in made.answer.text


async def test_nothing_of_it_is_logged(logs: list[EventDict]) -> None:
    made = harness()
    await made.type("/t btc 4h", OWNER, HOME)
    await made.press(made.buttons["Text"], OWNER, chat=HOME)
    made.charts.error = MemoryError()
    await made.type("/t eth 4h", OWNER, HOME)
    assert logs
    assert not [line for line in logs if any(number in repr(line) for number in ODD_NUMBERS)]
