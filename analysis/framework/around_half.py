"""The rows of a module whose score is the weighted mean of its signals, moved to 0..1 with 0.5 as neutral."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from analysis.arrays import Floats
from analysis.framework.metric import MetricSpec, ScalarSpec
from analysis.framework.missing import Rules, Situation, missing_reasons
from analysis.framework.module import ScoreRows, Trace
from analysis.framework.scoring import configured_weights

DetailT = TypeVar("DetailT")


@dataclass(frozen=True, slots=True, eq=False)
class AroundHalf:
    """What such a module declares; its direction is handed on as the scalar named ``direction``."""

    metrics: Iterable[MetricSpec]
    scalars: Iterable[ScalarSpec]
    rules: Rules
    direction: str

    def trace(
        self,
        situation: Situation[Any, Any],
        signals: Mapping[str, Floats],
        detail: DetailT,
        *,
        headlines: Mapping[str, ScoreRows] | None = None,
        beside: Mapping[str, ScoreRows] | None = None,
    ) -> Trace[DetailT]:
        """Return the rows of ``situation``; ``beside`` are further scalars by name.

        There is no direction below the coverage ``min_coverage`` of the configuration.
        """
        config, further = situation.config, beside or {}
        weights = configured_weights(self.metrics, config)
        blend, coverage = weights.blend(signals), weights.coverage(signals)
        direction = np.where(coverage >= config.min_coverage, blend.direction, np.nan)
        scalars = {self.direction: direction} | {name: rows.score for name, rows in further.items()}
        errors = {name: rows.uncertainty for name, rows in further.items()}
        return Trace(
            time=situation.inputs.bars.close_time,
            values=situation.values,
            signals=signals,
            groups=blend.groups,
            direction=direction,
            score=0.5 + 0.5 * direction,
            uncertainty=0.5 * blend.standard_error,
            coverage=coverage,
            scalars=scalars,
            scalar_se={self.direction: blend.standard_error} | errors,
            reasons=missing_reasons(
                self.metrics,
                situation,
                self.rules,
                signals=signals,
                scalars=tuple((spec, scalars[spec.name]) for spec in self.scalars),
            ),
            detail=detail,
            headlines=headlines or {},
        )
