"""Module G's metrics, groups and scalars, each declared once."""

from analysis.features.look_backs import SEED_BARS
from analysis.framework.metric import GroupSpec, MetricSpec, ScalarSpec
from analysis.framework.sections import section
from analysis.risk.leverage_metrics import CRASH_METRICS, LEVERAGE_METRICS, LIQUIDATIONS
from analysis.risk.ratio_metrics import RATIOS
from analysis.risk.stop_metrics import STOP_METRICS
from analysis.risk.tail_metrics import BACKTESTS, LOSSES, NEXT_BAR_VAR, RECENT_METRICS
from analysis.risk.volatility_metrics import DRAWDOWN_METRICS, VOLATILITY_METRICS
from config.c_risk import RiskExposureConfig

GROUPS = (
    GroupSpec("volatility", 0.35, "average true range and forecast volatility"),
    GroupSpec("tail", 0.3, "value-at-risk and its recent violations"),
    GroupSpec("drawdown", 0.2, "distance below the highest close of the window"),
    GroupSpec("leverage", 0.15, "distance to a leveraged position's liquidation"),
)

METRICS: tuple[MetricSpec, ...] = (
    *STOP_METRICS,
    *VOLATILITY_METRICS,
    *DRAWDOWN_METRICS,
    *LOSSES,
    *RECENT_METRICS,
    *BACKTESTS,
    *RATIOS,
    *LIQUIDATIONS,
    *LEVERAGE_METRICS,
    *CRASH_METRICS,
)

# Half-lives: where the autocorrelation falls to one half on BTCUSDT 1h, 2020-2024 (scripts/figures/risk.py).
SCALARS = (
    ScalarSpec(
        "risk.market",
        "intensity",
        "higher is riskier than the past year, either way",
        1,
        83,
        bars=lambda c, _: SEED_BARS + 1 + c.rank_min_bars,
    ),
    ScalarSpec(
        "risk.tail",
        "intensity",
        "higher is a larger loss to be reckoned with",
        1,
        81,
        metric=NEXT_BAR_VAR[95].id,
    ),
    ScalarSpec(
        "risk.surprise",
        "p_value",
        "smaller is a loss less expected by its own forecast",
        1,
        1,
        metric=NEXT_BAR_VAR[95].id,
    ),
)

RiskSection = section(RiskExposureConfig, "RiskSection", METRICS, GROUPS, module=__name__)
