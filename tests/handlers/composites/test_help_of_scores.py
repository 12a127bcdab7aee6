"""Help of composite scores: a screen for each command, a line for each input, and similar names for what is neither."""

import pytest

from composite.defaults import default_specs
from handlers.composites.inputs import INPUTS, input_title
from handlers.composites.registry import ONE
from handlers.composites.topic import CompositeTopic
from handlers.render.html import TEXT_LIMIT, rows_of, visible_units
from tests.handlers.composites.harness import REGISTRY, ScoreHarness
from tests.handlers.harness import MESSAGES


@pytest.mark.parametrize("name", [name for spec in REGISTRY.composites for name in spec.names])
@pytest.mark.parametrize("language", MESSAGES.languages)
async def test_help_explains_each_on_a_screen(name: str, language: str) -> None:
    harness = ScoreHarness(language=language)
    await harness.type(f"/help {name}")
    shown, tr, spec = harness.answer.plain, MESSAGES.of(language), REGISTRY.by_name[name]
    assert spec.composite is not None
    topic = spec.composite
    assert rows_of(shown) <= 32
    assert all(tr.gettext(text) in shown for text in (topic.title, topic.question, topic.explanation))
    assert topic.caveats
    assert all(tr.gettext(caveat) in shown for caveat in topic.caveats)
    assert all(f"/{one}" in shown for one in spec.names)
    assert visible_units(harness.answer.text) <= TEXT_LIMIT


@pytest.mark.parametrize("topic", ONE.values(), ids=lambda topic: topic.id)
@pytest.mark.parametrize("language", MESSAGES.languages)
async def test_the_second_level_explains_every_input_once(topic: CompositeTopic, language: str) -> None:
    tr, command, inputs = MESSAGES.of(language), topic.commands[0], default_specs()[topic.id].inputs
    lines = (await helped(f"{command} 1", language)).split("\n")[1:]
    assert lines == [
        f"{tr.gettext(input_title(one.scalar))}: {tr.gettext(INPUTS[one.scalar].help)}" for one in inputs
    ]
    for one in inputs:
        shown = await helped(f"{command} {one.scalar}", language)
        assert shown.split("\n")[1] == tr.gettext(INPUTS[one.scalar].help)
        assert await helped(f"{command} {input_title(one.scalar)}", language) == shown
        assert ("in the group" in shown) == (one.role == "averaged") or language != "en"


async def helped(words: str, language: str) -> str:
    """What help answers."""
    harness = ScoreHarness(language=language)
    await harness.type(f"/help {words}")
    return harness.answer.plain


async def test_what_is_no_input_leads_to_similar_ones() -> None:
    assert "/help ts trend.strength" in await helped("ts trend.strenth", "en")
    assert "/help armut 1" in await helped("armut <b>qq", "en")
    assert "How it is made" in await helped("scan 1", "en")


async def test_help_lists_them_all_and_start_shows_how_to_ask() -> None:
    harness = ScoreHarness()
    await harness.type("/help")
    await harness.type("/start")
    overview, welcome = (message.plain for _, message, _ in harness.notifier.sent)
    assert all(f"/{name}" in overview for spec in REGISTRY.composites for name in spec.names)
    assert "/score BTC 4h" in welcome
