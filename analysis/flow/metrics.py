"""Module D's metrics, groups and scalars, each declared once."""

from typing import Final

from analysis.flow.book_metrics import BOOK_METRICS, FRAGILITY_METRICS, WALL_METRICS
from analysis.flow.specs import FRAGILITY, fewest_bars
from analysis.flow.trade_metrics import CVD_METRICS, LIVE_METRICS, OFI_METRICS, TAKER_METRICS
from analysis.framework.metric import GroupSpec, MetricSpec, ScalarSpec
from analysis.framework.sections import section
from config.c_order import OrderFlowConfig

PRESSURE_SCALAR, FRAGILITY_SCALAR = "flow.pressure", "flow.fragility"
ABSORPTION_SCALAR, IMBALANCE_SCALAR = "flow.absorption", "flow.bar_imbalance"
GROUPS: Final = (
    GroupSpec("book", 1.0, "imbalance of what rests in the book"),
    GroupSpec("taker", 1.0, "what takers buy and sell"),
    GroupSpec("cvd", 0.5, "cumulative volume delta"),
    GroupSpec("ofi", 1.0, "order flow imbalance between best quotes"),
)

METRICS: Final[tuple[MetricSpec, ...]] = (
    *BOOK_METRICS,
    *TAKER_METRICS,
    *CVD_METRICS,
    *OFI_METRICS,
    *FRAGILITY_METRICS,
    *WALL_METRICS,
    *LIVE_METRICS,
)
LIVE_SCALARS: Final = (
    ScalarSpec(
        PRESSURE_SCALAR,
        "directional",
        "higher is buying pressure",
        1,
        2,
        parents=("trades", "book", "quotes", "klines.{interval}"),
        tier="live",
    ),
    ScalarSpec(
        FRAGILITY_SCALAR,
        "intensity",
        "higher is less liquidity in the way",
        5,
        15,
        headline=FRAGILITY,
        parents=("book",),
        tier="live",
    ),
)
BAR_SCALARS: Final = (
    ScalarSpec(
        ABSORPTION_SCALAR,
        "directional",
        "higher is taker selling that the price did not follow",
        1,
        1,
        bars=lambda config, _: 2 * fewest_bars(config) + 1,
        of_asked=True,
    ),
    ScalarSpec(
        IMBALANCE_SCALAR,
        "directional",
        "higher is more taker buying than usual for the coin",
        1,
        1,
        bars=lambda config, _: fewest_bars(config) + 1,
        of_asked=True,
    ),
)
SCALARS: Final = (*LIVE_SCALARS, *BAR_SCALARS)

FlowSection = section(OrderFlowConfig, "FlowSection", METRICS, GROUPS, module=__name__)
