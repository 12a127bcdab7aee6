"""What a worker does for the composites: scores from what modules said, its code imported where it runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import cast

import structlog

from analysis.arrays import Times
from analysis.framework.scalar_past import ScalarPast
from composite.asked import ScoreContext, Surroundings
from composite.calendar import hours_to_dated
from composite.panel import Panel
from composite.readings import with_readings
from composite.result import Composite
from composite.unaligned import Unaligned
from config.c_composite import CompositeSpec

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class ScoreJob:
    """What one score is made of.

    ``readings`` are the earlier ones of a score that remembers, ``None`` for others. ``dated`` are start and end of
    dated events (m, 2), ``None`` where nobody knows of any; the hours to them are told to the score with ``context``.
    """

    spec: CompositeSpec
    said: Unaligned
    context: ScoreContext
    around: Surroundings
    readings: ScalarPast | None = None
    dated: Times | None = None

    def panel(self) -> Panel:
        """Return the scalars that it is made of."""
        panel = self.said.panel()
        return panel if self.readings is None else with_readings(panel, self.readings)


def score_of(job: ScoreJob) -> Composite:
    """Return the score of the last row."""
    panel, context = job.panel(), job.context
    if job.dated is not None:
        context = replace(context, event_hours=hours_to_dated(job.dated, panel.time))
    return cast(Composite, import_module("composite.answer").answer(job.spec, panel, context, job.around))


def scores_of(jobs: Sequence[ScoreJob]) -> tuple[Composite | None, ...]:
    """Return each score; ``None`` for one that has a defect, which is logged and costs it alone.

    Handed over together, what several scores read crosses to the worker once.
    """
    return tuple(map(_or_none, jobs))


def _or_none(job: ScoreJob) -> Composite | None:
    try:
        return score_of(job)
    except Exception:  # a defect of one score costs that score alone
        _log.exception("a composite score failed", composite=job.spec.name, symbol=job.context.symbol)
        return None
