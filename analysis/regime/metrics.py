"""Module B's metrics, groups and scalars, each declared once.

The weights of the score are those of the fitted table (``odds_table``), not of the configuration.
"""

from analysis.framework.metric import MetricSpec, ScalarSpec
from analysis.regime.derivative_metrics import DERIVATIVE_METRICS
from analysis.regime.fitted_metrics import FITTED_METRICS
from analysis.regime.scored_metrics import AHEAD_BARS, AHEAD_METRICS, MOVEMENT, PERSISTENCE, SCORED_METRICS
from analysis.regime.structure_metrics import STRUCTURE_METRICS
from analysis.regime.volatility_metrics import VOLATILITY_METRICS

GROUPS = (PERSISTENCE, MOVEMENT)
BASE = "base"
"""The step that holds the contribution of the logistic's constant."""

METRICS: tuple[MetricSpec, ...] = (
    *SCORED_METRICS,
    *AHEAD_METRICS,
    *VOLATILITY_METRICS,
    *STRUCTURE_METRICS,
    *FITTED_METRICS,
    *DERIVATIVE_METRICS,
)
NOW_FEATURES = tuple(spec.id for spec in METRICS if spec.group is not None)
"""What P(trend) is computed from."""

# Half-lives: where the autocorrelation falls below one half on BTCUSDT 1h, 2020-2024.
SCALARS = (
    ScalarSpec("regime.p_trend", "probability", "higher is a trend now more likely", 1, 20, metric="stretch"),
    ScalarSpec(
        "regime.p_ahead",
        "probability",
        "higher is the next bars more likely straighter than usual",
        AHEAD_BARS,
        20,
        metric="p_ahead",
    ),
    ScalarSpec(
        "regime.vol_percentile",
        "intensity",
        "higher is more volatile than its own year",
        24,
        40,
        metric="vol_percentile",
    ),
    ScalarSpec(
        "regime.stress",
        "probability",
        "higher is the stressed state more likely",
        1,
        3,
        metric="markov_stressed",
    ),
)
