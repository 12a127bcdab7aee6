"""A card stays in the language, zone and theme of who asked for it, whoever presses its buttons, also later."""

import itertools

import pytest

from config.c_chat import ChatConfig
from handlers.chat.recent import RecentStyles
from handlers.ports import Person
from tests.handlers.harness import ALI, ANN, GROUP, Harness
from utils.http.errors import Retryable

ASKED = "/t btc @2024-08-05T12:00"
CARD_ID = 100


def buttons_of(harness: Harness) -> dict[str, str]:
    """The data of the card's buttons by their action; of the intervals the last."""
    return {data.split("|")[1]: data for data in harness.buttons.values()}


def language_of(harness: Harness) -> str:
    """The language of the last edit, told by a button."""
    names = {"Why?", "Neden?", "‹ Back", "‹ Geri"} & set(harness.buttons)
    return "en" if names <= {"Why?", "‹ Back"} else "tr"


@pytest.mark.parametrize(("asker", "presser", "language"), [(ANN, ALI, "en"), (ALI, ANN, "tr")])
async def test_a_press_of_somebody_else_keeps_the_language(
    asker: Person, presser: Person, language: str
) -> None:
    harness = Harness()
    await harness.type(ASKED, asker, GROUP)
    shown, title = harness.answer.plain.split("\n")[1], harness.charts.drawn[0][2].title
    buttons = buttons_of(harness)
    for data in (buttons["w"], buttons["w"].replace("|w|", "|c|"), buttons["r"]):
        await harness.press(data, presser, chat=GROUP, message_id=CARD_ID)
        assert language_of(harness) == language
        assert harness.notifier.edits[-1][1].plain.split("\n")[1] == shown
    assert {labels.title for _, _, labels in harness.charts.drawn} == {title}


async def test_zone_and_theme_stay_when_the_settings_change() -> None:
    harness = Harness(time_zone="Europe/Istanbul", theme="light")
    await harness.type(ASKED, ALI, GROUP)
    before = harness.charts.drawn[-1]
    harness.config = ChatConfig.model_validate({"time_zone": "UTC", "theme": "dark"})
    await harness.press(buttons_of(harness)["r"], ANN, chat=GROUP, message_id=CARD_ID)
    after = harness.charts.drawn[-1]
    assert (after[1], after[2].zone, after[2].as_of) == ("light", "Europe/Istanbul", before[2].as_of)


async def test_what_only_the_presser_sees_is_in_their_language() -> None:
    harness = Harness(commands_per_minute=1)
    await harness.type(ASKED, ANN, GROUP)
    harness.runner.error = Retryable("binance.spot", "timeout")
    await harness.press("1|i|t|BTCUSDT|1h|-|-", ALI, chat=GROUP, message_id=CARD_ID)
    assert "bir dakika sonra yeniden dene" in harness.notifier.callback_answers[-1][1]
    await harness.press("1|i|t|BTCUSDT|1d|-|-", ALI, chat=GROUP, message_id=CARD_ID)
    assert "60 saniye" in harness.notifier.callback_answers[-1][1]


async def test_the_style_outlives_the_process_and_moves_with_a_replaced_message() -> None:
    kept = RecentStyles()
    first = Harness(styles=kept)
    await first.type("/t btc", ANN, GROUP)
    restarted = Harness(styles=kept)
    restarted.notifier.ids = itertools.count(500)
    await restarted.press(first.buttons["Text"], ALI, chat=GROUP, message_id=CARD_ID)
    assert language_of(restarted) == "en"
    again = Harness(styles=kept)
    await again.press(first.buttons["Why?"], ALI, chat=GROUP, message_id=500, picture=False)
    assert language_of(again) == "en"


async def test_a_card_of_unknown_style_takes_that_of_its_first_presser_and_keeps_it() -> None:
    harness = Harness()
    for presser in (ALI, ANN):
        await harness.press("1|r|t|BTCUSDT|4h|-|-", presser, chat=GROUP, message_id=7)
        assert language_of(harness) == "tr"
        await harness.clock.advance(3000)


async def test_a_card_of_an_older_version_is_sent_anew_in_its_own_language() -> None:
    harness = Harness()
    await harness.type("/t btc", ANN, GROUP)
    await harness.press("0|r|t|BTCUSDT|4h", ALI, chat=GROUP, message_id=CARD_ID)
    assert harness.notifier.callback_answers[-1][1] == "Bu kart eskimiş; işte yenisi."
    _, fresh, _ = harness.notifier.sent[-1]
    assert {button.text for row in fresh.keyboard for button in row} >= {"Why?"}


async def test_suggestions_and_errors_lead_to_cards_in_the_askers_language() -> None:
    harness = Harness()
    await harness.type("/t bt", ANN, GROUP)
    await harness.press(harness.buttons["BTCUSDT"], ALI, chat=GROUP, message_id=CARD_ID, picture=False)
    assert language_of(harness) == "en"
