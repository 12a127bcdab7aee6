"""From rows to channels: season removed, one number per bar that is large when the bar is unusual."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from analysis.anomaly.change import ChangeFit, Sums, change_sums
from analysis.anomaly.rows import BPS, RawRows
from analysis.anomaly.season import cells_of, season_sizes
from analysis.anomaly.settings import AnomalySettings
from analysis.arrays import Floats
from analysis.features.moments import cumulative_deviation
from analysis.features.spectral_residual import spectral_residual
from analysis.features.tail_probability import Cells
from analysis.features.windows import lag, on_last, rolling_mean

UsualSizes = Mapping[str, Floats]
"""By what is measured, its usual size in each season cell."""


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


def usual_sizes(raw: RawRows, interval: str, config: AnomalySettings) -> dict[str, Floats]:
    """Return the usual size by season cell of everything that has a size, from these rows alone."""
    cells = cells_of(raw, interval)
    sizes = {"returns": np.abs(raw.returns), "range": raw.ranges, "volume": raw.volume}
    sizes["basis"] = np.abs(_basis_deviation(raw, config))
    sizes["open_interest"] = np.abs(raw.open_interest_change)
    return {name: season_sizes(size, cells) for name, size in sizes.items()}


def channel_rows(
    raw: RawRows,
    rows: int,
    interval: str,
    usual: UsualSizes,
    change: ChangeFit,
    config: AnomalySettings,
) -> ChannelRows:
    """Return the channels of the last ``rows`` rows; the rows before them are what they are measured against."""
    cells = cells_of(raw, interval)
    returns = raw.returns / usual["returns"][cells]
    sums = _sums(returns, rows, change, config)
    signed = _signed(raw, cells, rows + config.spectral_bars - 1, usual, config)
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
    raw: RawRows, cells: Cells, rows: int, usual: UsualSizes, config: AnomalySettings
) -> dict[str, Floats]:
    """Sizes over their usual size at that hour, with their signs, of the last ``rows`` rows."""
    near = part(raw, slice(-rows, None))
    sizes = {
        "returns": near.returns,
        "range": near.ranges,
        "volume": near.volume,
        "basis": _basis_deviation(part(raw, slice(-rows - config.basis_bars, None)), config)[-rows:],
        "open_interest": near.open_interest_change,
    }
    signed = {name: size / usual[name][cells[-rows:]] for name, size in sizes.items()}
    signed["funding"] = BPS * np.where(near.funding_known, np.nan_to_num(near.funding_change), np.nan)
    return signed


def _basis_deviation(raw: RawRows, config: AnomalySettings) -> Floats:
    past = pd.Series(lag(raw.basis, 1)).rolling(config.basis_bars, min_periods=config.basis_min_bars)
    return np.asarray(raw.basis - past.median().to_numpy(), dtype=np.float64)


def on_known(values: Floats, function: Callable[[Floats], Floats]) -> Floats:
    """Return a function of the known values in a row, as if there were no holes; NaN at the holes."""
    result, known = np.full(len(values), np.nan), np.isfinite(values)
    if known.any():
        result[known] = function(values[known])
    return result


def _deviation(returns: Floats, rows: int, config: AnomalySettings) -> Floats:
    bars, reference = config.deviation_bars, config.deviation_reference_bars

    def deviation(known: Floats) -> Floats:
        return on_last(
            rows, bars + reference, lambda near: (cumulative_deviation(near, bars, reference),), known
        )[0]

    return on_known(returns, deviation)


def _price_wave(returns: Floats, rows: int, config: AnomalySettings) -> Floats:
    """Of the log price less the mean of its own window; a jump over a gap is left out of the path."""
    n = config.spectral_bars

    path = np.cumsum(np.nan_to_num(returns))[-(rows + 2 * n - 2) :]
    away = path - rolling_mean(path, n)
    (found,) = on_last(rows, n, lambda near: (spectral_residual(near, n),), away)
    return np.where(np.isfinite(returns[-rows:]), found[-rows:], np.nan)


def _sums(returns: Floats, rows: int, change: ChangeFit, config: AnomalySettings) -> Sums:
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
