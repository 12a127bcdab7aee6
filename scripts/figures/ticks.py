"""What recorded ticks say of the facts that decide modules D and H, as numbers per recording."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.stats import spearmanr

from analysis.arrays import Floats, Times
from analysis.features.level_flow import LEVELS, integrated_flow, normalised
from analysis.features.price_impact import r_squared, shuffled_slopes, slope_spread, window_slopes
from analysis.features.survival import Survival, kaplan_meier
from analysis.features.trade_flow import signed_log
from analysis.features.traded_spread import effective_spread_bps, quotes_before
from tests.support.recorded_ticks import RecordedTicks
from utils.binance_api.book.ladder import Level
from utils.binance_api.book.order_flow import level_flows, touch_flow
from utils.binance_api.touch import Touch
from utils.units import BASIS_POINTS

SECOND = 1000
OUTLIER = 6.0
MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, eq=False)
class TickFigures:
    """Measures of one recording; flows are sums over steps of the mid's clock, R2 are shares."""

    ticks: RecordedTicks
    step_ms: int = SECOND

    @cached_property
    def edges(self) -> Times:
        """The borders (UTC ms) of the whole steps inside the recording, (n + 1)."""
        trades, quotes = self.ticks.trades, self.ticks.quotes
        first = max(float(trades.time[0]), float(quotes.time[0]))
        last = min(float(trades.time[-1]), float(quotes.time[-1]))
        return np.arange(int(first // self.step_ms) + 1, int(last // self.step_ms) + 1) * self.step_ms

    @cached_property
    def change_bps(self) -> Floats:
        """The mid's log change in each step, bps."""
        rows = quotes_before(self.edges, self.ticks.quotes.time)
        return np.diff(np.log(self.ticks.quotes.mid[rows])) * BASIS_POINTS

    @cached_property
    def flows(self) -> Mapping[str, Floats]:
        """Signed flow of each step: count of aggregate trades, OFI of every quote, sqrt of notional, notional."""
        trades = self.ticks.merged
        time = np.array([one.time_ms for one in trades], np.float64)
        side = np.array([float(one.side) for one in trades])
        notional = np.array([one.price * one.quantity for one in trades])
        return {
            "count": self._sum(time, side),
            "ofi": self._sum(self.ticks.quotes.time, self.touch_flows),
            "root": self._sum(time, side * np.sqrt(notional)),
            "notional": self._sum(time, side * notional),
        }

    @cached_property
    def states(self) -> Mapping[str, Floats]:
        """What stands at the end of each step: touch imbalance, and the step's own move."""
        quotes = self.ticks.quotes
        rows = quotes_before(self.edges[1:], quotes.time)
        bid, ask = quotes.bid_quantity[rows], quotes.ask_quantity[rows]
        return {"imbalance": (bid - ask) / (bid + ask), "last move": self.change_bps}

    @cached_property
    def touch_flows(self) -> Floats:
        """Order flow of every quote, 0 for the first."""
        quotes = self.ticks.quotes
        columns = (quotes.bid, quotes.bid_quantity, quotes.ask, quotes.ask_quantity)
        touches = [Touch(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
        return np.array([0.0, *(touch_flow(before, after) for before, after in pairwise(touches))])

    def _sum(self, time: Floats | Times, values: Floats) -> Floats:
        return np.histogram(time, self.edges, weights=values)[0]

    def same(self, name: str) -> float:
        """R2 of one flow with the mid's change in the same step."""
        return r_squared(self.flows[name], self.change_bps) or 0.0

    def same_joint(self, *names: str) -> float:
        """R2 of several flows together, in the same step."""
        X = np.column_stack([np.ones(len(self.change_bps)), *(self.flows[name] for name in names)])
        residual = self.change_bps - X @ np.linalg.lstsq(X, self.change_bps, rcond=None)[0]
        return float(1 - residual.var() / self.change_bps.var())

    def next_rank(self, name: str) -> float:
        """Rank correlation of a flow or state with the mid's change in the next step."""
        values = {**self.flows, **self.states}[name]
        return float(spearmanr(values[:-1], self.change_bps[1:]).statistic)

    def next_r2(self, name: str) -> float:
        """R2 of one flow with the mid's change in the next step."""
        return r_squared(self.flows[name], self.change_bps, 1) or 0.0

    def effective(self, pairing: str) -> tuple[float, float]:
        """Share of fills with a negative effective spread, and the mean (bps), for one way of pairing.

        ``before`` is the rule; ``at`` takes quotes of the trade's own time too, ``received`` the order of receipt.
        """
        trades, quotes = self.ticks.trades, self.ticks.quotes
        if pairing == "received":
            rows = quotes_before(trades.receipt, quotes.receipt)  # type: ignore[arg-type]
        else:
            rows = quotes_before(trades.time + (pairing == "at"), quotes.time)
        known = rows >= 0
        mid = quotes.mid[rows[known]]
        spread = effective_spread_bps(trades.price[known], trades.side[known].astype(np.float64), mid)
        return float((spread < 0).mean()), float(spread.mean())

    def fills_per_order(self) -> tuple[float, float, int]:
        """Fills per order, aggregate trades per order, and the most fills of one order."""
        trades = self.ticks.trades
        counts = np.unique(trades.time * 2 + (trades.side > 0), return_counts=True)[1]
        return len(trades.time) / len(counts), len(self.ticks.merged) / len(counts), int(counts.max())

    def opposite_signs(self, window_ms: int = 10_000) -> tuple[float, int]:
        """Share of windows in which buys - sells by fills and by orders have opposite signs, and their number."""
        trades = self.ticks.trades
        edges = np.arange(self.edges[0], self.edges[-1] + 1, window_ms)
        side = trades.side.astype(np.float64)
        orders = np.unique(trades.time * 2 + (trades.side > 0), return_index=True)[1]
        by_fill = np.histogram(trades.time, edges, weights=side)[0]
        by_order = np.histogram(trades.time[orders], edges, weights=side[orders])[0]
        return float((by_fill * by_order < 0).mean()), len(by_fill)

    def lives(self) -> Survival:
        """How long the best prices lived (ms), both sides; those standing at the end are cut off."""
        quotes, lengths, cut = self.ticks.quotes, [], []
        for side in (quotes.bid, quotes.ask):
            born = quotes.time[1:][np.diff(side) != 0]
            lengths.append(np.diff(born))
            cut.append(quotes.time[-1] - born[-1])
        ended = np.concatenate(lengths)
        return kaplan_meier(np.concatenate([ended, cut]), np.arange(len(ended) + len(cut)) < len(ended))

    def sampled(self, every_ms: int = 100) -> tuple[float, float]:
        """Share of the touch's states that samples miss, by number and by the time that they stood.

        A state is a pair of best prices; a sample is taken at the end of each step.
        """
        quotes = self.ticks.quotes
        starts = np.concatenate([[True], (np.diff(quotes.bid) != 0) | (np.diff(quotes.ask) != 0)])
        born = quotes.time[starts]
        ends = np.arange(born[0] + every_ms, born[-1], every_ms)
        missed = np.ones(len(born) - 1, np.bool_)
        missed[np.searchsorted(born, ends, "left") - 1] = False
        stood = np.diff(born)
        return float(missed.mean()), float(stood[missed].sum() / stood.sum())

    def outliers(self) -> tuple[float, float, float]:
        """Shares of seconds beyond 6 robust deviations: of notional, of its signed log; and the MAD of moves (bps)."""
        flow = self.flows["notional"]
        return _beyond(flow), _beyond(signed_log(flow)), _mad(self.change_bps)

    def slopes(self, window: int, name: str, times: int = 50) -> tuple[float, float]:
        """95th over 5th percentile of the impact per window: of the recording, and of its steps shuffled (median)."""
        flow = self.flows[name]
        shuffled = shuffled_slopes(self.change_bps, flow, window, np.random.default_rng(1), times)
        own = slope_spread(window_slopes(self.change_bps, flow, window))
        return own, float(np.nanmedian([slope_spread(row) for row in shuffled]))

    def ten_levels(self) -> tuple[float, float, float]:
        """R2 in the same step on the second half: of the ten-level component fitted on the first, of the touch of the
        same depth stream, and of OFI from every quote."""
        flows, depth, updates = self._level_sums()
        half = len(flows) // 2
        component = integrated_flow(normalised(flows, depth, updates), half)
        changes = self.change_bps[half:]
        return (
            (r_squared(component, changes) or 0.0) if component is not None else 0.0,
            r_squared(flows[half:, 0], changes) or 0.0,
            r_squared(self.flows["ofi"][half:], changes) or 0.0,
        )

    def _level_sums(self) -> tuple[Floats, Floats, Floats]:
        """Flow per step and level, and the sums of depth and updates that ``normalised`` takes."""
        tops = self.ticks.tops
        flows = np.nan_to_num([level_flows(b[1:], a[1:], LEVELS) for b, a in pairwise(tops)])
        time = np.array([top[0] for top in tops[1:]], np.float64)
        depth = np.array([_level_depth(bids, asks) for _, bids, asks in tops[1:]])
        sums = np.column_stack([self._sum(time, column) for column in flows.T])
        return sums, self._sum(time, depth), self._sum(time, np.ones(len(time)))

    def reach_bps(self, levels: int = 20) -> float:
        """Median distance from the mid to the 20th level, the nearer side."""
        found = []
        for _, bids, asks in self.ticks.tops:
            if min(len(bids), len(asks)) >= levels:
                mid = (bids[0][0] + asks[0][0]) / 2
                found.append(min(mid - bids[levels - 1][0], asks[levels - 1][0] - mid) / mid * BASIS_POINTS)
        return float(np.median(found)) if found else float("nan")


def _level_depth(bids: Sequence[Level], asks: Sequence[Level]) -> float:
    return sum(quantity for side in (bids, asks) for _, quantity in side[:LEVELS]) / (2 * LEVELS)


def _mad(values: Floats) -> float:
    return float(MAD_TO_SIGMA * np.median(np.abs(values - np.median(values))))


def _beyond(values: Floats) -> float:
    return float((np.abs(values - np.median(values)) > OUTLIER * _mad(values)).mean())
