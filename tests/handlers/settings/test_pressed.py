"""The buttons of settings: every page and value can be reached, and who may change what."""

import pytest

from handlers.chat.callback_data import MAX_BYTES
from handlers.locale.messages import AUTO
from handlers.settings.declared import CLASSIC, OFF, SETTINGS, Setting
from tests.handlers.harness import ALI, ALONE, ANN, GROUP, MESSAGES, Harness
from utils.sandbox.telegram.text.html import parse_html

LETTERS_OF_A_ROW = 38
"""Of buttons on a phone, their frames and marks included."""
EVERY = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.word)


async def opened(setting: Setting, language: str = "en") -> Harness:
    """A harness whose person has opened the page of a setting."""
    harness = Harness()
    await harness.choose("language", language)
    await harness.type("/settings")
    title = MESSAGES.of(language).gettext(setting.title)
    await harness.press(harness.buttons[title], picture=False)
    return harness


@EVERY
@pytest.mark.parametrize("language", ["en", "tr"])
async def test_every_setting_has_a_page_with_its_values_and_the_way_back(
    setting: Setting, language: str
) -> None:
    harness = await opened(setting, language)
    shown = harness.notifier.edits[-1][1]
    assert MESSAGES.of(language).gettext(setting.help) in shown.plain
    assert parse_html(shown.text).text == shown.plain
    assert len(harness.buttons) >= len(setting.options) + 1
    assert max(len(data.encode()) for data in harness.buttons.values()) <= MAX_BYTES
    back = next(data for text, data in harness.buttons.items() if text.startswith("‹"))
    await harness.press(back, picture=False)
    assert len(harness.buttons) == len(SETTINGS)


@EVERY
async def test_every_value_that_is_offered_can_be_chosen_or_is_explained(setting: Setting) -> None:
    harness = await opened(setting)
    for option in setting.options:
        data = f"1|s|settings|{setting.word}={option}|-|-|7"
        await harness.clock.advance(60_000)
        shown, sent = len(harness.notifier.edits), len(harness.notifier.sent)
        await harness.press(data, picture=False)
        explained = any(alert for _, _, alert in harness.notifier.callback_answers)
        sampled = len(harness.notifier.sent) == sent + 1 and option == "rich"
        assert len(harness.notifier.edits) == shown + 1 or explained or sampled


async def test_a_pressed_value_holds_and_is_marked() -> None:
    harness = await opened(next(setting for setting in SETTINGS if setting.word == "theme"))
    await harness.press(harness.buttons["light"], picture=False)
    assert (await harness.choices.of(7)).theme == "light"
    assert "· light ·" in harness.buttons
    await harness.press(harness.buttons["Default"], picture=False)
    assert (await harness.choices.of(7)).theme is None
    assert "· dark ·" in harness.buttons


@EVERY
@pytest.mark.parametrize("language", ["en", "tr"])
async def test_every_value_that_is_offered_is_marked_while_it_holds(setting: Setting, language: str) -> None:
    for option in setting.options:
        kept = f"{option}USDT" if setting.name == "default_symbol" else option
        harness = Harness()
        await harness.choose("language", language)
        await harness.choose(setting.name, None if option in {AUTO, OFF, CLASSIC} else kept)
        await harness.type(f"/settings {setting.word}")
        assert len([text for text in harness.buttons if text.startswith("· ")]) == 1, option


@EVERY
@pytest.mark.parametrize("language", ["en", "tr"])
async def test_the_words_of_every_button_stand_on_one_line(setting: Setting, language: str) -> None:
    harness = await opened(setting, language)
    for row in harness.notifier.edits[-1][1].keyboard:
        room = LETTERS_OF_A_ROW // len(row)
        assert [button.text for button in row if len(button.text.strip("· ")) + 4 > room] == []


async def test_a_pressed_language_turns_the_page() -> None:
    harness = await opened(SETTINGS[0])
    await harness.press(harness.buttons["Türkçe"], picture=False)
    assert harness.notifier.edits[-1][1].plain.startswith("Dil")


async def test_in_a_group_a_member_can_look_at_the_pages_and_an_admin_can_change() -> None:
    harness = Harness()
    harness.notifier.admins.add(ALI.id)
    await harness.type("/settings", ANN, GROUP)
    await harness.press(harness.buttons["Theme"], ANN, picture=False, chat=GROUP)
    light = harness.buttons["light"]
    await harness.press(light, ANN, picture=False, chat=GROUP)
    assert "admins" in harness.notifier.callback_answers[-1][1]
    assert (await harness.choices.of(GROUP.chat_id)).theme is None
    await harness.clock.advance(3_000)
    await harness.press(light, ALI, picture=False, chat=GROUP)
    assert (await harness.choices.of(GROUP.chat_id)).theme == "light"


async def test_another_member_does_not_turn_the_page_of_who_asked() -> None:
    harness = Harness()
    await harness.type("/settings", ANN, GROUP)
    await harness.press(harness.buttons["Theme"], ALI, picture=False, chat=GROUP)
    assert harness.notifier.edits == []
    assert harness.notifier.callback_answers[-1][1]


@pytest.mark.parametrize(
    "data",
    [
        "1|s|settings|theme|-|-|7",
        "1|s|settings|hat=red|-|-|7",
        "1|o|settings|hat|-|-|7",
        "1|o|settings|-|-|-|7",
        "1|w|settings|theme|-|-|7",
    ],
)
async def test_a_button_that_this_bot_did_not_write_changes_nothing(data: str) -> None:
    harness = Harness()
    await harness.press(data, picture=False, chat=ALONE)
    assert harness.notifier.edits == []
    assert "no longer know" in harness.notifier.callback_answers[-1][1]


async def test_a_forged_value_is_refused_as_a_typed_one_is() -> None:
    harness = Harness()
    await harness.press("1|s|settings|theme=pink|-|-|7", picture=False)
    assert (await harness.choices.of(7)).theme is None
    ((_, text, alert),) = harness.notifier.callback_answers
    assert alert
    assert "pink" in text
