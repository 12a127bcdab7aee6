"""From rows to channels: the season removed, one statistic per bar that is large where the bar is unusual."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.anomaly.change import ChangeFit, ChangeSums, change_sums
from analysis.anomaly.rows import RawRows
from analysis.anomaly.season import cells_of, seasonal_scale
from analysis.anomaly.settings import AnomalySettings
from analysis.arrays import Floats
from analysis.features.moments import cumulative_deviation
from analysis.features.spectral_residual import spectral_residual
from analysis.features.tail_probability import Cells
from analysis.features.windows import divide, lag, on_last, rolling_mean
from utils.units import BASIS_POINTS

SeasonalScales = Mapping[str, Floats]
"""The usual size in each season cell, by what is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class ChannelRows:
    """Per row (n) the statistics by channel, the features of the joint channel by name, and the sums."""

    statistics: Mapping[str, Floats]
    features: Mapping[str, Floats]
    sums: ChangeSums


@dataclass(frozen=True, slots=True, eq=False)
class Unfitted:
    """What rests on no fit, per row (n): volume over its median of the bars before, basis less its own (bps), and the
    channel of the price wave.

    Volume is relative because it grows and shrinks several fold from year to year.
    """

    volume: Floats
    basis: Floats
    price_wave: Floats

    def select(self, rows: slice) -> "Unfitted":
        """Return some of the rows."""
        return Unfitted(self.volume[rows], self.basis[rows], self.price_wave[rows])

    def beginning(self, raw: RawRows, rows: slice, config: AnomalySettings) -> "Unfitted":
        """Return some of the rows (of ``raw``) as if there were none before them: the first medians rest on fewer."""
        some, count = self.select(rows), max(config.volume_bars, config.basis_bars)
        volume, basis = _levels(raw.select(rows).select(slice(count)), config)
        return Unfitted(
            np.concatenate([volume, some.volume[count:]]),
            np.concatenate([basis, some.basis[count:]]),
            some.price_wave,
        )


def unfitted(raw: RawRows, rows: int, config: AnomalySettings, *, sized: int) -> Unfitted:
    """Return what rests on no fit: the price wave of the last ``rows`` rows, volume and basis of the last ``sized``.

    NaN before them.
    """
    count = len(raw.returns)
    read = raw.select(slice(max(0, count - sized - max(config.volume_bars, config.basis_bars)), None))
    columns = *_levels(read, config), price_wave(raw.returns, rows, config)
    return Unfitted(*(np.concatenate([np.full(count - len(column), np.nan), column]) for column in columns))


def _levels(raw: RawRows, config: AnomalySettings) -> tuple[Floats, Floats]:
    """Return volume and basis against their medians of the rows before."""
    usual_volume = _median_before(raw.volume, config.volume_bars, config.volume_min_bars)
    usual_basis = _median_before(raw.basis, config.basis_bars, config.basis_min_bars)
    return divide(raw.volume, usual_volume), raw.basis - usual_basis


def _median_before(values: Floats, bars: int, fewest: int) -> Floats:
    """Return the median of the ``bars`` values before each, NaN where fewer than ``fewest`` are known."""
    if not np.isfinite(values).any():
        return np.full(len(values), np.nan)
    return np.asarray(
        pd.Series(lag(values, 1)).rolling(bars, min_periods=fewest).median().to_numpy(), np.float64
    )


def seasonal_scales(raw: RawRows, shared: Unfitted, interval: str) -> dict[str, Floats]:
    """Return the usual size by season cell of everything that has a size, from these rows alone."""
    cells = cells_of(raw, interval)
    sizes = {
        "returns": np.abs(raw.returns),
        "range": raw.ranges,
        "volume": shared.volume,
        "basis": np.abs(shared.basis),
        "open_interest": np.abs(raw.open_interest_change),
    }
    return {name: seasonal_scale(size, cells) for name, size in sizes.items()}


