"""Module I per bar: the diversification score from estimate to estimate, and everything of the last row."""

from collections.abc import Mapping

import numpy as np

from analysis.allocate.fit import AllocateFit
from analysis.allocate.inputs import AllocateInputs
from analysis.allocate.metrics import METRICS
from analysis.allocate.missing import RULES, AllocateSituation
from analysis.allocate.panel import panel_of
from analysis.allocate.paths import compared
from analysis.allocate.values import Reading, allocate_values
from analysis.framework.missing import missing_reasons
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.framework.scoring import configured_weights
from analysis.framework.signals import signal_rows
from config.c_portalloc import PortfolioAllocConfig


def trace(
    inputs: AllocateInputs,
    fits: Mapping[int, AllocateFit | None],
    config: PortfolioAllocConfig,
    scope: Scope,
) -> Trace[Reading]:
    """Return every metric and score per bar; row t uses fits at refit times <= its close."""
    del scope  # what is not the same from fit to fit has the last row alone
    panel = panel_of(inputs, config.seed)
    reading = Reading(inputs, panel, fits, compared(panel, fits, config), config)
    values = allocate_values(reading)
    signals = signal_rows(METRICS, values, config)
    weights = configured_weights(METRICS, config)
    blend, coverage = weights.blend(signals), weights.coverage(signals)
    unknown = np.full(len(panel.rows), np.nan)
    return Trace(
        time=inputs.bars.close_time,
        values=values,
        signals=signals,
        groups=blend.groups,
        direction=unknown,
        score=np.where(coverage >= config.min_coverage, blend.direction, np.nan),
        uncertainty=unknown,
        coverage=coverage,
        scalars={},
        scalar_se={},
        reasons=missing_reasons(
            METRICS, AllocateSituation(inputs, fits, config, values, reading), RULES, signals=signals
        ),
        detail=reading,
    )
