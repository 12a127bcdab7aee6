"""A module without a chart of its own: its answer is the text card, and no button promises a picture."""

from dataclasses import replace

from handlers.chat.callback_data import CallbackData
from tests.handlers.harness import Harness
from tests.handlers.sample import MODULE


class TextStage(Harness):
    module = replace(MODULE, id="made_up", commands=("made_up", "mu"))

    def __init__(self) -> None:
        super().__init__()
        self.runner.change = lambda result: replace(result, module="made_up")


async def test_the_answer_is_the_text_card() -> None:
    harness = TextStage()
    await harness.type("/mu btc 4h")
    assert harness.answer.picture is None
    assert "Key metrics" in harness.answer.plain
    assert harness.charts.drawn == []


async def test_no_button_asks_for_a_chart() -> None:
    harness = TextStage()
    await harness.type("/mu btc 4h")
    assert list(harness.buttons) == ["15m", "1h", "· 4h ·", "1d", "↻ Refresh", "Why?", "Alert me"]


async def test_every_button_is_answered_by_a_text() -> None:
    harness = TextStage()
    await harness.type("/mu btc 4h")
    for data in (*harness.buttons.values(), CallbackData("c", "mu", "BTCUSDT", "4h").encode()):
        await harness.press(data, picture=False)
        _, message = harness.notifier.edits[-1]
        assert message.picture is None
        assert "BTCUSDT" in message.plain
    assert harness.charts.drawn == []