def channel_rows(
    raw: RawRows,
    rows: int,
    interval: str,
    scales: SeasonalScales,
    change: ChangeFit,
    shared: Unfitted,
    config: AnomalySettings,
) -> ChannelRows:
    """Return the channels of the last ``rows`` rows; the rows before them are what they are measured against."""
    cells = cells_of(raw, interval)
    returns = raw.returns / scales["returns"][cells]
    sums = _sums(returns, rows, change, config)
    scaled = _scaled(raw, shared, cells, rows + config.spectral_bars - 1, scales)
    statistics = {
        "returns": np.abs(scaled["returns"]),
        "range": scaled["range"],
        "deviation": np.abs(_deviation(returns, rows, config)),
        "volume": scaled["volume"],
        "basis": np.abs(scaled["basis"]),
        "price_wave": shared.price_wave,
        "volume_wave": spectral_residual(np.log1p(scaled["volume"]), config.spectral_bars),
        "change": _largest_ratio(sums, change),
    }
    return ChannelRows(
        {name: column[-rows:] for name, column in statistics.items()},
        {name: np.arcsinh(column[-rows:]) for name, column in scaled.items()},
        sums,
    )


def _scaled(
    raw: RawRows, shared: Unfitted, cells: Cells, rows: int, scales: SeasonalScales
) -> dict[str, Floats]:
    """Return signed values over their usual size in their season cell, and the funding change, of the last rows."""
    last = slice(-rows, None)
    recent, levels = raw.select(last), shared.select(last)
    values = {
        "returns": recent.returns,
        "range": recent.ranges,
        "volume": levels.volume,
        "basis": levels.basis,
        "open_interest": recent.open_interest_change,
    }
    scaled = {name: column / scales[name][cells[last]] for name, column in values.items()}
    scaled["funding"] = BASIS_POINTS * np.where(
        recent.funding_known, np.nan_to_num(recent.funding_change), np.nan
    )
    return scaled


def _on_known(values: Floats, function: Callable[[Floats], Floats]) -> Floats:
    """Return a function of the known values in order, as if there were no holes; NaN at the holes."""
    result, known = np.full(len(values), np.nan), np.isfinite(values)
    if known.any():
        result[known] = function(values[known])
    return result


def _deviation(returns: Floats, rows: int, config: AnomalySettings) -> Floats:
    bars, reference = config.deviation_bars, config.deviation_reference_bars

    def deviation(known: Floats) -> Floats:
        return on_last(
            rows, bars + reference, lambda window: (cumulative_deviation(window, bars, reference),), known
        )[0]

    return _on_known(returns, deviation)


def price_wave(returns: Floats, rows: int, config: AnomalySettings) -> Floats:
    """Return the spectral residual of the log price less its rolling mean for the last ``rows`` rows.

    A jump over a gap is left out.
    """
    n = config.spectral_bars
    logs = np.cumsum(np.nan_to_num(returns))[-(rows + 2 * n - 2) :]
    (found,) = on_last(rows, n, lambda window: (spectral_residual(window, n),), logs - rolling_mean(logs, n))
    return np.where(np.isfinite(returns[-rows:]), found[-rows:], np.nan)


def _sums(returns: Floats, rows: int, change: ChangeFit, config: AnomalySettings) -> ChangeSums:
    """Return the sums of the known returns among the last ``rows``; NaN at the holes."""
    known = np.isfinite(returns)
    last = known[-rows:]
    found = change_sums(returns[known], int(last.sum()), change, config)

    def placed(values: Floats) -> Floats:
        column = np.full(len(last), np.nan)
        column[last] = values
        return column

    return ChangeSums(
        placed(found.level_up),
        placed(found.level_down),
        placed(found.volatility_up),
        placed(found.volatility_down),
    )


def _largest_ratio(sums: ChangeSums, change: ChangeFit) -> Floats:
    level = np.fmax(sums.level_up, sums.level_down) / change.level_threshold
    volatility = np.fmax(sums.volatility_up, sums.volatility_down) / change.volatility_threshold
    return np.asarray(np.fmax(level, volatility), dtype=np.float64)
