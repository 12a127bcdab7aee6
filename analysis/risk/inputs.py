"""What module G reads: closed bars, daily bars, margin brackets, and the hourly bars of the named crashes."""

import asyncio
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from msgspec.structs import asdict

from analysis.features.liquidation import Brackets
from analysis.framework.look_back import look_back_bars
from analysis.framework.question import Request, Sources, SourceStamp
from analysis.framework.reasons import Reason
from analysis.risk.forecasts import window_bars
from analysis.sources.bars import fetch_bars
from analysis.sources.crashes import Crashes, fetch_crash_paths, with_beta
from analysis.sources.listing import Place, find_places
from analysis.sources.quotes import fetch_price
from config.c_risk import RiskExposureConfig
from utils.binance_api.account.schemas import SymbolBrackets
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, SHORTEST_MS, last_close
from utils.http.errors import SourceError

DRAWN_BARS = 300
"""Rows a chart shows; each has a score, so the year it is ranked in reaches back from the first of them."""
DAILY = "1d"
DAILY_PAGE = 1000


@dataclass(frozen=True, slots=True, eq=False)
class RiskInputs:
    """Closed bars and what is read beside them, each or the reason why it is missing.

    ``whole`` says that trading began with the first bar. ``daily`` is for bars shorter than a day, the bars
    themselves otherwise. ``brackets`` are the exchange's or, with ``approximate``, the configured ones. ``price`` is
    the live one, where there is one.
    """

    bars: Bars
    as_of: int
    whole: bool
    daily: Bars | Reason
    brackets: Brackets | Reason
    approximate: bool
    crashes: Crashes
    notes: tuple[Reason, ...]
    price: float | None = None

    def stamps(self) -> tuple[SourceStamp, ...]:
        """Return where the rows came from."""
        daily = () if isinstance(self.daily, Reason) or self.daily is self.bars else (self.daily,)
        return tuple(SourceStamp(b.source, b.as_of, b.fetched_at, len(b)) for b in (self.bars, *daily))


def rank_bars(config: RiskExposureConfig, interval: str) -> int:
    """Return how many past bars the score is ranked among; of long bars those a rank needs, which last longer."""
    return max(look_back_bars(interval, config.rank_days), config.rank_min_bars)


def history(config: RiskExposureConfig, interval: str) -> int:
    """Return how many closed bars one reading needs: the past of each drawn score, and the first fit before it."""
    return window_bars(config) + config.refit_bars + rank_bars(config, interval) + DRAWN_BARS


async def fetch(sources: Sources, request: Request, config: RiskExposureConfig) -> RiskInputs:
    """Read the bars and what stands beside them; only the asked symbol's own bars may fail."""
    rows = request.rows or history(config, request.interval)
    as_of = sources.exchange.market_time_ms() if request.as_of is None else request.as_of
    places = await find_places(sources, request)
    perpetual = _perpetual(places.own, places.other)
    bars, price, daily, brackets, own = await asyncio.gather(
        fetch_bars(sources, request, places.own, rows),
        fetch_price(sources, replace(request, market=places.own.market)),
        _daily(sources, places.own, request.interval, as_of),
        _brackets(sources, perpetual, request, config),
        fetch_crash_paths(sources, places.own, as_of),
    )
    table, approximate = brackets
    return RiskInputs(
        bars=bars,
        as_of=as_of,
        whole=len(bars) < rows,
        daily=bars if daily is None else daily,
        brackets=table,
        approximate=approximate,
        crashes=await with_beta(sources, own, bars, config.beta_bars, as_of),
        notes=places.notes,
        price=price,
    )


def _perpetual(own: Place, other: Place | Reason) -> Place | Reason:
    return own if own.market == "futures" else other


async def _daily(sources: Sources, place: Place, interval: str, as_of: int) -> Bars | Reason | None:
    if SHORTEST_MS[interval] >= DAY:
        return None
    exchange = sources.exchange
    market = exchange.spot if place.market == "spot" else exchange.futures
    try:
        return await market.klines(place.symbol, DAILY, rows=DAILY_PAGE, as_of=last_close(as_of, DAILY))
    except SourceError as error:
        return Reason("source_down", {"source": error.source})


async def _brackets(
    sources: Sources, perpetual: Place | Reason, request: Request, config: RiskExposureConfig
) -> tuple[Brackets | Reason, bool]:
    """The exchange's margin table with a key and for now, else the configured one (True)."""
    if isinstance(perpetual, Reason) and perpetual.code == "no_perpetual":
        return perpetual, False
    account = sources.exchange.account
    if isinstance(perpetual, Reason) or request.as_of is not None or not account.available:
        return approximate_brackets(config), True
    try:
        told = (await account.brackets(perpetual.symbol)).value.get(perpetual.symbol)
    except SourceError:
        return approximate_brackets(config), True
    return (approximate_brackets(config), True) if told is None else (own_brackets(told), False)


def own_brackets(told: SymbolBrackets) -> Brackets:
    """Return the exchange's brackets of one symbol; an account's coefficient widens them, which keeps them joined."""
    rows = sorted((asdict(row) for row in told.brackets), key=lambda row: float(row["notional_floor"]))
    columns = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    wider = told.notional_coef
    return Brackets(
        floor=columns["notional_floor"] * wider,
        cap=columns["notional_cap"] * wider,
        mmr=columns["maint_margin_ratio"],
        cum=columns["cum"] * wider,
        max_leverage=columns["initial_leverage"],
    )


def approximate_brackets(config: RiskExposureConfig) -> Brackets:
    """Return the configured brackets; ``cum`` follows from the maintenance margin having no jumps."""
    floors = (0.0, *config.bracket_caps[:-1])
    taken = [0.0]
    for floor, (lower, higher) in zip(floors[1:], pairwise(config.bracket_rates), strict=True):
        taken.append(taken[-1] + floor * (higher - lower))
    columns = (floors, config.bracket_caps, config.bracket_rates, taken, config.bracket_leverages)
    return Brackets(*(np.array(column, dtype=np.float64) for column in columns))
