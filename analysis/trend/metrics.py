"""Module A's metrics, groups and scalars, each declared once."""

from analysis.framework.metric import GroupSpec, MetricSpec, ScalarSpec
from analysis.framework.sections import section
from analysis.trend.indicator_metrics import INDICATOR_METRICS
from analysis.trend.market_metrics import LATEST_METRICS, PERPETUAL_METRICS
from analysis.trend.path_metrics import FILTER_METRICS, LINE_METRICS
from analysis.trend.specs import STRENGTH
from analysis.trend.volume_metrics import VOLUME_METRICS
from config.c_trend import TrendConfig

GROUPS = (
    GroupSpec("slope", 0.25, "averages, MACD, Kalman, wavelet, Hilbert"),
    GroupSpec("oscillators", 0.25, "RSI, stochastic RSI, rate of change"),
    GroupSpec("di", 0.25, "directional indicators"),
    GroupSpec("position", 0.25, "%B and z-score"),
    GroupSpec(STRENGTH, 0.25, "share of the multiplier in coverage", multiplies=True),
)


def _slow(c: TrendConfig, _: str) -> int:
    return c.ema_slow + c.scale_min_bars


METRICS: tuple[MetricSpec, ...] = (
    *INDICATOR_METRICS,
    *FILTER_METRICS,
    *PERPETUAL_METRICS,
    *LINE_METRICS,
    *VOLUME_METRICS,
    *LATEST_METRICS,
)

# Half-lives: where the autocorrelation falls below one half on BTCUSDT 1h, 2020-2024.
SCALARS = (
    ScalarSpec("trend.direction", "directional", "higher is bullish momentum", 1, 8, bars=_slow),
    ScalarSpec("trend.strength", "intensity", "higher is a stronger move, either way", 1, 22, bars=_slow),
    ScalarSpec(
        "trend.stretch", "directional", "higher is further above the middle average", 1, 17, bars=_slow
    ),
    ScalarSpec(
        "trend.pullback", "intensity", "higher is a deeper move against the slow trend", 1, 5, bars=_slow
    ),
    ScalarSpec(
        "trend.slow", "directional", "higher is the middle average above the slow one", 10, 72, bars=_slow
    ),
)

TrendSection = section(TrendConfig, "TrendSection", METRICS, GROUPS, module=__name__)
