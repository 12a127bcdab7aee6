"""The rich look: a sample first, the press of who may change the settings, and the way back after a refusal."""

from dataclasses import replace

import pytest

from handlers.ports import MessageContent
from handlers.settings.declared import LOOK
from tests.handlers.harness import ALI, ALONE, ANN, GROUP, MESSAGES, Harness
from tests.support.rich import flat, read, types
from utils.http.errors import Unavailable
from utils.sandbox.telegram.text.html import parse_html

READ = "1|ok|settings|look=rich|-|-|7"
OFF = "Telegram does not take rich cards here any more: they are classic again."


async def rich_chat(language: str = "en") -> Harness:
    """A harness whose person reads rich cards."""
    harness = Harness()
    await harness.choose("language", language)
    await harness.choose("look", "rich")
    return harness


def blocks(content: MessageContent) -> str:
    """What a content says in its rich form, as Telegram reads that."""
    assert content.rich is not None
    return flat(read(content.rich.blocks))


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("how", ["typed", "pressed"])
async def test_a_sample_comes_first_and_changes_nothing(how: str, language: str) -> None:
    harness = Harness()
    await harness.choose("language", language)
    if how == "typed":
        await harness.type("/settings look rich")
    else:
        await harness.press("1|s|settings|look=rich|-|-|7", picture=False)
    sample, tr = harness.answer, MESSAGES.of(language)
    assert sample.rich is not None
    assert sample.rich.is_sample
    assert types(sample.rich.blocks) == {"heading", "paragraph", "table", "details"}
    assert tr.gettext("Rich cards look like this") in blocks(sample)
    assert harness.buttons == {tr.gettext("I can read this"): READ}
    assert parse_html(sample.text).text == sample.plain
    assert (await harness.choices.of(ANN.id)).look is None


async def test_the_press_turns_rich_on_and_classic_needs_no_sample() -> None:
    harness = Harness()
    await harness.type("/settings look rich")
    await harness.press(READ, picture=False, rich=True)
    assert (await harness.choices.of(ANN.id)).look == "rich"
    assert "· rich ·" in harness.buttons
    await harness.type("/settings look classic")
    assert (await harness.choices.of(ANN.id)).look is None


@pytest.mark.parametrize(
    "data", ["1|ok|settings|look=zzz|-|-|7", "1|ok|settings|theme=rich|-|-|7", "1|ok|settings|-|-|-|7"]
)
async def test_another_button_of_its_kind_turns_nothing_on(data: str) -> None:
    harness = Harness()
    await harness.press(data, picture=False)
    assert (await harness.choices.of(ANN.id)).look is None
    assert "no longer know this button" in harness.notifier.callback_answers[-1][1]


async def test_in_a_group_administrators_alone_turn_rich_on() -> None:
    harness = Harness()
    harness.notifier.admins.add(ALI.id)
    await harness.type("/settings look rich", ALI, GROUP)
    await harness.press(READ, ANN, picture=False, chat=GROUP, rich=True)
    assert "admins" in harness.notifier.callback_answers[-1][1]
    assert (await harness.choices.of(GROUP.chat_id)).look is None
    await harness.clock.advance(3_000)
    await harness.press(READ, ALI, picture=False, chat=GROUP, rich=True)
    assert (await harness.choices.of(GROUP.chat_id)).look == "rich"


async def test_a_double_tap_turns_rich_on_once() -> None:
    harness = Harness()
    await harness.press(READ, picture=False, rich=True)
    await harness.press(READ, picture=False, rich=True)
    assert len(harness.notifier.edits) == 1


async def test_a_setting_that_cannot_be_kept_is_said() -> None:
    harness = Harness(choice_rows=BrokenRows())
    await harness.press(READ, picture=False, rich=True)
    assert harness.notifier.callback_answers[-1][2]
    assert "cannot keep this" in harness.notifier.callback_answers[-1][1]


class BrokenRows:
    """Rows that are read and never written."""

    async def find(self, chat_id: int) -> dict[str, str]:
        return {LOOK.name: "rich"}

    async def change(self, chat_id: int, changes: object) -> None:
        raise Unavailable("database", "it is closed")


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_cards_of_a_rich_chat_have_both_forms(language: str) -> None:
    harness = await rich_chat(language)
    await harness.type("/t btc")
    card = harness.answer
    assert card.picture is not None
    assert card.text
    said = blocks(card)
    assert "BTCUSDT" in said
    assert MESSAGES.of(language).gettext("Why?") in said


async def test_presses_of_a_rich_card_keep_it_rich_and_its_chart() -> None:
    harness = await rich_chat()
    await harness.type("/t btc 4h")
    for action in "wxri":
        data = next(data for data in harness.buttons.values() if data.split("|")[1] == action)
        await harness.press(data, rich=True)
        ref, shown = harness.notifier.edits[-1]
        assert ref.is_rich
        assert shown.rich is not None
        charted = "photo" in types(shown.rich.blocks)
        assert charted == (action != "x"), action
        assert (shown.picture is not None or shown.keep_picture) == charted, action
        if action in "wx":
            back = next(data for data in harness.buttons.values() if data.split("|")[1] == "c")
            await harness.press(back, rich=True)


async def test_a_picture_with_a_caption_stays_one_when_the_chat_turns_rich() -> None:
    harness = Harness()
    await harness.type("/t btc 4h")
    await harness.choose("look", "rich")
    await harness.press(harness.buttons["1d"])
    _, shown = harness.notifier.edits[-1]
    assert (shown.rich, shown.picture is not None) == (None, True)


@pytest.mark.parametrize("how", ["sent", "edited"])
async def test_a_refusal_turns_rich_off_and_says_so_once(how: str) -> None:
    harness = await rich_chat()
    if how == "edited":
        await harness.type("/t btc 4h")
    harness.notifier.refusing = True
    await (harness.type("/t btc 4h") if how == "sent" else harness.press(harness.buttons["1d"], rich=True))
    assert (await harness.choices.of(ANN.id)).look is None
    assert harness.notifier.sent[-1][:2] == (ALONE, MessageContent(OFF, OFF))
    await harness.type("/t eth 4h")
    assert harness.notifier.sent[-1][1].rich is None
    assert [content.text for _, content, _ in harness.notifier.sent].count(OFF) == 1


async def test_a_refusal_that_cannot_be_kept_is_not_said_to_be() -> None:
    harness = Harness(choice_rows=BrokenRows())
    harness.notifier.refusing = True
    await harness.type("/t btc 4h")
    assert OFF not in [content.text for _, content, _ in harness.notifier.sent]


async def test_inline_queries_have_no_rich_form() -> None:
    harness = await rich_chat()
    context = await harness.dispatcher._contexts.make(ANN, ALONE, harness.registry.analyses[0])
    assert context.is_rich
    assert not context.in_classic().is_rich
    assert not replace(context, chat=None).is_rich
