"""One score over one span: its record, that of its inputs alone and of what it has to beat, and how firm it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.volatility_forecast import qlike
from analysis.features.windows import divide
from analysis.framework.bar_rules import bar_returns
from composite.evidence.alarms import AlarmRecord, alarm_record, alarms, large_moves
from composite.evidence.calibration import Reliability, outcome_rows, reliability, walk_forward_probability
from composite.evidence.direction import DirectionRecord, direction_record
from composite.evidence.estimate import Resampling
from composite.evidence.intensity import (
    IntensityRecord,
    LossRecord,
    intensity_record,
    loss_record,
    mapped_variance,
)
from composite.evidence.outcomes import drawdown_ahead, entered_return, realised_variance_ahead
from composite.evidence.persistence import DecayPoint, Persistence, decay, persistence, trailing_ranks
from composite.evidence.sensitivity import Sensitivity, sensitivity
from composite.evidence.trading import Costs, net_returns, positions
from scripts.evaluation.benchmarks import har_variance, momentum
from scripts.evaluation.markets import Markets
from utils.binance_api.intervals import DAY

Kind = Literal["direction", "size", "alarm"]
HOW: Final = Resampling(draws=300, seed=7)
YEAR_DAYS: Final = 365
FEWEST_PAST: Final = 250
PARTS: Final = 8
EDGES: Final = (-0.1, 0.1)
"""Where the words for a direction change, on a score less its neutral value."""
THIRDS: Final = (0.2, 0.8)
"""Where the words for a size change."""
FEE: Final = 0.0005
FUNDING_8H: Final = 0.0001
ALARMS_PER_DAY: Final = 0.1
LARGE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Span:
    """Moments from ``first`` up to, not including, ``end`` (UTC ms)."""

    name: str
    first: int
    end: int

    def rows(self, grid: Times) -> slice:
        """Return the rows of the grid inside it."""
        low, high = np.searchsorted(grid, [self.first, self.end]).tolist()
        return slice(low, high)


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """The columns (n, k) that outcomes are made of, over one span."""

    time: Times
    opened: Floats
    low: Floats
    returns: Floats
    har: Floats
    step_ms: int

    @property
    def bars_per_day(self) -> float:
        """Bars of a day."""
        return DAY / self.step_ms

    @property
    def costs(self) -> Costs:
        """Taker fee of the perpetual, and the ordinary funding spread over the bars."""
        return Costs(FEE, FUNDING_8H * self.step_ms / (DAY / 3))

    def select(self, rows: slice) -> "Ahead":
        """Return some rows; nothing after them is known."""
        return Ahead(
            self.time[rows],
            self.opened[rows],
            self.low[rows],
            self.returns[rows],
            self.har[rows],
            self.step_ms,
        )

    def of_symbol(self, place: int) -> "Ahead":
        """Return the columns of one symbol alone."""
        opened, low, returns, har = (
            column[:, [place]] for column in (self.opened, self.low, self.returns, self.har)
        )
        return Ahead(self.time, opened, low, returns, har, self.step_ms)


def ahead_of(markets: Markets, horizon: int) -> Ahead:
    """Return what outcomes need of all markets, with the HAR forecast for ``horizon`` bars."""
    return Ahead(
        markets.grid,
        markets.prices("open"),
        markets.prices("low"),
        markets.placed([bar_returns(one.bars) for one in markets.members]),
        markets.placed([har_variance(one.bars, horizon) for one in markets.members]),
        markets.step_ms,
    )


def ranks_of(score: Floats, ahead: Ahead) -> Floats:
    """Return trailing ranks (n, k) over a year."""
    return trailing_ranks(score, int(YEAR_DAYS * ahead.bars_per_day), FEWEST_PAST)


@dataclass(frozen=True, slots=True)
class DirectionStudy:
    """What was measured of one column with a direction over one span."""

    record: DirectionRecord | None
    decay: tuple[DecayPoint, ...]
    persistence: Persistence
    reliability: Reliability | None


def direction_study(score: Floats, ranks: Floats, ahead: Ahead, horizon: int) -> DirectionStudy:
    """Study a column (n, k), neutral 0."""
    later = entered_return(ahead.opened, horizon)
    up = np.where(np.isfinite(later), (later > 0).astype(np.float64), np.nan)
    rows = outcome_rows(score, up, ahead.time, ahead.step_ms, horizon)
    fair = None
    if len(rows.score) > FEWEST_PAST:
        forecast, base = walk_forward_probability(rows, PARTS, horizon * ahead.step_ms)
        fair = reliability(rows, forecast, base)
    return DirectionStudy(
        direction_record(score, ahead.opened, ranks, horizon, ahead.costs, HOW),
        decay(score, ahead.opened, horizon),
        persistence(score, ranks, (1, max(2, horizon), 4 * horizon)),
        fair,
    )


@dataclass(frozen=True, slots=True)
class SizeStudy:
    """What was measured of one column of size over one span; losses are against HAR with hour-of-week factors."""

    volatility: IntensityRecord | None
    drawdown: IntensityRecord | None
    loss: LossRecord | None
    persistence: Persistence


def size_study(score: Floats, ahead: Ahead, horizon: int, rows: slice) -> SizeStudy:
    """Study a column (n, k) in ``rows``; its map to variance may learn from all rows before each."""
    mapped = variance_of(score, ahead, horizon)
    inside = ahead.select(rows)
    later = realised_variance_ahead(inside.returns, horizon)
    fallen = drawdown_ahead(inside.opened, inside.low, horizon)
    return SizeStudy(
        intensity_record(score[rows], later, horizon, HOW),
        intensity_record(score[rows], fallen, horizon, HOW),
        loss_record(mapped[rows], inside.har, later, horizon, HOW),
        persistence(score[rows], ranks_of(score, ahead)[rows], (1, max(2, horizon), 4 * horizon)),
    )


def variance_of(score: Floats, ahead: Ahead, horizon: int) -> Floats:
    """Return the variance (n, k) that a column stood for, by what came after it before each row."""
    variance = realised_variance_ahead(ahead.returns, horizon)
    return np.column_stack([mapped_variance(s, v, horizon) for s, v in zip(score.T, variance.T, strict=True)])


@dataclass(frozen=True, slots=True)
class AlarmStudy:
    """Whether alarms at a set rate come before large moves, and whether they come with them."""

    ahead: AlarmRecord | None
    same: AlarmRecord | None
    rank: IntensityRecord | None


def alarm_study(score: Floats, ahead: Ahead, horizon: int, rows: slice) -> AlarmStudy:
    """Study a column (n, k): an event is a move in the top twentieth of its past, over its HAR forecast."""
    events, coming = large_events(ahead), events_ahead(ahead, rows)
    later = realised_variance_ahead(ahead.select(rows).returns, horizon)
    ranks = ranks_of(score, ahead)[rows]

    def record(event: Floats) -> AlarmRecord | None:
        return alarm_record(ranks, event, ALARMS_PER_DAY, ahead.bars_per_day, horizon, HOW)

    return AlarmStudy(
        record(coming), record(events[rows]), intensity_record(score[rows], later, horizon, HOW)
    )


def large_events(ahead: Ahead) -> Floats:
    """Return 1 for a move in the top twentieth of its past, over its HAR forecast, 0 for another (n, k)."""
    return large_moves(surprises(ahead), int(YEAR_DAYS * ahead.bars_per_day), LARGE, FEWEST_PAST)


def events_ahead(ahead: Ahead, rows: slice) -> Floats:
    """Return for each of the ``rows`` whether the next bar is a large move (m, k); that after the last is unknown."""
    inside = large_events(ahead)[rows]
    return np.concatenate([inside[1:], np.full((1, inside.shape[1]), np.nan)])


def surprises(ahead: Ahead) -> Floats:
    """Return |return| of each bar over the volatility that HAR forecast for it at the close before (n, k)."""
    forecast = np.full(ahead.har.shape, np.nan)
    forecast[1:] = ahead.har[:-1]
    with np.errstate(invalid="ignore"):
        return np.abs(ahead.returns) / np.sqrt(np.where(forecast > 0, forecast, np.nan))


def momentum_of(markets: Markets, bars: int) -> Floats:
    """Return the log return of the last ``bars`` bars on the grid."""
    closes = markets.prices("close")
    return np.column_stack([momentum(column, bars) for column in closes.T])


def sensitivities(base: Floats, changed: Mapping[str, Floats], kind: Kind) -> tuple[Sensitivity, ...]:
    """Return how far each change moves the score."""
    edges = EDGES if kind == "direction" else THIRDS
    return tuple(sensitivity(name, base, column, edges) for name, column in changed.items())


def earned(kind: Kind, score: Floats, ahead: Ahead, horizon: int, rows: slice) -> Floats:
    """Return what a column was good for per row (n), more being better.

    Of a direction the net return of holding its tails; of a size the QLIKE of the variance that it stands for, its sign
    turned; of an alarm the large moves that followed its alarms, less those to be expected by chance.
    """
    if kind == "direction":
        inside = ahead.select(rows)
        return net_returns(positions(ranks_of(score, ahead)[rows]), inside.opened, inside.costs)
    return _foretold_size(score, ahead, horizon, rows) if kind == "size" else _caught(score, ahead, rows)


def _foretold_size(score: Floats, ahead: Ahead, horizon: int, rows: slice) -> Floats:
    later = realised_variance_ahead(ahead.select(rows).returns, horizon)
    mapped = variance_of(score, ahead, horizon)[rows]
    return -mean_over_symbols(np.column_stack([qlike(f, v) for f, v in zip(mapped.T, later.T, strict=True)]))


def _caught(score: Floats, ahead: Ahead, rows: slice) -> Floats:
    coming = events_ahead(ahead, rows)
    raised = alarms(ranks_of(score, ahead)[rows], ALARMS_PER_DAY, ahead.bars_per_day)
    return mean_over_symbols(np.where(np.isfinite(coming), raised * (coming - LARGE), np.nan))


def mean_over_symbols(values: Floats) -> Floats:
    """Return the mean of what is known in each row (n), NaN where nothing is."""
    known = np.isfinite(values)
    return divide(np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1).astype(np.float64))
