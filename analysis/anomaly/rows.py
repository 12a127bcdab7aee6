"""What module J reads, aligned with its bars: one value per bar, known at its close."""

from dataclasses import dataclass, fields

import numpy as np

from analysis.anomaly.inputs import AnomalyInputs
from analysis.arrays import Floats, Times
from analysis.features.windows import lag
from analysis.framework.bar_rules import bar_returns
from utils.binance_api.bars import Bars
from utils.units import BASIS_POINTS


@dataclass(frozen=True, slots=True, eq=False)
class RawRows:
    """One value per bar (n): log return, log range, volume in base units, basis (bps), log change of open interest.

    The return of the first bar and of a bar after a gap is NaN. ``funding_change`` is the change of the settled rate in
    the bar it settled in, NaN elsewhere; ``funding_known`` says where the settled rate is known at all.
    ``missing_before`` is how many bars are missing right before a bar; ``settlements`` are the times (UTC ms) of all
    known settlements.
    """

    open_time: Times
    returns: Floats
    ranges: Floats
    volume: Floats
    basis: Floats
    open_interest_change: Floats
    funding_change: Floats
    funding_known: np.typing.NDArray[np.bool_]
    settlements: Times
    missing_before: Floats

    def select(self, rows: slice) -> "RawRows":
        """Return some of the rows, with all settlements."""
        names = (field.name for field in fields(self) if field.name != "settlements")
        return RawRows(settlements=self.settlements, **{name: getattr(self, name)[rows] for name in names})


def raw_rows(inputs: AnomalyInputs) -> RawRows:
    """Align every input with the bars; row t holds what was known at the close of bar t."""
    bars, funding = inputs.bars, inputs.funding
    missing = _missing_before(bars)
    adjacent = missing == 0
    changes, known = _funding_rows(inputs)
    return RawRows(
        open_time=bars.open_time,
        returns=bar_returns(bars),
        ranges=np.log(bars.high / bars.low),
        volume=bars.volume,
        basis=_basis(inputs),
        open_interest_change=np.where(adjacent, _log_change(_open_interest_rows(inputs)), np.nan),
        funding_change=changes,
        funding_known=known,
        settlements=np.empty(0, np.int64) if funding is None else funding.time,
        missing_before=missing,
    )


def _missing_before(bars: Bars) -> Floats:
    absent = bars.gaps()
    before = np.searchsorted(absent, bars.open_time)
    return np.diff(before, prepend=0).astype(np.float64)


def _log_change(values: Floats) -> Floats:
    logs = np.log(np.where(values > 0, values, np.nan))
    return np.asarray(logs - lag(logs, 1), dtype=np.float64)


def _basis(inputs: AnomalyInputs) -> Floats:
    bars, other = inputs.bars, inputs.counterpart
    result = np.full(len(bars), np.nan)
    if other is None or not len(other):
        return result
    place = np.minimum(np.searchsorted(other.open_time, bars.open_time), len(other) - 1)
    same = other.open_time[place] == bars.open_time
    price = other.close[place] * inputs.counterpart_scale
    perpetual, spot = (price, bars.close) if bars.market == "spot" else (bars.close, price)
    return np.where(same, BASIS_POINTS * (perpetual / spot - 1), np.nan)


def _open_interest_rows(inputs: AnomalyInputs) -> Floats:
    """Return the newest open interest known at each close and not older than the bar."""
    bars, history = inputs.bars, inputs.open_interest
    result = np.full(len(bars), np.nan)
    if history is None or not len(history):
        return result
    closed = bars.close_time + 1
    last = np.searchsorted(history.known_at, closed, side="right") - 1
    fresh = (last >= 0) & (history.stamp[last] > bars.open_time)
    result[fresh] = history.open_interest[last[fresh]]
    return result


def _funding_rows(inputs: AnomalyInputs) -> tuple[Floats, np.typing.NDArray[np.bool_]]:
    bars, funding = inputs.bars, inputs.funding
    if funding is None or not len(funding.time):
        return np.full(len(bars), np.nan), np.zeros(len(bars), np.bool_)
    last = np.searchsorted(funding.time, bars.close_time, side="right") - 1
    before = np.searchsorted(funding.time, bars.open_time, side="left") - 1
    change = np.where(
        (last > before) & (before >= 0), funding.rate[last] - funding.rate[np.maximum(before, 0)], np.nan
    )
    return change, before >= 0
