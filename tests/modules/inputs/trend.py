"""Module A's inputs on a seeded walk, whole and with parts taken away."""

from dataclasses import replace

from analysis.framework.question import stamp
from analysis.framework.reasons import Reason
from analysis.trend.inputs import TrendInputs
from tests.modules.inputs import spoiled
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars

BARS = walk_bars(1500, seed=21, drift=0.001)
PAST = Reason("no_history", {"what": "the live price"})
ABSENT = Reason("no_perpetual", {"symbol": "BTCUSDT"})


def whole() -> TrendInputs:
    """Bars of both markets, for a past moment."""
    return _of(BARS, _perpetual(BARS))


def bare() -> TrendInputs:
    """Bars alone."""
    return _of(BARS, None)


def short(n: int) -> TrendInputs:
    """The first ``n`` bars of both markets."""
    return cut(whole(), n)


def cut(inputs: TrendInputs, rows: int) -> TrendInputs:
    """What was known at the close of row ``rows`` - 1."""
    moment = int(inputs.bars.close_time[rows - 1]) + 1
    other = inputs.counterpart
    return _of(inputs.bars.closed(moment), None if other is None else other.closed(moment))


def garbage(inputs: TrendInputs, rows: int) -> TrendInputs:
    """The same with wild numbers from row ``rows`` on."""
    other = inputs.counterpart
    return replace(
        inputs,
        bars=spoiled(inputs.bars, rows),
        counterpart=None if other is None else spoiled(other, rows),
    )


def _of(bars: Bars, counterpart: Bars | None) -> TrendInputs:
    missing = {"quote": PAST} if counterpart is not None else {"quote": PAST, "counterpart": ABSENT}
    return TrendInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        stamps=(stamp(bars),),
        missing=missing,
        counterpart=counterpart,
        counterpart_scale=1.0,
        quote=None,
    )


def _perpetual(bars: Bars) -> Bars:
    factor = 1.0003
    moved = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close", "quote_volume")}
    return replace(bars, market="futures", source="binance.futures.klines", **moved)
