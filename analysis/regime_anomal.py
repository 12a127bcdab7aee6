"""Module J, Regime Change & Anomaly: is this bar unusual enough to look at, and which feature drove it?

Score 0..1 = min(1, -log10 p / 4). Eleven channels are each compared with their own past, the season
removed: p is the share of past bars at least so extreme. The smallest p is corrected for the number of channels known
(Sidak), and the channel it belongs to carries the whole contribution: 0.25 is once in 10 bars, 0.5 in 100, 0.75 in
1,000. A test, not an opinion: it has no direction.

Seasons, thresholds, the isolation forest and the pasts are estimated at fixed UTC refit times on the bars before them;
a bar is judged by the last refit time before it.

References: Page 1954 and Politis and Romano 1992 (change points), Liu, Ting and Zhou 2008 (isolation forest),
Ren et al. 2019 (spectral residual), Sidak 1967.
"""

from analysis.anomaly.inputs import fetch, fit_keys, history
from analysis.anomaly.metrics import GROUPS, IDS, METRICS, NO_CHANNEL, SCALARS, RegimeAnomalyConfig
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
        "Eleven channels of price, volume, positioning, their combination, spectrum and change are each ranked in "
        "their own past. The rarest one counts, corrected for their number: 0.5 is met once in 100 bars, 0.75 in 1,000."
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
)
