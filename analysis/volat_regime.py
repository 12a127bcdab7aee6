"""Module B, Market Regime: does the price trend or range, and is its volatility calm, normal or stressed?

Score 0..1 = P(trend) now: the chance that the stretch of bars that ends here belongs to a trend, as hindsight will
call it; a logistic of readings of the past, fitted on 2020-2023 (``regime.now_table``). Its label switches with
hysteresis and says "between" where one standard error reaches its border. What comes next is another number,
``p_ahead`` (``regime.odds_table``), nearly no forecast. The volatility state switches on the stress level: the mean of
the volatility's rank in its own year and the recent chance of the switching model's stressed state.
Everything is read from closed bars.

Every call reads the same number of closed bars ending at the asked moment. GARCH and the switching variance are fitted
at UTC refit times a fixed number of bars apart, each on a fixed number of bars before it.

References: Bellman and Roth 1969 (segments); Kaufman 1995; Lo and MacKinlay 1988, Chow and Denning 1993 (variance
ratio); Peng 1994, Hurst 1951 (memory); Sevcik 1998; DeMark 1994; Bandt and Pompe 2002; Yang and Zhang 2000; Bollerslev
1987 (GARCH); Hamilton 1989; Corsi 2009; Patton 2011.
"""

from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.metric import ScoreSpec
from analysis.framework.module import Module
from analysis.regime.inputs import fetch, fit_keys, history, recorded
from analysis.regime.labels import LABELS
from analysis.regime.metrics import BASE, GROUPS, METRICS, SCALARS
from config.c_volat import VolatilityConfig

MODULE = Module(
    code="B",
    id="regime",
    commands=("regime", "rg"),
    title="Market Regime",
    question="Does the price trend or range, and how nervous is it?",
    explanation=(
        "P(trend) is the chance that the price is in a trend now, as hindsight will call it, from ten measures of the "
        "recent path and a table fitted on 2020 to 2023; what comes next is said apart. The volatility state compares "
        "volatility with its own year and with the calm and stressed states of the recent past."
    ),
    declared_in=__name__,
    package="analysis.regime",
    config=VolatilityConfig,
    job="batch",
    score=ScoreSpec("p_trend", low=0.0, high=1.0, neutral=0.5, directional=False),
    groups=(*GROUPS, BASE),
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    fit_keys=fit_keys,
    rank_bars=lambda _: DRAWN_BARS,
    labels=LABELS,
    recorded=recorded,
)
