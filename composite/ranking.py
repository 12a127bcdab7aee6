"""One composite score of many symbols, ranked: what a scan of the market hands over."""

from dataclasses import dataclass

from analysis.framework.question import Basket, Market
from analysis.framework.reasons import Reason
from composite.result import is_short_year


@dataclass(frozen=True, slots=True)
class RankedScore:
    """One symbol's score with its uncertainty (one sigma of the inputs) and coverage; ``None`` with its reason.

    ``change_day`` is the change of the price over 24 hours, as a share of the earlier price. Where the score is a rank,
    ``rank_days`` says how far the past reaches back that it is among.
    """

    symbol: str
    market: Market
    score: float | None
    uncertainty: float | None
    coverage: float
    change_day: float | None = None
    rank_days: float | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """One score of the ``asked`` most traded symbols of a quote at one moment, or of the members of a ``basket``.

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
    basket: Basket | None = None

    @property
    def short_ranks(self) -> tuple[float, ...]:
        """How many days the ranks look back on that are among less than a year."""
        days = (row.rank_days for row in self.scored)
        return tuple(one for one in days if one is not None and is_short_year(one))

    @property
    def scored(self) -> tuple[RankedScore, ...]:
        """The rows that have a score."""
        return tuple(row for row in self.rows if row.score is not None)
