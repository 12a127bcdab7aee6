"""What a module measures and hands over, declared: metrics, scalars, scores."""

from dataclasses import dataclass
from typing import Literal

SignalKind = Literal["direction", "level"]
ScalarKind = Literal["directional", "intensity", "probability", "p_value"]


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """A metric's declaration.

    ``title`` is at most 14 characters for the card; ``summary`` one sentence for help; ``decimals`` how many are
    shown; ``signal`` its kind where it takes part in a score, under ``group``. Both texts are message ids.
    """

    id: str
    title: str
    unit: str
    summary: str
    group: str | None = None
    signal: SignalKind | None = None
    decimals: int = 2
    on_card: bool = False


def shown(
    metric_id: str, title: str, unit: str, summary: str, decimals: int = 2, *, on_card: bool = False
) -> MetricSpec:
    """Declare a metric that takes no part in a score."""
    return MetricSpec(metric_id, title, unit, summary, decimals=decimals, on_card=on_card)


@dataclass(frozen=True, slots=True)
class ScalarSpec:
    """A scalar's declaration; ``horizon_bars`` and ``half_life_bars`` become seconds with the asked interval."""

    name: str
    kind: ScalarKind
    polarity: str
    horizon_bars: float
    half_life_bars: float


@dataclass(frozen=True, slots=True)
class ScoreSpec:
    """The module's score: its key in JSON, range and neutral value; ``offset + scale * direction`` in [-1, 1]."""

    name: str
    low: float
    high: float
    neutral: float
    directional: bool = True
