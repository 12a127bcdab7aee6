"""Who leads by the net leads of recorded coins, and how much of that order is left in other periods."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np
from scipy.stats import spearmanr

from analysis.arrays import Floats
from analysis.features.lead_lag import lead_lag_matrix
from analysis.framework.joint_bars import JointBars, join_bars
from config.c_corr import CorrelationConfig
from scripts.figures.recorded_baskets import spot, universe

CONFIG: Final = CorrelationConfig()
SHOWN, TENTHS = 5, 10


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Row means of the lead–lag matrix by coin (k): of all bars, of both halves (2, k), of tenths (10, k)."""

    symbols: tuple[str, ...]
    whole: Floats
    halves: Floats
    tenths: Floats


def lines(data: Path) -> Iterator[str]:
    """Return the leader board of each recorded basket as text."""
    for name, bars in (
        ("40 perpetuals 4h", universe(data)),
        ("spot 1h", spot(data, "1h")),
        ("spot 5m", spot(data, "5m")),
        ("spot 1m", spot(data, "1m")),
    ):
        joint = _traded(join_bars(bars))
        yield from _told(name, len(joint), board(joint))


def board(joint: JointBars) -> Board:
    """Return net leads of all bars and of its parts of equal length."""
    halves, tenths = (
        np.array([_nets(part) for part in np.array_split(joint.returns, count)]) for count in (2, TENTHS)
    )
    return Board(joint.symbols, _nets(joint.returns), halves, tenths)


def agreement(nets: Floats) -> Floats:
    """Return Spearman's correlation of the net leads of each two periods (periods, k)."""
    pairs = combinations(nets, 2)
    return np.array([float(spearmanr(one, other).statistic) for one, other in pairs])


def _traded(joint: JointBars) -> JointBars:
    """Return the coins that trade in nearly every bar, from the first bar that all have."""
    since = int(np.isfinite(joint.close).all(axis=1).argmax())
    thin = np.isnan(joint.returns[since:]).mean(axis=0) > CONFIG.thin_share
    kept = np.flatnonzero(~thin)
    symbols = tuple(joint.symbols[column] for column in kept)
    return JointBars(
        symbols,
        joint.open_time[since:],
        joint.close_time[since:],
        joint.close[since:, kept],
        joint.returns[since:, kept],
    )


def _nets(returns: Floats) -> Floats:
    return np.asarray(np.nanmean(lead_lag_matrix(returns, CONFIG.lead_lags).cells, axis=1))


def _told(name: str, bars: int, found: Board) -> Iterator[str]:
    order = np.argsort(-found.whole).tolist()
    yield f"  leaders of {name}, {len(order)} coins, {bars} bars (first half, second half):"
    if len(order) <= 2 * SHOWN:
        yield f"    {_places(found, order)}"
    else:
        yield f"    first {_places(found, order[:SHOWN])}"
        yield f"    last {_places(found, order[-SHOWN:])}"
    yield f"    {_stability(found)}"


def _places(found: Board, columns: Sequence[int]) -> str:
    return ", ".join(
        f"{found.symbols[column].removesuffix('USDT')} {found.whole[column]:+.3f} "
        f"({found.halves[0, column]:+.3f}, {found.halves[1, column]:+.3f})"
        for column in columns
    )


def _stability(found: Board) -> str:
    halves, tenths = float(agreement(found.halves)[0]), agreement(found.tenths)
    firsts = np.bincount(found.tenths.argmax(axis=1), minlength=len(found.symbols))
    often = int(firsts.argmax())
    return (
        f"order of both halves {halves:+.2f}; of two tenths {tenths.min():+.2f} to {tenths.max():+.2f}, "
        f"mean {tenths.mean():+.2f}; most often first: {found.symbols[often].removesuffix('USDT')}, "
        f"in {firsts[often]} of {TENTHS} tenths"
    )
