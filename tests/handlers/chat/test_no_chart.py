"""A module without a chart of its own: its answer is the text card, and no button promises a picture."""

from dataclasses import replace

from handlers.chat.callback_data import Callback
from tests.handlers.sample import MODULE
from tests.handlers.stage import Stage


class TextStage(Stage):
    module = replace(MODULE, id="made_up", commands=("made_up", "mu"))

    def __init__(self) -> None:
        super().__init__()
        self.runner.change = lambda result: replace(result, module="made_up")


async def test_the_answer_is_the_text_card() -> None:
    stage = TextStage()
    await stage.type("/mu btc 4h")
    assert stage.answer.picture is None
    assert "Key metrics" in stage.answer.plain
    assert stage.charts.drawn == []


async def test_no_button_asks_for_a_chart() -> None:
    stage = TextStage()
    await stage.type("/mu btc 4h")
    assert list(stage.buttons) == ["15m", "1h", "· 4h ·", "1d", "↻ Refresh", "Why?"]


async def test_every_button_is_answered_by_a_text() -> None:
    stage = TextStage()
    await stage.type("/mu btc 4h")
    for data in (*stage.buttons.values(), Callback("c", "mu", "BTCUSDT", "4h").encode()):
        await stage.press(data, picture=False)
        _, message = stage.notifier.edits[-1]
        assert message.picture is None
        assert "BTCUSDT" in message.plain
    assert stage.charts.drawn == []
