"""Module J, Regime Change & Anomaly: is this bar unusual enough to look at, and which channel drove it?

Score 0..1 = min(1, -log10 p / 4). Each of eleven channels is compared with its own past, the season removed: its
p-value is the share of past bars at least so extreme. The smallest p-value is corrected for the number of independent
channels (Sidak), estimated from the past, and the dominant channel, which it belongs to, carries the whole
contribution: 0.25 is once in 10 bars, 0.5 once in 100, 0.75 once in 1,000. The score has no direction.

Seasons, thresholds, the isolation forest and the distributions of past values are estimated at fixed UTC refit times
on the bars before them; a bar is judged by the last refit time before it.

References: Page 1954 and Politis and Romano 1992 (change points), Liu, Ting and Zhou 2008 (isolation forest),
Ren et al. 2019 (spectral residual), Sidak 1967.
"""

from analysis.anomaly.channels import GROUPS, IDS, NO_CHANNEL
from analysis.anomaly.inputs import fetch, fit_keys, history, recorded
from analysis.anomaly.metrics import METRICS, SCALARS, RegimeAnomalyConfig
from analysis.framework.metric import ScoreSpec
from analysis.framework.module import Module

__all__ = ["MODULE", "RegimeAnomalyConfig"]

MODULE = Module(
    code="J",
    id="redet",
    commands=("redet", "rd"),
    title="Regime Change & Anomaly",
    question="Is this bar unusual enough to look at, and what drove it?",
    explanation=(
        "Eleven channels (price, volume, positioning, their combination, spectrum, change points) are each ranked in "
        "their own past. The score follows from the smallest tail probability, corrected for their number: 0.5 is met "
        "once in 100 bars, 0.75 once in 1,000."
    ),
    declared_in=__name__,
    package="analysis.anomaly",
    config=RegimeAnomalyConfig,
    job="async",
    score=ScoreSpec("anomaly_score", low=0.0, high=1.0, neutral=0.0, directional=False),
    groups=GROUPS,
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    fit_keys=fit_keys,
    labels={"driver": (*IDS, NO_CHANNEL)},
    recorded=recorded,
)
