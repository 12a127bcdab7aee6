"""Module J's values per bar: channels between refit times with their p-values, and the figures of the last row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.anomaly.change import ChangeAlarms, last_alarms
from analysis.anomaly.channel_rows import Unfitted, unfitted
from analysis.anomaly.channels import IDS, p_metric
from analysis.anomaly.fit import AnomalyFit, segment
from analysis.anomaly.inputs import AnomalyInputs, lead_bars, refit_every
from analysis.anomaly.metrics import METRICS, STATISTIC_METRICS, tested_channels
from analysis.anomaly.own_past import Ranked, funding_p, open_interest_p
from analysis.anomaly.plain import plain_values
from analysis.anomaly.rows import RawRows
from analysis.anomaly.season import cells_of
from analysis.anomaly.settings import AnomalySettings
from analysis.arrays import Floats
from analysis.features.cusum import Alarm
from analysis.features.tail_probability import once_in, sidak
from analysis.framework.bar_rules import rows_served
from analysis.framework.measured import Measured, attempted

SEGMENT_METRICS = (
    *(spec.id for spec in STATISTIC_METRICS),
    *("isolation_score", "isolation_features", "cusum_up", "cusum_down", "cusum_threshold"),
    *("volatility_cusum_up", "volatility_cusum_down", "volatility_threshold"),
)
"""Metrics that follow from the fit that serves a row."""


@dataclass(frozen=True, slots=True, eq=False)
class AnomalyValues:
    """Per bar from row ``first`` on: metrics by id, p-values and numbers of past values by channel.

    ``alarms`` are those of the last window; their rows count from ``first`` too.
    """

    first: int
    metrics: Mapping[str, Floats]
    p: Mapping[str, Floats]
    past_count: Mapping[str, Floats]
    alarms: ChangeAlarms


def anomaly_values(
    inputs: AnomalyInputs,
    raw: RawRows,
    fits: Mapping[int, AnomalyFit],
    config: AnomalySettings,
    tail: int | None,
) -> AnomalyValues:
    """Return everything per bar, NaN where missing, for the ``tail`` last rows, ``None`` for all."""
    interval, rows = inputs.bars.interval, len(raw.returns)
    first = 0 if tail is None else max(0, rows - tail)
    count = rows - first
    columns = _Columns(count)
    served = {at: rows_served(inputs.bars, at, refit_every(config, interval)) for at in sorted(fits)}
    served = {at: some for at, some in served.items() if max(some.start, first) < some.stop}
    shared = attempted("what rests on no fit", lambda: _unfitted(raw, served, config), otherwise=None)
    latest: AnomalyFit | None = None
    filled = True
    for at, some in served.items():
        latest = fits[at] if some.stop == rows else None
        filled = shared is not None and columns.try_fill(raw, shared, some, first, interval, fits[at], config)
    columns.rank("open_interest", open_interest_p(raw, first, interval, config), first)
    columns.rank("funding", funding_p(raw, first, config), first)
    alarms = attempted(
        "alarms", lambda: _alarms(raw, first, interval, latest, config), otherwise=ChangeAlarms()
    )
    metrics = Measured(count)
    metrics.update(columns.metrics)
    metrics.update({p_metric(name): column for name, column in columns.p.items()})
    metrics.part("combined", lambda: _combined(columns, config))
    metrics["basis_bps"] = raw.basis[first:]
    metrics["feed_gaps"] = _trailing_sum(raw.missing_before, config.gap_bars)[first:]
    metrics.part("plain", lambda: plain_values(raw, count, config))
    metrics.part("changes", lambda: _change_values(alarms, count, known=latest is not None))
    if not filled:
        metrics.failed |= {*SEGMENT_METRICS, *(p_metric(name) for name in IDS)}
    return AnomalyValues(first, metrics.complete(METRICS), columns.p, columns.past_count, alarms)


def _unfitted(raw: RawRows, served: Mapping[int, slice], config: AnomalySettings) -> Unfitted:
    """Return what the channels of all served rows need and rests on no fit."""
    rows = len(raw.returns) - min((some.start for some in served.values()), default=len(raw.returns))
    return unfitted(raw, rows, config, sized=rows + config.spectral_bars - 1)


class _Columns:
    """Columns of ``count`` rows, NaN until they are filled: metrics by id, p and past counts by channel."""

    def __init__(self, count: int) -> None:
        self.metrics = _unknown(SEGMENT_METRICS, count)
        self.p = _unknown(IDS, count)
        self.past_count = _unknown(IDS, count)
        self.fits: list[tuple[slice, AnomalyFit]] = []

    def independent(self, smallest: Floats, known: Floats) -> Floats:
        """Return how many independent channels each row's known ones count as."""
        found = known.copy()
        for place, fitted in self.fits:
            if fitted.independent is not None:
                share = known[place] / fitted.channels
                found[place] = np.maximum(1.0, fitted.independent.of(smallest[place]) * share)
        return found

    def fill(
        self,
        raw: RawRows,
        shared: Unfitted,
        rows: slice,
        first: int,
        interval: str,
        fitted: AnomalyFit,
        config: AnomalySettings,
    ) -> None:
        """Fill the rows that one fit serves; column row 0 is row ``first``."""
        found, joint = segment(raw, shared, rows, interval, fitted, config)
        statistics, sums = {**found.statistics, "joint": joint}, found.sums
        place, cut = slice(max(0, rows.start - first), rows.stop - first), max(0, first - rows.start)
        self.fits.append((place, fitted))
        for name, ecdf in fitted.ecdfs.items():
            self.p[name][place] = ecdf.running_p(statistics[name])[cut:]
            self.past_count[name][place] = ecdf.count + _known_before(statistics[name])[cut:]
        metrics: dict[str, Floats | float] = {
            **{spec.id: statistics[spec.channel.id] for spec in STATISTIC_METRICS},
            "isolation_score": joint,
            "isolation_features": len(fitted.features),
            "cusum_up": sums.level_up,
            "cusum_down": sums.level_down,
            "cusum_threshold": fitted.change.level_threshold,
            "volatility_cusum_up": sums.volatility_up,
            "volatility_cusum_down": sums.volatility_down,
            "volatility_threshold": fitted.change.volatility_threshold,
        }
        for name, values in metrics.items():
            self.metrics[name][place] = values[cut:] if isinstance(values, np.ndarray) else values

    def try_fill(
        self,
        raw: RawRows,
        shared: Unfitted,
        rows: slice,
        first: int,
        interval: str,
        fitted: AnomalyFit,
        config: AnomalySettings,
    ) -> bool:
        """Fill the rows that one fit serves; ``False`` where that fails and they stay unknown."""

        def filled() -> bool:
            self.fill(raw, shared, rows, first, interval, fitted, config)
            return True

        return attempted("the rows of a fit", filled, otherwise=False)

    def rank(self, channel: str, ranked: Ranked, first: int) -> None:
        """Set a channel that is ranked without a fit, from row ``first`` on."""
        self.p[channel], self.past_count[channel] = ranked.p[first:], ranked.past_count[first:]


