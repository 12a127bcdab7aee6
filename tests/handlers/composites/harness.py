"""The harness of the chat logic with the composite commands and scripted scores."""

from typing import Any

from handlers.commands.routes import build_registry
from handlers.composites.registry import TOPICS
from tests.handlers.composites.sample import ScriptedComposites
from tests.handlers.harness import Harness
from tests.handlers.sample import MODULE

REGISTRY = build_registry((MODULE,), TOPICS)


class ScoreHarness(Harness):
    """A dispatcher with the composite commands beside those of the sample module."""

    def __init__(self, **settings: Any) -> None:
        self.scores = ScriptedComposites()
        super().__init__(registry=REGISTRY, composites=self.scores, scans=self.scores, **settings)
