"""Module I's metrics, groups and scalars, each declared once."""

from analysis.allocate.method_metrics import METHOD_SPECS
from analysis.allocate.mix_metrics import MIX_METRICS, REPLAYS, RISK_METRICS
from analysis.allocate.view_metrics import VIEW_SPECS
from analysis.framework.metric import GroupSpec, MetricSpec, ScalarSpec
from analysis.framework.sections import section
from config.c_portalloc import PortfolioAllocConfig

GROUPS = (GroupSpec("diversification", 1.0, "how much of the coins' own risk a mix of equal risks sheds"),)
METRICS: tuple[MetricSpec, ...] = (*MIX_METRICS, *RISK_METRICS, *VIEW_SPECS, *METHOD_SPECS, *REPLAYS)
SCALARS: tuple[ScalarSpec, ...] = ()

AllocateSection = section(PortfolioAllocConfig, "AllocateSection", METRICS, GROUPS, module=__name__)
