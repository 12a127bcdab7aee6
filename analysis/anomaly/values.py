"""Module J's values per bar: channels between refit times, their p, and the plain statistics of the last row."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.anomaly.change import Changes, last_changes
from analysis.anomaly.channels import part
from analysis.anomaly.fit import AnomalyFit, segment
from analysis.anomaly.inputs import AnomalyInputs, lead_bars, look_back
from analysis.anomaly.metrics import IDS, STATISTIC_METRICS, counted_channels, p_metric
from analysis.anomaly.plain import plain_values
from analysis.anomaly.rows import RawRows
from analysis.anomaly.season import cells_of
from analysis.anomaly.settings import AnomalySettings
from analysis.arrays import Floats
from analysis.features.cusum import Alarm
from analysis.features.tail_probability import hour_of_week, once_in, sidak, upper_tail_p, without_scale
from analysis.framework.look_back import MOST_BARS
from analysis.framework.refit import rows_served
from utils.binance_api.intervals import HOUR, SHORTEST_MS

SEASON_DAYS = 28  # how many past days open interest is compared with at the same hour
SEASON_LEAST = 7


@dataclass(frozen=True, slots=True, eq=False)
class AnomalyPath:
    """Metrics, and p and the number of past values by channel, per bar from row ``first`` on; the alarms of the last
    window, whose rows count from ``first`` too.
    """

    first: int
    values: Mapping[str, Floats]
    p: Mapping[str, Floats]
    past: Mapping[str, Floats]
    level_alarms: tuple[Alarm, ...]
    spread_alarms: tuple[Alarm, ...]


def anomaly_path(
    inputs: AnomalyInputs,
    raw: RawRows,
    fits: Mapping[int, AnomalyFit],
    config: AnomalySettings,
    scored: int | None,
) -> AnomalyPath:
    """Return everything per bar, NaN where missing, for the ``scored`` last rows, ``None`` for all."""
    count = len(raw.returns)
    first = 0 if scored is None else max(0, count - scored)
    columns = _Columns(first, count)
    latest: AnomalyFit | None = None
    for refit_time in sorted(fits):
        served = rows_served(inputs.bars, refit_time, config.refit_bars)
        rows = slice(max(served.start, first), served.stop)
        if rows.start < rows.stop:
            latest = fits[refit_time] if rows.stop == count else None
            _fill(columns, raw, rows, inputs.bars.interval, fits[refit_time], config)
    _fill_own_past(columns, raw, inputs.bars.interval, config)
    p, past = ({name: columns.get(f"{kind}_{name}") for name in IDS} for kind in ("p", "past"))
    changes = _changes(raw, first, inputs.bars.interval, latest, config)
    values = {name: column for name, column in columns.found.items() if not name.startswith("past_")}
    values |= _combined(p, config)
    values |= {"basis_bps": raw.basis[first:]}
    values |= {"feed_gaps": _trailing_sum(raw.missing, config.gap_bars)[first:]}
    values |= plain_values(raw, count - first, config)
    values |= _change_values(changes, count - first, known=latest is not None)
    return AnomalyPath(first, values, p, past, changes.level, changes.spread)


def _combined(p: Mapping[str, Floats], config: AnomalySettings) -> dict[str, Floats]:
    counted = np.stack([p[name] for name in counted_channels(config)])
    combined = sidak(counted)
    known = np.isfinite(counted).sum(axis=0)
    return {
        "p_combined": combined,
        "once_in": once_in(combined),
        "channels_known": np.where(known > 0, known, np.nan),
    }


class _Columns:
    """Arrays over rows ``first`` to ``stop``, filled stretch by stretch, NaN elsewhere."""

    def __init__(self, first: int, stop: int) -> None:
        self.first, self.stop = first, stop
        self.found: dict[str, Floats] = {}
        for name in FILLED:
            self.get(name)

    def get(self, name: str) -> Floats:
        if name not in self.found:
            self.found[name] = np.full(self.stop - self.first, np.nan)
        return self.found[name]

    def put(self, name: str, rows: slice, values: Floats | float) -> None:
        self.get(name)[rows.start - self.first : rows.stop - self.first] = values


FILLED = (
    *(spec.id for spec in STATISTIC_METRICS),
    *("isolation_score", "isolation_features", "cusum_up", "cusum_down", "cusum_threshold"),
    *("volatility_cusum_up", "volatility_cusum_down", "volatility_threshold"),
)


def _fill(
    columns: _Columns,
    raw: RawRows,
    rows: slice,
    interval: str,
    fitted: AnomalyFit,
    config: AnomalySettings,
) -> None:
    found, joint = segment(raw, rows, interval, fitted, config)
    statistics = {**found.statistics, "joint": joint}
    for name, column in statistics.items():
        past = fitted.past.get(name)
        if past is not None:
            columns.put(p_metric(name), rows, past.upper_tail_p(column))
            columns.put(f"past_{name}", rows, past.count)
    displayed = {spec.id: statistics[spec.channel] for spec in STATISTIC_METRICS}
    displayed |= {"isolation_score": joint}
    displayed |= {"cusum_up": found.sums.up, "cusum_down": found.sums.down}
    displayed |= {
        "volatility_cusum_up": found.sums.spread_up,
        "volatility_cusum_down": found.sums.spread_down,
    }
    for name, column in displayed.items():
        columns.put(name, rows, column)
    columns.put("cusum_threshold", rows, fitted.change.level_threshold)
    columns.put("volatility_threshold", rows, fitted.change.spread_threshold)
    columns.put("isolation_features", rows, len(fitted.features))


def _fill_own_past(columns: _Columns, raw: RawRows, interval: str, config: AnomalySettings) -> None:
    """Open interest and funding, of which the exchange keeps little: ranked in whatever past is known."""
    rows = slice(columns.first, columns.stop)
    interest, known = _open_interest_p(raw, columns.first, interval, config)
    columns.put(p_metric("open_interest"), rows, interest[rows])
    columns.put("past_open_interest", rows, known[rows])
    funding, settled = _funding_p(raw, columns.first, config)
    columns.put(p_metric("funding"), rows, funding[rows])
    columns.put("past_funding", rows, settled[rows])


def _open_interest_p(
    raw: RawRows, first: int, interval: str, config: AnomalySettings
) -> tuple[Floats, Floats]:
    size, result = np.abs(raw.open_interest_change), np.full(len(raw.returns), np.nan)
    count = result.copy()
    known = np.flatnonzero(np.isfinite(size))
    if not len(known):
        return result, count
    rows = slice(int(known[0]), None)
    per_hour = max(1, HOUR // SHORTEST_MS[interval])
    cells = hour_of_week(raw.open_time[rows]) % 24
    seasonless = without_scale(size[rows], cells, SEASON_DAYS * per_hour, SEASON_LEAST * per_hour)
    asked = len(size) - first
    result[rows] = upper_tail_p(seasonless, look_back(config, interval), config.rank_min_bars, asked)
    past = np.cumsum(np.isfinite(seasonless)) - np.isfinite(seasonless)
    count[rows] = np.minimum(past, look_back(config, interval))
    return result, count


def _funding_p(raw: RawRows, first: int, config: AnomalySettings) -> tuple[Floats, Floats]:
    """Rank settlements among settlements; a bar without one holds no news of funding: p is 1."""
    size = np.abs(raw.funding_change)
    result = np.where(raw.funding_known & ~np.isfinite(size), 1.0, np.nan)
    settled = np.isfinite(size)
    asked = int(settled[first:].sum())
    result[settled] = upper_tail_p(size[settled], MOST_BARS, config.rank_min_bars, asked)
    count = np.cumsum(settled) - settled
    result[count < config.rank_min_bars] = np.nan
    return result, count.astype(np.float64)


def _trailing_sum(values: Floats, n: int) -> Floats:
    total = np.cumsum(values)
    before = np.concatenate([np.zeros(min(n, len(values))), total[: max(0, len(values) - n)]])
    return np.asarray(total - before, dtype=np.float64)


def _changes(
    raw: RawRows, first: int, interval: str, fitted: AnomalyFit | None, config: AnomalySettings
) -> Changes:
    """The alarms of the last window, as rows from ``first`` on; none without a fit of the last row."""
    if fitted is None:
        return Changes((), ())
    start = max(0, len(raw.returns) - lead_bars(config))
    cut = part(raw, slice(start, None))
    returns = cut.returns / fitted.usual["returns"][cells_of(cut, interval)]
    known = np.flatnonzero(np.isfinite(returns))
    found = last_changes(returns[known], fitted.change, config)

    def laid(alarms: tuple[Alarm, ...]) -> tuple[Alarm, ...]:
        rows = known + start - first
        return tuple(Alarm(int(rows[a.row]), a.side, int(rows[max(a.change, 0)])) for a in alarms)

    return Changes(laid(found.level), laid(found.spread))


def _change_values(changes: Changes, count: int, *, known: bool) -> dict[str, Floats]:
    values: dict[str, Floats] = {}
    names = (("", "cusum_alarms", changes.level), ("volatility_", "volatility_alarms", changes.spread))
    for prefix, alarms_name, alarms in names:
        ago, side, number = (np.full(count, np.nan) for _ in range(3))
        if known:
            number[-1] = len(alarms)
        if alarms:
            ago[-1], side[-1] = count - 1 - alarms[-1].change, alarms[-1].side
        values |= {f"{prefix}change_bars_ago": ago, f"{prefix}change_side": side, alarms_name: number}
    return values
