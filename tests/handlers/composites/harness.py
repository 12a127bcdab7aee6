"""The harness of the chat logic with the composite commands and scripted scores."""

from typing import Any

from handlers.chat.callback_data import CallbackData, parse_callback_data
from handlers.commands.routes import build_registry
from handlers.composites.registry import TOPICS
from tests.handlers.composites.sample import ScriptedComposites
from tests.handlers.harness import Harness
from tests.handlers.sample import MODULE

REGISTRY = build_registry((MODULE,), TOPICS)
PAST_MS = 1_722_816_000_000  # 2024-08-05


class ScoreHarness(Harness):
    """A dispatcher with the composite commands beside those of the sample module."""

    def __init__(self, **settings: Any) -> None:
        self.scores = ScriptedComposites()
        super().__init__(registry=REGISTRY, composites=self.scores, scans=self.scores, **settings)


def data_of(text: str) -> CallbackData:
    """What a button of this version asks for."""
    data = parse_callback_data(text)
    assert isinstance(data, CallbackData)
    return data
