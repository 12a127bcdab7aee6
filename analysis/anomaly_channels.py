"""From rows to channels: season and recent level removed, one number per bar that is large when the bar is unusual."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from analysis.anomaly_change import ChangeFit, Sums, change_sums
from analysis.anomaly_inputs import BPS, RawRows
from analysis.contract import Floats
from analysis.features.moments import cumulative_deviation
from analysis.features.spectral_residual import spectral_residual
from analysis.features.surprise import WEEK_HOURS, Cells, season_cells
from analysis.features.windows import divide, lag, on_last, rolling_mean
from utils.binance_api.intervals import DAY, HOUR, SHORTEST_MS

if TYPE_CHECKING:
    from analysis.regime_anomal import RegimeAnomalyConfig

CELLS: Final = 2 * WEEK_HOURS
DAY_CELLS: Final = 2 * 24
SEASONAL: Final = ("returns", "ranges", "volume", "basis")  # whose size has a season that is fitted

Shapes = Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class ChannelRows:
    """Statistics per row by channel, and the features of the joint channel (rows, features) by name."""

    statistics: Mapping[str, Floats]
    features: Mapping[str, Floats]
    sums: Sums


def part(raw: RawRows, rows: slice) -> RawRows:
    """Return some rows; the settlements stay whole."""
    cut = {f.name: getattr(raw, f.name)[rows] for f in fields(raw) if f.name != "settlements"}
    return RawRows(settlements=raw.settlements, **cut)


def cells_of(raw: RawRows, interval: str) -> Cells:
    """Return each bar's season cell: hour of the week, and whether funding settles in it; all 0 above a day."""
    step = SHORTEST_MS[interval]
    if step > DAY:
        return np.zeros(len(raw.open_time), np.int64)
    return season_cells(raw.open_time, step, raw.settlements)


