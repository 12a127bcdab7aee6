"""Module B's labels and the words that each can be."""

from collections.abc import Mapping

REGIME_LABEL, VOLATILITY_STATE = "regime_label", "volatility_state"
TREND, RANGE, BETWEEN = "trend", "range", "between"
CALM, NORMAL, STRESSED = "calm", "normal", "stressed"
LABELS: Mapping[str, tuple[str, ...]] = {
    REGIME_LABEL: (TREND, RANGE, BETWEEN),
    VOLATILITY_STATE: (CALM, NORMAL, STRESSED),
}
