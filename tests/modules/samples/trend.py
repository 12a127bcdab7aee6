"""Module A on the seeded walk."""

from collections.abc import Mapping

from analysis.arrays import Floats
from analysis.framework.result import Analysis
from tests.render.samples import result, walk

PARTS = {
    ("ema_20",): frozenset({"EMA 20"}),
    ("kalman_slope_t",): frozenset({"Kalman slope"}),
    ("bb_lower", "bb_upper"): frozenset({"Bollinger"}),
    ("volume",): frozenset({"Volume"}),
    ("rsi_14", "stochrsi_k", "stochrsi_d"): frozenset({"RSI 14", "StochRSI K", "D"}),
    ("macd", "macd_signal", "macd_hist"): frozenset({"MACD", "signal", "histogram"}),
    ("adx_14", "plus_di", "minus_di"): frozenset({"ADX 14", "+DI", "−DI"}),
}
NAMES = frozenset(
    {"EMA 20", "EMA 50", "EMA 200", "RSI 14", "StochRSI K", "D", "MACD", "ADX 14", "+DI", "−DI"}
)
WORDS: frozenset[str] = frozenset()


def series(rows: int = 300) -> dict[str, Floats]:
    return walk(rows)


def sample(of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    return result(series() if of is None else of, **changes)
