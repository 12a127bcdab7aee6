"""What hedgers of open options must trade when the price moves, under a stated assumption about who holds them.

The dollar gamma of an option is the change of its delta hedge, in dollars, per 1 % move of the underlying:
gamma * coins * F^2 * 0.01, with gamma by Black (1976). Nobody publishes who is long and who is short. The customary
assumption is that hedgers are long the calls and short the puts, so that calls count plus and puts minus in the *net*
sum; it is a convention, not a measurement. The *gross* sum needs no assumption.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.black76 import gamma, years_to_expiry
from utils.option_chain import OptionChain

ONE_PERCENT: Final = 0.01
SPAN: Final = 0.3
"""How far the zero-gamma level is searched, as a share of the price to either side."""
STEPS: Final = 121
"""Prices of the search, evenly spaced in logarithms: half a percent apart."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OpenOptions:
    """Open options of one underlying; all arrays have length n.

    ``forward`` and ``strike`` in dollars, the forward being the price that ``volatility`` (annual fraction) refers to;
    ``years`` to expiry; ``coins`` is open interest in units of the underlying coin, contracts times contract size.
    """

    forward: Floats
    strike: Floats
    years: Floats
    volatility: Floats
    is_call: NDArray[np.bool_]
    coins: Floats

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which of them have all that their gamma needs."""
        return np.isfinite(self.forward + self.strike + self.years + self.volatility + self.coins)

    @property
    def covered(self) -> float:
        """The share of the open coins whose gamma can be computed; NaN where nothing is open."""
        total = float(np.nansum(self.coins))
        return float(self.coins[self.known].sum()) / total if total > 0 else float("nan")


def open_options(chain: OptionChain, now: int) -> OpenOptions:
    """Return a chain's options as they stand at ``now`` (UTC ms)."""
    return OpenOptions(
        forward=chain.underlying_price,
        strike=chain.strike,
        years=years_to_expiry(expiry=chain.expiry, now=now),
        volatility=chain.mark_iv,
        is_call=chain.is_call,
        coins=chain.open_interest * chain.unit,
    )


class StrikeGamma(NamedTuple):
    """Dollar gamma per 1 % by strike (ascending), of calls and of puts, both counted positive."""

    strike: Floats
    calls: Floats
    puts: Floats

    @property
    def gross(self) -> float:
        """Dollar gamma per 1 % whoever holds the options."""
        return float((self.calls + self.puts).sum())

    @property
    def net(self) -> float:
        """Calls minus puts: the hedgers' dollar gamma per 1 % if they are long calls and short puts."""
        return float((self.calls - self.puts).sum())

    @property
    def net_share(self) -> float:
        """The net as a share of the gross, from -1 to 1; NaN without any gamma."""
        return self.net / self.gross if self.gross > 0 else float("nan")

    def largest(self, count: int) -> Floats:
        """Return the ``count`` strikes of the largest gross gamma, the largest first."""
        return self.strike[np.argsort(-(self.calls + self.puts), kind="stable")[:count]]


def dollar_gamma(options: OpenOptions, *, moved: Floats | float = 1.0) -> Floats:
    """Return every option's dollar gamma per 1 % once all forwards are ``moved`` times theirs; NaN where unknown.

    The volatility stays with the strike (sticky strike). ``moved`` may be a column (m, 1): the result is then (m, n).
    """
    forward = options.forward * moved
    per_coin = gamma(
        forward=forward, strike=options.strike, years=options.years, volatility=options.volatility
    )
    return per_coin * options.coins * forward**2 * ONE_PERCENT


def by_strike(options: OpenOptions) -> StrikeGamma:
    """Return the dollar gamma of each strike over all expiries; options whose gamma is unknown are left out."""
    known, value = options.known, dollar_gamma(options)
    strike, place = np.unique(options.strike[known], return_inverse=True)
    calls, puts = np.zeros(len(strike)), np.zeros(len(strike))
    np.add.at(calls, place, np.where(options.is_call, value, 0.0)[known])
    np.add.at(puts, place, np.where(options.is_call, 0.0, value)[known])
    return StrikeGamma(strike, calls, puts)


def net_over_prices(options: OpenOptions, moved: Floats) -> Floats:
    """Return the net dollar gamma per 1 % at each of the prices ``moved`` (m,), as multiples of today's."""
    signed = np.where(options.is_call, 1.0, -1.0) * dollar_gamma(options, moved=moved[:, None])
    return np.asarray(signed[:, options.known].sum(axis=1))


def zero_gamma(options: OpenOptions, *, span: float = SPAN, steps: int = STEPS) -> float | None:
    """Return the price, as a multiple of today's, at which the net dollar gamma changes its sign.

    Found by re-pricing over ``steps`` prices within ``span`` of today's, linearly between two of them; of several
    crossings the nearest. ``None`` where there is none.
    """
    moved = np.exp(np.linspace(np.log1p(-span), -np.log1p(-span), steps))
    net = net_over_prices(options, moved)
    left = np.flatnonzero(net[:-1] * net[1:] < 0)
    share = net[left] / (net[left] - net[left + 1])
    crossings = np.concatenate([moved[net == 0], moved[left] + share * (moved[left + 1] - moved[left])])
    if not len(crossings) or not net.any():
        return None
    return float(crossings[np.argmin(np.abs(np.log(crossings)))])
