"""What is estimated at a refit time: seasons, change thresholds, the forest, each channel's past distribution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.anomaly.change import ChangeFit, fit_change
from analysis.anomaly.channel_rows import (
    ChannelRows,
    SeasonalScales,
    Unfitted,
    channel_rows,
    seasonal_scales,
    unfitted,
)
from analysis.anomaly.ecdf import Ecdf, ecdf_of
from analysis.anomaly.inputs import AnomalyInputs, fit_rows, lead_bars, look_back
from analysis.anomaly.metrics import tested_channels
from analysis.anomaly.own_past import funding_p, open_interest_p
from analysis.anomaly.rows import RawRows, raw_rows
from analysis.anomaly.season import cells_of
from analysis.anomaly.settings import AnomalySettings
from analysis.arrays import Floats
from analysis.features.isolation import Forest, grow_and_score
from analysis.features.tail_probability import Independent, independent_channels


@dataclass(frozen=True, slots=True, eq=False)
class AnomalyFit:
    """The estimates of one refit time; a channel without enough past values is not in ``ecdfs``.

    ``features`` are those the forest reads, in its order; none without a forest.
    """

    scales: SeasonalScales
    change: ChangeFit
    ecdfs: Mapping[str, Ecdf]
    forest: Forest | None
    features: tuple[str, ...]
    independent: Independent | None = None
    channels: int = 0
    """Channels that ``independent`` was estimated of; it is ``None`` with too few rows."""


def fit(inputs: AnomalyInputs, config: AnomalySettings, refit_time: int) -> AnomalyFit:
    """Estimate everything on the bars that closed before the refit time."""
    return fits(inputs, config, (refit_time,))[refit_time]


def fits(inputs: AnomalyInputs, config: AnomalySettings, refit_times: Sequence[int]) -> dict[int, AnomalyFit]:
    """Return ``fit`` at each refit time: what rests on no fit is computed once for all."""
    interval = inputs.bars.interval
    stops = np.searchsorted(inputs.bars.close_time, np.array(refit_times)).tolist()
    raw, ranked = raw_rows(inputs).select(slice(max(stops))), look_back(config, interval)
    shared = unfitted(raw, max(stops) - max(0, min(stops) - ranked), config, sized=max(stops))
    found = {}
    for at, stop in zip(refit_times, stops, strict=True):
        rows = slice(max(0, stop - fit_rows(config, interval)), stop)
        found[at] = _fit_anomaly(raw.select(rows), shared.beginning(raw, rows, config), interval, config)
    return found


def _fit_anomaly(raw: RawRows, shared: Unfitted, interval: str, config: AnomalySettings) -> AnomalyFit:
    """Estimate everything on these rows, which all closed before the refit time; a pure function of them."""
    scales = seasonal_scales(raw, shared, interval)
    returns = raw.returns / scales["returns"][cells_of(raw, interval)]
    change = fit_change(returns[np.isfinite(returns)], config)
    rows = min(len(raw.returns), look_back(config, interval))
    found = channel_rows(raw, rows, interval, scales, change, shared, config)
    forest, features, joint = _forest(found, config)
    columns = dict(found.statistics) if forest is None else {**found.statistics, "joint": joint}
    ecdfs = {name: ecdf_of(column, config.rank_min_bars) for name, column in columns.items()}
    known = {name: ecdf for name, ecdf in ecdfs.items() if ecdf is not None}
    p = _past_p(raw, rows, columns, known, interval, config)
    channels = int(np.isfinite(p).any(axis=1).sum()) if len(p) else 0
    return AnomalyFit(scales, change, known, forest, features, independent_channels(p), channels)


def _past_p(
    raw: RawRows,
    rows: int,
    columns: Mapping[str, Floats],
    ecdfs: Mapping[str, Ecdf],
    interval: str,
    config: AnomalySettings,
) -> Floats:
    """Return the p-values of the past rows among the other rows, (tested channels, rows), NaN where unknown."""
    first = len(raw.returns) - rows
    found = {
        "open_interest": open_interest_p(raw, first, interval, config).p[first:],
        "funding": funding_p(raw, first, config).p[first:],
    }
    for name, ecdf in ecdfs.items():
        p = ecdf.own_p(columns[name])
        found[name] = np.concatenate([np.full(rows - len(p), np.nan), p])
    tested = [found[name] for name in tested_channels(config) if name in found]
    return np.stack(
        [p for p in tested if np.isfinite(p).mean() >= config.forest_share] or [np.full(rows, np.nan)]
    )


def _forest(found: ChannelRows, config: AnomalySettings) -> tuple[Forest | None, tuple[str, ...], Floats]:
    """Return the forest, its features and the scores of the rows that its trees were not grown on.

    It grows on the first share of the rows, with the features known in most of them.
    """
    names = tuple(
        name
        for name, column in found.features.items()
        if np.isfinite(column).mean() >= config.forest_known and np.nanstd(column) > 0
    )
    count = _length(found)
    grown_on = int(config.forest_share * count)
    if not names or count < config.forest_min_bars:
        return None, (), np.empty(0)
    table = np.stack([found.features[name] for name in names], axis=1)
    complete = np.isfinite(table[:grown_on]).all(axis=1)
    if complete.sum() < config.forest_min_bars * config.forest_share:
        return None, (), np.empty(0)
    forest, scores = grow_and_score(
        table[:grown_on],
        table[grown_on:],
        trees=config.forest_trees,
        sample=config.forest_sample,
        seed=config.seed,
    )
    return forest, names, scores


def joint_scores(found: ChannelRows, fitted: AnomalyFit) -> Floats:
    """Return the forest's score of each row, NaN without a forest or where one of its features is unknown."""
    if fitted.forest is None:
        return np.full(_length(found), np.nan)
    return fitted.forest.score(np.stack([found.features[name] for name in fitted.features], axis=1))


def _length(found: ChannelRows) -> int:
    return len(next(iter(found.features.values())))


def segment(
    raw: RawRows,
    shared: Unfitted,
    rows: slice,
    interval: str,
    fitted: AnomalyFit,
    config: AnomalySettings,
) -> tuple[ChannelRows, Floats]:
    """Return the channels and joint scores of the rows that one fit serves; the bars before them are read too."""
    first = max(0, rows.start - lead_bars(config))
    read, count = slice(first, rows.stop), rows.stop - rows.start
    found = channel_rows(
        raw.select(read), count, interval, fitted.scales, fitted.change, shared.select(read), config
    )
    return found, joint_scores(found, fitted)
