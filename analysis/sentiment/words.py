"""What the last row of module C means: contributions, who acts, and what the chart draws."""

from collections.abc import Mapping

from analysis.features.positioning import quadrant
from analysis.framework.answer import linear_contributions
from analysis.framework.module import Trace, Words
from analysis.framework.reasons import Message, Reason
from analysis.framework.scoring import configured_weights
from analysis.sentiment.inputs import SentimentInputs
from analysis.sentiment.interest_rows import INTEREST_CHANGE, PRICE_CHANGE
from analysis.sentiment.metrics import CROWDING, METRICS, NO_QUADRANT
from config.c_deriv import DerivSentimentConfig

DRAWN = ("funding_8h", "funding_baseline", "open_interest", "ls_global_residual", "volume_imbalance_centred")


def words(
    trace: Trace[None], inputs: SentimentInputs, fits: Mapping[int, None], config: DerivSentimentConfig
) -> Words:
    """Return the contributions of the last row, who acts by price and open interest, and the drawn columns."""
    del inputs, fits
    weights = configured_weights(METRICS, config)
    acting = quadrant(float(trace.values[PRICE_CHANGE][-1]), float(trace.values[INTEREST_CHANGE][-1]))
    hours = config.interest_hours
    no_rank = trace.reasons.get("positioning_rank")
    coverage = float(trace.headlines[CROWDING].coverage[-1])
    few = Reason("low_coverage", {"has": f"{coverage:.0%}", "needs": f"{config.min_coverage:.0%}"})
    return Words(
        weights=weights.by_metric(),
        group_weights=weights.group_weights,
        contributions=linear_contributions(trace, weights, scale=1.0),
        notes=() if acting is None else (Message(acting, {"hours": hours}),),
        labels={"oi_quadrant": acting or NO_QUADRANT},
        series={**{name: trace.values[name] for name in DRAWN}, "score": trace.score},
        headline_reasons={CROWDING: (no_rank or few,)},
        parents=("funding", "open_interest.1h", "long_short_ratio.1h"),
    )
