"""What the last row of module C means: contributions, who acts, and what the chart draws."""

from collections.abc import Mapping

from analysis.arrays import Floats
from analysis.features.positioning import quadrant
from analysis.framework.answer import linear_contributions
from analysis.framework.bar_rules import moment_text
from analysis.framework.module import Trace, Words
from analysis.framework.reasons import Message, low_coverage
from analysis.framework.scoring import configured_weights
from analysis.sentiment.columns import moments_of
from analysis.sentiment.inputs import SentimentInputs
from analysis.sentiment.interest_rows import INTEREST_CHANGE, PRICE_CHANGE
from analysis.sentiment.liquidation_rows import heatmaps, seen_per_bar
from analysis.sentiment.metrics import CROWDING, METRICS, NO_QUADRANT
from analysis.sentiment.option_curves import option_curves, option_notes
from analysis.sentiment.ratio_rows import shifted_ratio
from analysis.sentiment.trace import SentimentDetail
from config.c_deriv import DerivSentimentConfig
from utils.binance_api.intervals import MINUTE, WEEK
from utils.units import PERCENT

DRAWN = ("funding_8h", "funding_baseline", "open_interest", "ls_global_residual")


def words(
    trace: Trace[SentimentDetail],
    inputs: SentimentInputs,
    fits: Mapping[int, None],
    config: DerivSentimentConfig,
) -> Words:
    """Return the contributions of the last row, who acts by price and open interest, and the drawn columns."""
    del fits
    weights = configured_weights(METRICS, config)
    acting = quadrant(float(trace.values[PRICE_CHANGE][-1]), float(trace.values[INTEREST_CHANGE][-1]))
    no_rank = trace.reasons.get("positioning_rank")
    coverage = float(trace.headlines[CROWDING].coverage[-1])
    few = low_coverage(coverage, config.min_coverage)
    return Words(
        weights=weights.by_metric(),
        group_weights=weights.group_weights,
        contributions=linear_contributions(trace, weights, scale=1.0),
        notes=(
            *_notes(trace, inputs, acting, config),
            *option_notes(inputs, float(trace.values["risk_reversal"][-1])),
        ),
        labels={"oi_quadrant": acting or NO_QUADRANT},
        series={**{name: trace.values[name] for name in DRAWN}, **_drawn(trace, inputs)},
        heatmaps=heatmaps(trace.detail.map, inputs, config),
        curves=option_curves(inputs),
        headline_reasons={CROWDING: (no_rank or few,)},
        published=dict.fromkeys(trace.scalars, int(moments_of(inputs)[-1])),
    )


def _notes(
    trace: Trace[SentimentDetail], inputs: SentimentInputs, acting: str | None, config: DerivSentimentConfig
) -> list[Message]:
    """Return who acts, the last special settlement of the week before, and whose margin brackets the map uses."""
    notes = [] if acting is None else [Message(acting, {"hours": config.interest_hours})]
    special = () if inputs.funding.settled is None else inputs.funding.settled.special
    recent = [one for one in special if inputs.as_of - WEEK < one[0] <= inputs.as_of]
    if recent:
        time, rate = recent[-1]
        notes.append(
            Message(
                "special_funding",
                {"rate": f"{round(PERCENT * rate, 4)}%", "time": moment_text(time // MINUTE * MINUTE)},
            )
        )
    if trace.detail.map is not None and inputs.liquidations.approximate:
        notes.append(Message("approximate_brackets"))
    return notes


def _drawn(trace: Trace[SentimentDetail], inputs: SentimentInputs) -> dict[str, Floats]:
    """Return the score, the ratio at the times it describes, and what was seen to be liquidated in each bar."""
    return {
        "score": trace.score,
        "ls_global_shifted": shifted_ratio(inputs),
        **seen_per_bar(inputs),
    }
