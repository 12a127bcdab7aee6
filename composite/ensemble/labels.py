"""What a model is trained to forecast, on bars: a gain after fees, or a turbulent time ahead."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Times
from analysis.features.windows import rolling_sum
from utils.units import BASIS_POINTS, DAY_MS

TOP_SHARE: Final = 0.2
EDGE_DAYS: Final = 365.0
FEWEST_DAYS: Final = 90.0


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came of each bar (n): label ``y`` 0 or 1, the quantity behind it, and when it was known (UTC ms).

    ``y`` and ``forward`` are NaN, and ``until`` is 0, where the outcome is not known or a bar on the way is missing.
    """

    y: Floats
    forward: Floats
    until: Times


def net_return(open_time: Times, open_price: Floats, step_ms: int, bars: int, fee_bps: float) -> Outcome:
    """Label bars (n) by a long position that is entered at the next bar's open and left ``bars`` bars later.

    ``forward`` is its log return less the fee of both sides; the label is 1 where that is positive.
    """
    entry, leave = open_price[1 : len(open_price) - bars], open_price[bars + 1 :]
    net = np.log(leave / entry) + 2 * np.log1p(-fee_bps / BASIS_POINTS)
    whole = open_time[bars + 1 :] - open_time[: len(net)] == (bars + 1) * step_ms
    forward = _until_end(np.where(whole, net, np.nan), len(open_time))
    return _outcome(forward, 0.0, open_time + (bars + 1) * step_ms)


def turbulence(open_time: Times, close: Floats, step_ms: int, bars: int) -> Outcome:
    """Label bars (n) by the realised variance of the next ``bars`` one-bar log returns: 1 in its top fifth.

    The edge is the 80 % quantile of the same variance over the 365 days that have ended at the bar, of which 90 must
    be there.
    """
    squares = np.full(len(close), np.nan)
    follows = np.diff(open_time) == step_ms
    squares[1:] = np.where(follows, np.log(close[1:] / close[:-1]) ** 2, np.nan)
    past = rolling_sum(squares, bars)
    days = DAY_MS / step_ms
    trailing = pd.Series(past).rolling(round(EDGE_DAYS * days), min_periods=round(FEWEST_DAYS * days))
    edge = np.asarray(trailing.quantile(1 - TOP_SHARE), dtype=np.float64)
    return _outcome(_until_end(past[bars:], len(close)), edge, open_time + (bars + 1) * step_ms)


def _until_end(values: Floats, count: int) -> Floats:
    """Return the values followed by NaN for the bars whose outcome is still to come."""
    return np.concatenate([values, np.full(count - len(values), np.nan)])


def _outcome(forward: Floats, edge: float | Floats, until: Times) -> Outcome:
    known = np.isfinite(forward - edge)
    above = (forward > edge).astype(np.float64)
    return Outcome(
        np.where(known, above, np.nan), np.where(known, forward, np.nan), np.where(known, until, 0)
    )
