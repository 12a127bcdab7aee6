"""What a chat has chosen holds for everything it is answered: cards, presses, hints, refusals and inline results."""

import pytest

from handlers.ports import ChatRef, IncomingMessage
from handlers.render.words import moment
from tests.handlers.harness import ALI, ALONE, ANN, GROUP, NOW_MS, Harness
from tests.handlers.sample import AS_OF


async def chosen(chat: ChatRef = ALONE) -> Harness:
    """A harness with a chat that has chosen much."""
    harness = Harness()
    await harness.choose("language", "tr", chat)
    await harness.choose("default_symbol", "ETHUSDT", chat)
    await harness.choose("default_interval", "1d", chat)
    await harness.choose("time_zone", "Europe/Istanbul", chat)
    await harness.choose("theme", "light", chat)
    return harness


@pytest.mark.parametrize("chat", [ALONE, GROUP])
async def test_a_bare_command_is_answered_by_what_the_chat_has_chosen(chat: ChatRef) -> None:
    harness = await chosen(chat)
    await harness.type("/t", chat=chat)
    ((drawn, theme, labels),) = harness.charts.drawn
    assert (drawn.symbol, drawn.interval, theme) == ("ETHUSDT", "1d", "light")
    assert moment(NOW_MS, "Europe/Istanbul", "tr") in labels.as_of
    assert "ETHUSDT" in harness.answer.plain


async def test_a_quote_completes_a_bare_coin() -> None:
    harness = Harness()
    await harness.choose("quote", "TRY")
    await harness.type("/t eth")
    assert harness.runner.asked[0].symbol == "ETHTRY"


async def test_times_are_read_in_the_chosen_zone() -> None:
    harness = await chosen()
    await harness.type("/t btc @2024-08-01")
    assert harness.runner.asked[0].as_of == 1_722_459_600_000  # midnight in Istanbul


async def test_a_group_does_not_follow_its_members_and_they_do_not_follow_the_group() -> None:
    harness = await chosen(ALONE)
    await harness.type("/t", chat=GROUP)
    assert harness.runner.asked[0].symbol == "BTCUSDT"
    other = await chosen(GROUP)
    await other.type("/t", chat=ALONE)
    assert other.runner.asked[0].symbol == "BTCUSDT"


@pytest.mark.parametrize(
    "text", ["hello there everybody out there", "/nothing", "/t qqqq", "/t 4hours 3parsecs"]
)
async def test_hints_and_refusals_are_in_the_chosen_language(text: str) -> None:
    turkish, english, natively = await chosen(), Harness(), Harness()
    await turkish.type(text)
    await english.type(text)
    await natively.type(text, person=ALI)
    assert turkish.answer.plain != english.answer.plain
    assert turkish.answer.plain == natively.answer.plain


async def test_so_is_the_line_of_a_used_quota() -> None:
    turkish, natively = Harness(commands_per_minute=1), Harness(commands_per_minute=1)
    await turkish.choose("language", "tr")
    for harness, person in ((turkish, ANN), (natively, ALI)):
        await harness.type("/help", person=person)
        await harness.type("/help", person=person)
    assert turkish.notifier.sent[-1][1] == natively.notifier.sent[-1][1]


async def test_a_chosen_language_holds_against_the_clients() -> None:
    harness = Harness()
    await harness.choose("language", "en")
    await harness.type("/nothing", person=ALI)
    assert harness.answer.plain.startswith("There is no command")


async def test_a_card_keeps_its_style_when_the_chat_chooses_another_or_somebody_else_presses() -> None:
    harness = await chosen(GROUP)
    await harness.type("/t", chat=GROUP)
    data = next(data for text, data in harness.buttons.items() if text == "4h")
    await harness.choose("language", "en", GROUP)
    await harness.choose("time_zone", "UTC", GROUP)
    await harness.choose("theme", "dark", GROUP)
    await harness.press(data, ALI, chat=GROUP)
    drawn = harness.charts.drawn[-1]
    assert (drawn[0].interval, drawn[1]) == ("4h", "light")
    assert moment(NOW_MS, "Europe/Istanbul", "tr") in drawn[2].as_of


async def test_a_press_that_cannot_be_done_is_refused_in_the_chosen_language() -> None:
    harness = Harness()
    await harness.choose("language", "tr", GROUP)
    await harness.press("1|q|nothing", ANN, chat=GROUP)
    await harness.press("1|q|nothing", ALI, chat=ALONE)
    assert harness.notifier.callback_answers[0][1] == harness.notifier.callback_answers[1][1] != ""


async def test_an_inline_query_follows_the_person() -> None:
    harness = await chosen(ALONE)
    (card,) = await harness.ask_inline("")
    assert card.title.startswith("ETHUSDT 1d")
    assert moment(NOW_MS, "Europe/Istanbul", "tr") in card.text


async def test_the_placeholder_of_a_process_before_is_looked_for_in_the_chosen_language() -> None:
    turkish, natively = await chosen(), Harness()
    await turkish.dispatcher.find_placeholder(IncomingMessage(ANN, ALONE, 42, "/t", AS_OF), 41, frozenset())
    await natively.dispatcher.find_placeholder(IncomingMessage(ALI, ALONE, 42, "/t", AS_OF), 41, frozenset())
    assert turkish.notifier.looked_for == natively.notifier.looked_for


async def test_an_owner_is_told_in_the_language_that_they_have_chosen() -> None:
    harness = Harness()
    harness.owners = {7}
    await harness.dispatcher.on_unreadable("gift")
    await harness.choose("language", "tr")
    await harness.dispatcher.on_unreadable("gift")
    first, second = (content.plain for _, content, _ in harness.notifier.sent)
    assert first != second
