"""Kinds of module D's metrics: live ones have the last row alone, and a family says why a value is missing."""

from dataclasses import dataclass
from typing import Final, Literal

from analysis.framework.metric import MetricSpec, SignalMap
from config.c_order import OrderFlowConfig

FRAGILITY: Final = "fragility"
BAND, LEVEL, QUIET, LIVE, SCALE, REFILL, WALL, FILL, DIVERGENCE, CVD = (
    "band",
    "level",
    "quiet",
    "live",
    "scale",
    "refill",
    "wall",
    "fill",
    "divergence",
    "cvd",
)
LEVELS_SHOWN: Final = (5, 20)
BANDS_BPS: Final = (5, 10, 25, 50)
HORIZONS_S: Final = (5, 30)
DIVERGENCE_BARS: Final = 15
Side = Literal["buy", "sell"]
Amount = Literal["10k", "100k", "1m"]
NOTIONALS: Final[dict[Amount, float]] = {"10k": 1e4, "100k": 1e5, "1m": 1e6}


@dataclass(frozen=True, slots=True)
class BandMetric(MetricSpec):
    """Imbalance within so many bps of the mid."""

    bps: float = 0.0


@dataclass(frozen=True, slots=True)
class LevelMetric(MetricSpec):
    """Imbalance of so many levels."""

    levels: int = 0


@dataclass(frozen=True, slots=True)
class FillMetric(MetricSpec):
    """Cost of filling so many USDT on a side."""

    amount: Amount = "10k"
    side: Side = "buy"


def bars_of_scale(config: OrderFlowConfig, _: str) -> int:
    """Return how many closed minutes a minute is compared with, and those it sums."""
    return config.bar_scale // 4 + DIVERGENCE_BARS


def fewest_bars(config: OrderFlowConfig) -> int:
    """Return how many past bars of the asked interval a bar is compared with at least."""
    return config.flow_bars // 4


def live_spec(
    id: str,
    title: str,
    unit: str,
    help: str,
    *,
    needs: tuple[str, ...],
    family: str,
    decimals: int = 2,
    group: str | None = None,
    signal: SignalMap | None = None,
    weight: float = 1.0,
    on_card: bool = False,
    is_level: bool = False,
) -> MetricSpec:
    """Return a metric of the live reading."""
    return MetricSpec(
        id,
        title,
        unit,
        help,
        decimals=decimals,
        group=group,
        signal=signal,
        weight=weight,
        needs=needs,
        family=family,
        latest_only=True,
        on_card=on_card,
        is_level=is_level,
    )
