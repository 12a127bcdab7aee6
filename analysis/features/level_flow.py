"""Order flow at ten levels as one number: the first principal component of depth-normalised level flows.

Cont, Cucuringu and Zhang (2023), "Cross-impact of order flow imbalance in equity markets". One fixed combination beats
the touch of the same depth stream; free or ridge coefficients lose to it. Order flow from ``bookTicker`` beats both.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.price_impact import LEAST_BUCKETS
from analysis.features.step_totals import StepTotals
from analysis.features.trade_flow import SECONDS_KEPT
from utils.binance_api.book.ladder import Level
from utils.binance_api.book.order_flow import level_flows

LEVELS: Final = 10


class LevelFlow:
    """Flows of the best ten levels per second, from the states of a book after each update.

    Each update costs the ten levels. A second's flow of a level is divided by the mean quantity per level and side
    at the updates of that second.
    """

    __slots__ = ("_before", "_totals")

    def __init__(self, seconds: int = SECONDS_KEPT) -> None:
        self._totals = StepTotals(LEVELS + 2, seconds)
        self._before: tuple[Sequence[Level], Sequence[Level]] | None = None

    def add(self, time_ms: int, bids: Sequence[Level], asks: Sequence[Level]) -> None:
        """Add one state (UTC ms of its event): the best ten levels of each side; with fewer the state is unknown."""
        self._totals.open(time_ms)
        short = min(len(bids), len(asks)) < LEVELS
        before, self._before = self._before, None if short else (bids, asks)
        if before is None or short:
            return
        now = self._totals.now
        for level, flow in enumerate(level_flows(before, (bids, asks), LEVELS)):
            now[level] += flow
        depth = 0.0
        for side in (bids, asks):
            for _, quantity in side[:LEVELS]:
                depth += quantity
        now[LEVELS] += depth / (2 * LEVELS)
        now[LEVELS + 1] += 1.0

    def lost(self) -> None:
        """Forget the newest state: updates may be missing from now on."""
        self._before = None

    def numbers(self, seconds: int) -> Times:
        """Return the UTC seconds of ``rows``, (n)."""
        return self._totals.numbers(seconds)

    def rows(self, seconds: int) -> Floats:
        """Return depth-normalised flows of the last ``seconds`` closed seconds, (n, 10); NaN without an update."""
        steps = np.diff(self._totals.at_ends(seconds), axis=0)
        return normalised(steps[:, :LEVELS], steps[:, LEVELS], steps[:, LEVELS + 1])


def normalised(flows: Floats, depth: Floats, updates: Floats) -> Floats:
    """Return flows (n, levels) over the mean depth depth / updates (n) of their step; NaN where there is none."""
    usable = depth > 0.0
    return np.where(usable[:, None], flows * updates[:, None] / np.where(usable, depth, 1.0)[:, None], np.nan)


def first_component(flows: Floats) -> Floats | None:
    """Return the weights (levels) of the first principal component, their sizes adding up to 1; ``None`` below 30 rows.

    The sign is chosen so that the weights add up to something positive: more bids are more.
    """
    known = flows[np.isfinite(flows).all(axis=1)]
    if len(known) < LEAST_BUCKETS:
        return None
    _, vectors = np.linalg.eigh(np.cov(known, rowvar=False))
    leading = vectors[:, -1]
    return np.asarray(np.copysign(1.0, leading.sum()) * leading / np.abs(leading).sum())


def integrated_flow(flows: Floats, fitted_on: int) -> Floats | None:
    """Return the component of the rows after the first ``fitted_on``, (n - fitted_on), fitted on those before them."""
    weights = first_component(flows[:fitted_on])
    return None if weights is None else np.asarray(flows[fitted_on:] @ weights)
