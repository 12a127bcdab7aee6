"""Live trades of coins that are followed already, as prices at their own moments; nothing is opened for it."""

from collections.abc import Mapping, Sequence
from typing import Final

from analysis.features.hayashi_yoshida import TickPath, tick_path
from analysis.framework.question import Market, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.live_ticks import NOT_KEPT
from utils.binance_api.streams.subscription import StreamState

FEWEST_TICKS: Final = 100
"""Moments with a trade that a path needs."""
MARKETS: Final[tuple[Market, ...]] = ("futures", "spot")
"""Where trades are looked for: perpetuals first, whose ticks most questions follow."""


def followed_paths(
    sources: Sources, request: Request, market_coin: str, others: Sequence[str]
) -> Mapping[str, TickPath] | Reason:
    """Return the paths (ms) of the market's coin and of others, by symbol, all of one market; or why there are none."""
    if request.as_of is not None:
        return NOT_KEPT
    few: Reason | None = None
    for market in MARKETS:
        paths = {symbol: _path(sources, symbol, market) for symbol in (market_coin, *others)}
        known = {symbol: path for symbol, path in paths.items() if path is not None}
        long = {symbol: path for symbol, path in known.items() if len(path.time) >= FEWEST_TICKS}
        if market_coin in long and len(long) > 1:
            return long
        if market_coin in known and len(known) > 1:
            has = sorted(len(path.time) for path in known.values())[0]
            few = few or Reason("few_ticks", {"needs": FEWEST_TICKS, "has": has})
    return few or Reason("not_followed", {"symbols": ", ".join((market_coin, *others[:1]))})


def _path(sources: Sources, symbol: str, market: Market) -> TickPath | None:
    """Return a symbol's trades since the last gap; ``None`` where its stream is not live."""
    live = sources.exchange.followed_trades(symbol, market)
    if live is None or live.state is not StreamState.LIVE or live.filling:
        return None
    rows = live.tape.since(live.gaps[-1].to_ms if live.gaps else 0)
    return tick_path(rows.time_ms, rows.price)
