"""Module B's inputs on a seeded walk, whole and with parts taken away."""

from dataclasses import replace

import numpy as np

from analysis.arrays import Floats, Times
from analysis.framework.question import LATEST, Scope, SourceStamp, stamp
from analysis.framework.reasons import Reason
from analysis.regime.inputs import RegimeInputs
from analysis.sources.funding import SettledFunding
from analysis.sources.implied_volatility import ImpliedVolatility
from analysis.sources.quarterly import Quarterly
from tests.modules.inputs import spoiled
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import HOUR

BARS = walk_bars(2000, seed=21, sigma=0.01)
ABSENT = Reason("no_perpetual", {"symbol": "BTCUSDT"})
SOURCES = ("premium", "funding", "quarterly", "implied_volatility")


def bare_of(bars: Bars, scope: Scope = LATEST) -> RegimeInputs:
    """Past-moment inputs with nothing beside the bars."""
    return RegimeInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        scope=scope,
        stamps=(stamp(bars),),
        missing=dict.fromkeys(SOURCES, ABSENT),
        premium=None,
        funding=None,
        quarterly=None,
        implied=None,
    )


def whole_of(bars: Bars, scope: Scope = LATEST) -> RegimeInputs:
    """Inputs with everything beside the bars, drawn from the bars' own times."""
    generator = np.random.default_rng(5)
    noise = generator.standard_normal((3, len(bars)))
    index = replace(bars, series="index")
    settled = np.arange(int(bars.open_time[0]), int(bars.close_time[-1]), 8 * HOUR, dtype=np.int64)
    rate = 0.0001 * generator.standard_normal(len(settled))
    return replace(
        bare_of(bars, scope),
        missing={},
        premium=replace(bars, series="premium", market="futures", close=0.0005 * noise[0]),
        funding=SettledFunding(settled, rate, SourceStamp("binance.futures.fundingRate", bars.as_of, 0)),
        quarterly=Quarterly(replace(index, close=bars.close * (1.01 + 0.001 * noise[1])), index, None),
        implied=ImpliedVolatility(bars.close_time[::3].copy(), 50 + noise[2][::3]),
    )


def whole() -> RegimeInputs:
    """Bars with all sources."""
    return whole_of(BARS)


def bare() -> RegimeInputs:
    """Bars alone, every source missing with a reason."""
    return bare_of(BARS)


def short(n: int) -> RegimeInputs:
    """The first ``n`` bars with all sources as known then."""
    return cut(whole(), n)


def cut(inputs: RegimeInputs, rows: int) -> RegimeInputs:
    """What was known at the close of row ``rows`` - 1."""
    bars = _until(inputs.bars, rows)
    funding, quarterly, implied = inputs.funding, inputs.quarterly, inputs.implied
    last = int(bars.close_time[-1])
    return replace(
        inputs,
        bars=bars,
        as_of=bars.as_of,
        stamps=(stamp(bars),),
        premium=None if inputs.premium is None else inputs.premium.closed(bars.as_of),
        funding=None if funding is None else _settled(funding, funding.time <= last),
        quarterly=None
        if quarterly is None
        else replace(
            quarterly,
            bars=quarterly.bars.closed(bars.as_of),
            index=quarterly.index.closed(bars.as_of),
        ),
        implied=None if implied is None else _recorded(implied, implied.known_at <= last),
    )


def garbage(inputs: RegimeInputs, rows: int) -> RegimeInputs:
    """The same with wild numbers in everything that became known after row ``rows`` - 1."""
    bars, last = spoiled(inputs.bars, rows), int(inputs.bars.close_time[rows - 1])
    premium, funding, quarterly, implied = inputs.premium, inputs.funding, inputs.quarterly, inputs.implied
    return replace(
        inputs,
        bars=bars,
        premium=None if premium is None else _wild_bars(premium, last),
        funding=None if funding is None else replace(funding, rate=_wild(funding.rate, funding.time, last)),
        quarterly=None
        if quarterly is None
        else replace(
            quarterly, bars=_wild_bars(quarterly.bars, last), index=_wild_bars(quarterly.index, last)
        ),
        implied=None
        if implied is None
        else replace(implied, recorded=_wild(implied.recorded, implied.known_at, last)),
    )


def _until(bars: Bars, rows: int) -> Bars:
    return bars.closed(int(bars.close_time[rows - 1]) + 1)


def _wild_bars(bars: Bars, last: int) -> Bars:
    return replace(bars, close=_wild(bars.close, bars.close_time, last))


def _wild(values: Floats, known_at: Times, last: int) -> Floats:
    return np.where(known_at > last, 1e4 + np.arange(len(values)), values)


def _settled(funding: SettledFunding, rows: np.typing.NDArray[np.bool_]) -> SettledFunding:
    return replace(funding, time=funding.time[rows], rate=funding.rate[rows])


def _recorded(implied: ImpliedVolatility, rows: np.typing.NDArray[np.bool_]) -> ImpliedVolatility:
    return replace(implied, known_at=implied.known_at[rows], recorded=implied.recorded[rows])