def _known_before(values: Floats) -> Floats:
    known = np.isfinite(values)
    return (np.cumsum(known) - known).astype(np.float64)


def _unknown(names: Iterable[str], count: int) -> dict[str, Floats]:
    return {name: np.full(count, np.nan) for name in names}


def _combined(columns: _Columns, config: AnomalySettings) -> dict[str, Floats]:
    tested = np.stack([columns.p[name] for name in tested_channels(config)])
    known = np.isfinite(tested).sum(axis=0).astype(np.float64)
    smallest = np.where(np.isfinite(tested), tested, 1.0).min(axis=0)
    independent = columns.independent(smallest, known)
    combined = sidak(tested, independent)
    return {
        "p_combined": combined,
        "once_in": once_in(combined),
        "channels_known": np.where(known > 0, known, np.nan),
        "channels_independent": np.where(known > 0, independent, np.nan),
    }


def _trailing_sum(values: Floats, n: int) -> Floats:
    total = np.cumsum(values)
    before = np.concatenate([np.zeros(min(n, len(values))), total[: max(0, len(values) - n)]])
    return np.asarray(total - before, dtype=np.float64)


def _alarms(
    raw: RawRows, first: int, interval: str, fitted: AnomalyFit | None, config: AnomalySettings
) -> ChangeAlarms:
    """Return the alarms of the last window, as rows from ``first`` on; none without a fit of the last row."""
    if fitted is None:
        return ChangeAlarms()
    start = max(0, len(raw.returns) - lead_bars(config))
    recent = raw.select(slice(start, None))
    returns = recent.returns / fitted.scales["returns"][cells_of(recent, interval)]
    known = np.flatnonzero(np.isfinite(returns))
    found = last_alarms(returns[known], fitted.change, config)

    def placed(alarms: tuple[Alarm, ...]) -> tuple[Alarm, ...]:
        rows = known + start - first
        return tuple(Alarm(int(rows[a.row]), a.side, int(rows[max(a.change, 0)])) for a in alarms)

    return ChangeAlarms(placed(found.level), placed(found.volatility))


def _change_values(alarms: ChangeAlarms, count: int, *, known: bool) -> dict[str, Floats]:
    """Return when each last change began, its side and the number of changes, in the last of ``count`` rows."""
    level, volatility = (_last_change(kind, count) for kind in (alarms.level, alarms.volatility))
    values = {
        "change_bars_ago": level[0],
        "change_side": level[1],
        "cusum_alarms": len(alarms.level) if known else np.nan,
        "volatility_change_bars_ago": volatility[0],
        "volatility_change_side": volatility[1],
        "volatility_alarms": len(alarms.volatility) if known else np.nan,
    }
    columns = _unknown(values, count)
    for name, value in values.items():
        columns[name][-1] = value
    return columns


def _last_change(alarms: tuple[Alarm, ...], count: int) -> tuple[float, float]:
    """Return how many bars ago the last change began, and its side; NaN without one."""
    if not alarms:
        return np.nan, np.nan
    return count - 1 - alarms[-1].change, alarms[-1].side
