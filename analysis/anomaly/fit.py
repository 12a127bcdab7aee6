"""What is estimated at a refit time: seasons, change thresholds, the forest, and every channel's past values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.anomaly.change import ChangeFit, fit_change
from analysis.anomaly.channels import ChannelRows, UsualSizes, channel_rows, part, usual_sizes
from analysis.anomaly.ecdf import Ecdf, ecdf_of
from analysis.anomaly.inputs import AnomalyInputs, fit_rows, lead_bars, look_back
from analysis.anomaly.rows import RawRows, raw_rows
from analysis.anomaly.season import cells_of
from analysis.anomaly.settings import AnomalySettings
from analysis.arrays import Floats
from analysis.features.isolation import Forest, grow_forest


@dataclass(frozen=True, slots=True, eq=False)
class AnomalyFit:
    """One refit time's estimates; a channel without enough past values is not in ``past``.

    ``features`` are those the forest reads, in its order; without a forest there are none.
    """

    usual: UsualSizes
    change: ChangeFit
    past: Mapping[str, Ecdf]
    forest: Forest | None
    features: tuple[str, ...]


def fit(inputs: AnomalyInputs, config: AnomalySettings, refit_time: int) -> AnomalyFit:
    """Estimate everything on the bars that closed before the refit time."""
    bars = inputs.bars
    stop = int(np.searchsorted(bars.close_time, refit_time))
    rows = slice(max(0, stop - fit_rows(config, bars.interval)), stop)
    return fit_anomaly(part(raw_rows(inputs), rows), bars.interval, config)


def fit_anomaly(raw: RawRows, interval: str, config: AnomalySettings) -> AnomalyFit:
    """Estimate everything on these rows, which all closed before the refit time; a pure function of them."""
    usual = usual_sizes(raw, interval, config)
    returns = _seasonless_returns(raw, interval, usual)
    change = fit_change(returns[np.isfinite(returns)], config)
    rows = min(len(raw.returns), look_back(config, interval))
    found = channel_rows(raw, rows, interval, usual, change, config)
    forest, features, joint = _forest(found, config)
    columns = dict(found.statistics) if forest is None else {**found.statistics, "joint": joint}
    tables = {name: ecdf_of(column, config.rank_min_bars) for name, column in columns.items()}
    past = {name: table for name, table in tables.items() if table is not None}
    return AnomalyFit(usual, change, past, forest, features)


def _seasonless_returns(raw: RawRows, interval: str, usual: UsualSizes) -> Floats:
    return np.asarray(raw.returns / usual["returns"][cells_of(raw, interval)], dtype=np.float64)


def _forest(found: ChannelRows, config: AnomalySettings) -> tuple[Forest | None, tuple[str, ...], Floats]:
    """Grow on the first part of the rows with the features known there; score the rest, which the trees never saw."""
    names = tuple(
        name
        for name, column in found.features.items()
        if np.isfinite(column).mean() >= config.forest_known and np.nanstd(column) > 0
    )
    count = len(next(iter(found.features.values())))
    grown_on = int(config.forest_share * count)
    if not names or count < config.forest_min_bars:
        return None, (), np.empty(0)
    table = np.stack([found.features[name] for name in names], axis=1)
    whole = np.isfinite(table[:grown_on]).all(axis=1)
    if whole.sum() < config.forest_min_bars * config.forest_share:
        return None, (), np.empty(0)
    forest = grow_forest(
        table[:grown_on], trees=config.forest_trees, sample=config.forest_sample, seed=config.seed
    )
    return forest, names, forest.score(table[grown_on:])


def joint_scores(found: ChannelRows, fitted: AnomalyFit) -> Floats:
    """Return the forest's score of each row, NaN without a forest or where one of its features is unknown."""
    if fitted.forest is None:
        return np.full(len(next(iter(found.features.values()))), np.nan)
    return fitted.forest.score(np.stack([found.features[name] for name in fitted.features], axis=1))


def segment(
    raw: RawRows, rows: slice, interval: str, fitted: AnomalyFit, config: AnomalySettings
) -> tuple[ChannelRows, Floats]:
    """Return the channels and joint scores of rows that one fit serves, reading the bars before them."""
    first = max(0, rows.start - lead_bars(config))
    cut = part(raw, slice(first, rows.stop))
    found = channel_rows(cut, rows.stop - rows.start, interval, fitted.usual, fitted.change, config)
    return found, joint_scores(found, fitted)