def season_shape(size: Floats, cells: Cells, interval: str, weeks: int) -> Floats:
    """Return the usual size in each cell over the usual size of all (CELLS), from sizes of 0 or more.

    The median of the cell where it was met in ``weeks`` weeks, else that of its hour of the day over as many days,
    else 1; 1 too where a median is 0.
    """
    known = np.isfinite(size)
    middle = float(np.median(size[known])) if known.any() else 0.0
    if not middle > 0 or SHORTEST_MS[interval] > DAY:
        return np.ones(CELLS)
    per_hour = max(1, HOUR // SHORTEST_MS[interval])
    weekly = _medians(size[known], cells[known], CELLS, weeks * per_hour)
    daily = _medians(size[known], cells[known] % DAY_CELLS, DAY_CELLS, weeks * per_hour)
    shape = np.where(np.isfinite(weekly), weekly, np.tile(daily, CELLS // DAY_CELLS)) / middle
    return np.where(np.isfinite(shape) & (shape > 0), shape, 1.0)


def _medians(size: Floats, cells: Cells, count: int, least: int) -> Floats:
    found = pd.Series(size).groupby(cells).agg(["median", "count"])
    medians = np.full(count, np.nan)
    medians[found.index.to_numpy()] = found["median"].where(found["count"] >= least).to_numpy()
    return medians


def season_shapes(raw: RawRows, interval: str, config: "RegimeAnomalyConfig") -> dict[str, Floats]:
    """Return the season of every size that has one, from these rows alone."""
    cells = cells_of(raw, interval)
    sizes = {"returns": np.abs(raw.returns), "ranges": raw.ranges, "volume": raw.volume}
    sizes["basis"] = np.abs(_basis_deviation(raw, config))
    return {name: season_shape(size, cells, interval, config.season_weeks) for name, size in sizes.items()}


def usual(size: Floats, config: "RegimeAnomalyConfig") -> Floats:
    """Return the median of the ``level_bars`` sizes before each row, NaN below ``level_min_bars`` and where it is 0."""
    past = pd.Series(lag(size, 1)).rolling(config.level_bars, min_periods=config.level_min_bars)
    level = np.asarray(past.median(), dtype=np.float64)
    return np.where(level > 0, level, np.nan)


def channel_rows(
    raw: RawRows,
    rows: int,
    interval: str,
    shapes: Shapes,
    change: ChangeFit,
    config: "RegimeAnomalyConfig",
) -> ChannelRows:
    """Return the channels of the last ``rows`` rows; the rows before them are what they are measured against."""
    season = {name: shapes[name][cells_of(raw, interval)] for name in SEASONAL}
    returns = raw.returns / season["returns"]
    sums = _sums(returns, rows, change, config)
    signed = _signed(raw, season, rows + config.spectral_bars, config)
    statistics = {
        "returns": np.abs(signed["returns"]),
        "range": signed["range"],
        "deviation": np.abs(_deviation(returns, rows, config)),
        "volume": signed["volume"],
        "basis": np.abs(signed["basis"]),
        "price_wave": _price_wave(raw.returns, rows, config),
        "volume_wave": spectral_residual(np.log1p(signed["volume"]), config.spectral_bars),
        "change": _largest_ratio(sums, change),
    }
    return ChannelRows(
        {name: column[-rows:] for name, column in statistics.items()},
        {name: np.arcsinh(column[-rows:]) for name, column in signed.items()},
        sums,
    )


def _signed(
    raw: RawRows, season: Mapping[str, Floats], rows: int, config: "RegimeAnomalyConfig"
) -> dict[str, Floats]:
    """Sizes over their season and recent level, with their signs, of the last ``rows`` rows."""
    cut = slice(max(0, len(raw.returns) - rows - 2 * config.level_bars), None)
    near = part(raw, cut)
    over = {name: column[cut] for name, column in season.items()}
    sizes = {
        "returns": near.returns / over["returns"],
        "range": near.ranges / over["ranges"],
        "volume": near.volume / over["volume"],
        "basis": _basis_deviation(near, config) / over["basis"],
        "open_interest": near.open_interest_change,
    }
    signed = {name: divide(size, usual(np.abs(size), config))[-rows:] for name, size in sizes.items()}
    signed["funding"] = BPS * np.where(raw.funding_known, np.nan_to_num(raw.funding_change), np.nan)[-rows:]
    return signed


def _basis_deviation(raw: RawRows, config: "RegimeAnomalyConfig") -> Floats:
    past = pd.Series(lag(raw.basis, 1)).rolling(config.level_bars, min_periods=config.level_min_bars)
    return np.asarray(raw.basis - past.median().to_numpy(), dtype=np.float64)


def on_known(values: Floats, function: Callable[[Floats], Floats]) -> Floats:
    """Return a function of the known values in a row, as if there were no holes; NaN at the holes."""
    result, known = np.full(len(values), np.nan), np.isfinite(values)
    if known.any():
        result[known] = function(values[known])
    return result


def _deviation(returns: Floats, rows: int, config: "RegimeAnomalyConfig") -> Floats:
    bars, reference = config.deviation_bars, config.deviation_reference_bars

    def deviation(known: Floats) -> Floats:
        return on_last(
            rows, bars + reference, lambda near: (cumulative_deviation(near, bars, reference),), known
        )[0]

    return on_known(returns, deviation)


def _price_wave(returns: Floats, rows: int, config: "RegimeAnomalyConfig") -> Floats:
    """Of the log price less the mean of its own window; a jump over a gap is left out of the path."""
    n = config.spectral_bars

    def residual(path: Floats) -> tuple[Floats, ...]:
        return (spectral_residual(path - rolling_mean(path, n), n),)

    (found,) = on_last(rows, 2 * n - 1, residual, np.cumsum(np.nan_to_num(returns)))
    return np.where(np.isfinite(returns), found, np.nan)


def _sums(returns: Floats, rows: int, change: ChangeFit, config: "RegimeAnomalyConfig") -> Sums:
    known = np.isfinite(returns)
    last = known[-rows:]
    found = change_sums(returns[known], int(last.sum()), change, config)
    laid = []
    for line in (found.up, found.down, found.spread_up, found.spread_down):
        column = np.full(len(last), np.nan)
        column[last] = line
        laid.append(column)
    return Sums(*laid)


def _largest_ratio(sums: Sums, change: ChangeFit) -> Floats:
    level = np.fmax(sums.up, sums.down) / change.level_threshold
    spread = np.fmax(sums.spread_up, sums.spread_down) / change.spread_threshold
    return np.asarray(np.fmax(level, spread), dtype=np.float64)
