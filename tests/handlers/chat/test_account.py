"""Who sees the account: an owner in their private chat, in texts only, checked for every card and press."""

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


def make_harness(*, key: bool = True, risky: bool = True) -> Harness:
    harness = RiskyHarness() if risky else Harness()
    harness.account.holds = ACCOUNT if key else None
    return harness


def last(harness: Harness) -> MessageContent:
    return harness.notifier.edits[-1][1] if harness.notifier.edits else harness.notifier.sent[-1][1]


def shows(message: MessageContent) -> bool:
    both = message.text + message.plain
    return TITLE in both or any(number in both for number in ODD_NUMBERS)


async def test_an_owner_sees_the_account_in_the_private_chat() -> None:
    harness = make_harness()
    await harness.type("/t btc 4h", OWNER, HOME)
    assert TITLE in harness.answer.text
    await harness.press(f"1|x|t|BTCUSDT|4h|{base36(AT)}|-", OWNER, chat=HOME)
    text = last(harness).text
    assert [number for number in ODD_NUMBERS if number not in text] == []
    assert harness.account.asked == ["4h", "4h"]


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
async def test_nobody_else_sees_it_and_an_owner_sees_it_nowhere_else(
    person: Person, chat: ChatRef, action: str
) -> None:
    harness = make_harness()
    await harness.type("/t btc 4h", person, chat)
    assert not shows(harness.answer)
    await harness.press(f"1|{action}|t|BTCUSDT|4h|{base36(AT)}|1", person, chat=chat, picture=False)
    await harness.press(f"1|{action}|t|BTCUSDT|4h|-|-", person, chat=chat, message_id=7)
    assert not [message for _, message, _ in harness.notifier.sent if shows(message)]
    assert not [message for _, message in harness.notifier.edits if shows(message)]
    assert harness.account.asked == []


async def test_a_card_with_the_account_is_rendered_without_it_in_a_group() -> None:
    harness = make_harness()
    await harness.type("/t btc 4h", OWNER, HOME)
    data = harness.buttons["Text"]
    await harness.press(data, OWNER, chat=HOME)
    assert shows(last(harness))
    await harness.press(data, OWNER, chat=GROUP, message_id=900)
    assert not shows(last(harness))
    await harness.press(data, ANN, chat=HOME, message_id=901)
    assert not shows(last(harness))


async def test_a_former_owner_sees_nothing() -> None:
    harness = make_harness()
    await harness.type("/t btc 4h", OWNER, HOME)
    data = harness.buttons["Text"]
    harness.owners.clear()
    await harness.press(data, OWNER, chat=HOME)
    assert not shows(last(harness))


async def test_inline_results_never_contain_it() -> None:
    harness = make_harness()
    for asker in (OWNER, ANN):
        (card,) = await harness.ask_inline("btc 4h", asker)
        assert not shows(MessageContent(card.text + card.title + card.description, ""))
    assert harness.account.asked == []


async def test_pictures_are_drawn_without_it() -> None:
    """The chart gets the same result and labels as for anyone else."""
    harness, other = make_harness(), make_harness()
    await harness.type("/t btc 4h", OWNER, HOME)
    await other.type("/t btc 4h", ANN, STRANGER)
    (drawn, _, labels), (their_drawn, _, their_labels) = harness.charts.drawn[0], other.charts.drawn[0]
    assert labels == their_labels
    assert drawn.config_hash == their_drawn.config_hash
    assert not any(number in repr((drawn, labels)) for number in ODD_NUMBERS)


async def test_other_modules_show_no_account() -> None:
    harness = make_harness(risky=False)
    await harness.type("/t btc 4h", OWNER, HOME)
    assert not shows(harness.answer)
    assert harness.account.asked == []


async def test_without_a_key_an_owner_reads_what_to_set_and_others_nothing() -> None:
    harness = make_harness(key=False)
    await harness.type("/t btc 4h", OWNER, HOME)
    assert "BINANCE_API_KEY" in harness.answer.text
    other = make_harness(key=False)
    await other.type("/t btc 4h", ANN, STRANGER)
    assert "BINANCE_API_KEY" not in other.answer.text


async def test_for_a_past_time_one_line_says_why_not() -> None:
    harness = make_harness()
    await harness.type("/t btc 4h @2024-08-01", OWNER, HOME)
    assert "the account has no history for a past moment" in harness.answer.text
    assert harness.account.asked == []
    other = make_harness()
    await other.type("/t btc 4h @2024-08-01", ANN, STRANGER)
    assert not shows(other.answer)


async def test_a_card_of_an_old_bar_is_past_too() -> None:
    harness = make_harness()
    old = (AS_OF - 10 * 14_400_000) // 1000 + 7
    await harness.press(f"1|x|t|BTCUSDT|4h|{base36(old)}|-", OWNER, chat=HOME, picture=False)
    assert "has no history" in last(harness).text
    assert harness.account.asked == []


async def test_the_cached_result_of_a_card_has_no_account() -> None:
    """The same card from the cache, for someone else."""
    harness = make_harness()
    await harness.type("/t btc 4h", OWNER, HOME)
    asked = len(harness.runner.asked)
    await harness.press(harness.buttons["Text"], ANN, chat=STRANGER)
    assert len(harness.runner.asked) == asked
    assert last(harness).text
    assert not shows(last(harness))


async def test_a_caption_keeps_the_line_and_leaves_the_figures_to_the_text() -> None:
    harness = make_harness()
    await harness.type("/t btc 4h", OWNER, HOME)
    assert harness.answer.picture is not None
    assert TITLE in harness.answer.text
    assert ODD_NUMBERS[1] not in harness.answer.text
    assert "More under “Text”." in harness.answer.text


async def test_nothing_of_it_is_logged(logs: list[EventDict]) -> None:
    harness = make_harness()
    await harness.type("/t btc 4h", OWNER, HOME)
    await harness.press(harness.buttons["Text"], OWNER, chat=HOME)
    harness.charts.error = MemoryError()
    await harness.type("/t eth 4h", OWNER, HOME)
    assert logs
    assert not [line for line in logs if any(number in repr(line) for number in ODD_NUMBERS)]
