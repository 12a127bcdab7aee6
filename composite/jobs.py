"""What a worker does for the composites: a score from its scalars, its code imported where it runs."""

from importlib import import_module
from typing import cast

from composite.asked import ScoreContext, Surroundings
from composite.panel import Panel
from composite.result import Composite
from config.c_composite import CompositeSpec


def score_of(spec: CompositeSpec, panel: Panel, context: ScoreContext, around: Surroundings) -> Composite:
    """Return the score of the last row of ``panel``."""
    return cast(Composite, import_module("composite.answer").answer(spec, panel, context, around))
