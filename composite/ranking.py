"""One composite score of many symbols, ranked: what a scan of the market hands over."""

from dataclasses import dataclass

from analysis.framework.question import Market
from analysis.framework.reasons import Reason


@dataclass(frozen=True, slots=True)
class RankedScore:
    """One symbol's score with its uncertainty (one sigma of the inputs) and coverage; ``None`` with its reason.

    ``change_day`` is the change of the price over 24 hours, as a share of the earlier price.
    """

    symbol: str
    market: Market
    score: float | None
    uncertainty: float | None
    coverage: float
    change_day: float | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """One score of the ``asked`` most traded symbols of a quote at one moment.

    ``rows`` stand from the highest score to the lowest, those without a score last. ``name`` and the times (UTC ms)
    are those of `composite.result.Composite`, ``low``, ``high`` and ``neutral`` the scale of the score.
    """

    name: str
    interval: str
    as_of: int
    bar_close: int
    asked: int
    low: float
    high: float
    neutral: float
    rows: tuple[RankedScore, ...]

    @property
    def scored(self) -> tuple[RankedScore, ...]:
        """The rows that have a score."""
        return tuple(row for row in self.rows if row.score is not None)
