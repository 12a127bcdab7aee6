"""What module E reads: closed bars of a basket on one clock, or of one coin and its leaders."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.corr.metrics import TICKS
from analysis.features.hayashi_yoshida import TickPath
from analysis.framework.bar_rules import refit_times
from analysis.framework.joint_bars import JointBars, join_bars
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.module import FitKey
from analysis.framework.question import Listing, MarketInputs, Request, Sources
from analysis.framework.reasons import Message, Reason
from analysis.sources.basket import BasketBars, coins_beside, fetch_basket
from analysis.sources.quotes import fetch_price
from analysis.sources.tick_paths import followed_paths
from config.c_corr import CorrelationConfig
from utils.binance_api.bars import Bars


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CorrInputs(MarketInputs):
    """Returns of all coins on one clock; ``leaders`` and the asked coin (``target``) are columns of it.

    ``target`` is ``None`` for a basket. The first column of all is the market that betas are measured against.
    ``ticks`` by symbol are the live trades of those coins that are followed now, all of one market.
    """

    joint: JointBars
    leaders: tuple[int, ...]
    target: int | None = None
    ticks: Mapping[str, TickPath] = field(default_factory=dict)

    @property
    def is_basket(self) -> bool:
        """Whether several coins are asked about."""
        return self.target is None

    @property
    def others(self) -> tuple[int, ...]:
        """The columns that are measured against the market: the asked coin, or all of a basket but the first."""
        return tuple(range(1, len(self.joint.symbols))) if self.target is None else (self.target,)


def history(config: CorrelationConfig, interval: str) -> int:
    """Return how many closed bars one reading needs, the same for every interval."""
    del interval
    forecast = config.fit_bars + config.refit_bars + config.proof_bars + config.pull_lags
    return max(forecast, config.window) + DRAWN_BARS + 1


async def fetch(
    sources: Sources, listing: Listing, request: Request, config: CorrelationConfig
) -> CorrInputs:
    """Read all coins at once and, for one coin now, its last price; coins that cannot be used are named in notes."""
    found = await coins_beside(sources, listing, config.leaders)
    if request.basket is not None:
        rows = request.scope.rows or config.window + DRAWN_BARS + 1
        read = await fetch_basket(sources, request, request.basket.members, rows)
        choice = _Choice(None, tuple(one.symbol for one in found), config.min_bars)
        return _with_ticks(sources, request, _inputs(sources.moment(request), request, read, choice))
    asked, rows = listing.instrument, request.scope.rows or history(config, request.interval)
    leaders = tuple(leader for leader in found if leader.symbol != asked.symbol)
    read, price = await asyncio.gather(
        fetch_basket(sources, request, (*leaders, asked), rows, wanted=asked),
        fetch_price(sources, request, listing),
    )
    choice = _Choice(asked.symbol, tuple(one.symbol for one in leaders), config.min_bars)
    inputs = _with_ticks(sources, request, _inputs(sources.moment(request), request, read, choice))
    return replace(
        inputs,
        price=price.price,
        price_time=price.time,
        changes=price.changes,
        notes=(*listing.notes, *inputs.notes),
    )


def _with_ticks(sources: Sources, request: Request, inputs: CorrInputs) -> CorrInputs:
    """Return the inputs with the trades of what is followed now, or why there are none to compare."""
    symbols = inputs.joint.symbols
    asked = [symbols[column] for column in inputs.others if column]
    found = followed_paths(sources, request, symbols[0], asked)
    if isinstance(found, Reason):
        return replace(inputs, missing={**inputs.missing, TICKS: found})
    return replace(inputs, ticks=found)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which columns there are: the ``asked`` coin (``None``: a basket), its leaders, and how many bars they need."""

    asked: str | None
    leaders: tuple[str, ...]
    min_bars: int

    def place(self, bars: Bars) -> tuple[bool, int, str]:
        """Order leaders as they are configured, the others by their symbols, the asked coin last."""
        symbol = bars.symbol
        leads = symbol in self.leaders
        return symbol == self.asked, self.leaders.index(symbol) if leads else len(self.leaders), symbol

    def short(self, bars: Bars) -> bool:
        """Whether a coin has too few bars; the asked one is never left out."""
        return len(bars) <= self.min_bars and bars.symbol != self.asked


def _inputs(moment: int, request: Request, read: BasketBars, choice: _Choice) -> CorrInputs:
    usable = read.bars or read.unusable
    kept = [one for one in usable if not choice.short(one)] or [max(usable, key=len)]
    short = tuple(_too_short(one, choice) for one in usable if one not in kept)
    ordered = sorted(kept, key=choice.place)
    joint = join_bars(ordered)
    target = None if choice.asked is None else len(ordered) - 1
    leaders = [n for n, one in enumerate(ordered) if n != target and one.symbol in choice.leaders]
    return CorrInputs(
        bars=ordered[0 if target is None else target],
        as_of=moment,
        price=None,
        price_time=moment,  # a basket has no price, so nothing is said of its age
        scope=request.scope,
        notes=(*read.notes, *short),
        stamps=read.stamps,
        joint=joint,
        leaders=tuple(leaders) or ((0,) if target != 0 else ()),
        target=target,
    )


def _too_short(bars: Bars, choice: _Choice) -> Message:
    needs = Reason("too_few_bars", {"needs": choice.min_bars + 1, "has": len(bars)})
    return Message("left_out", {"symbol": bars.symbol}, needs)


def fit_keys(inputs: CorrInputs, config: CorrelationConfig) -> tuple[FitKey, ...]:
    """Return the refit times of the one-bar forecast; none for a basket. A fit depends on the leaders it knew."""
    if inputs.target is None or not inputs.leaders:
        return ()
    last = None if inputs.scope.is_history else DRAWN_BARS + config.proof_bars
    known = ",".join(inputs.joint.symbols[column] for column in inputs.leaders)
    bars = inputs.bars
    return tuple(
        FitKey(at, known)
        for at in refit_times(bars, config.fit_bars, config.refit_bars, last=last)
        if int(np.searchsorted(inputs.joint.close_time, at)) >= config.fit_bars
    )
