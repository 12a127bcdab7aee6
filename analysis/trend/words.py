"""What the last row of module A means: contributions, notes, and what the chart draws."""

from collections.abc import Mapping

from analysis.features.kalman import TrendEstimate
from analysis.framework.answer import linear_contributions
from analysis.framework.module import Trace, Words
from analysis.framework.reasons import Message
from analysis.framework.scoring import configured_weights
from analysis.trend.inputs import TrendInputs
from analysis.trend.metrics import METRICS
from analysis.trend.specs import STRENGTH
from config.c_trend import TrendConfig

DRAWN = (
    *("ema_20", "ema_50", "ema_200", "bb_upper", "bb_middle", "bb_lower", "kalman_level", "kalman_slope_t"),
    *("rsi_14", "stochrsi_k", "stochrsi_d", "macd", "macd_signal", "adx_14", "plus_di", "minus_di"),
    *("vwap", "vwap_day", "vwap_week", "poc", "value_low", "value_high"),
)


def words(
    trace: Trace[None], inputs: TrendInputs, fits: Mapping[int, TrendEstimate], config: TrendConfig
) -> Words:
    """Return the contributions of the last row, a note where the Kalman fit stands at a bound, and the drawn lines."""
    del inputs
    weights = configured_weights(METRICS, config).without(STRENGTH)
    return Words(
        weights=weights.by_metric(),
        group_weights=weights.group_weights,
        contributions=linear_contributions(trace, weights, scale=0.5),
        notes=_notes(fits, config),
        series={
            **{name: trace.values[name] for name in DRAWN},
            "macd_hist": trace.values["macd"] - trace.values["macd_signal"],
            "score": trace.score,
        },
    )


def _notes(fits: Mapping[int, TrendEstimate], config: TrendConfig) -> tuple[Message, ...]:
    latest = fits[max(fits)] if fits else None
    if latest is None or not latest.at_bound:
        return ()
    middle = (config.kalman_memory_min * config.kalman_memory_max) ** 0.5
    bound = config.kalman_memory_max if latest.noise.memory > middle else config.kalman_memory_min
    return (Message("at_bound", {"what": "the Kalman memory", "bound": f"{bound:g}"}),)
