"""An option chain in a few figures: volatility at the forward, skew and open interest, per expiry and at 30 days.

Per expiry the forward is derived by put-call parity (zero rate) at the strike where call and put prices are closest.
Mark volatilities are interpolated: at the forward between strikes, at 25 delta between published deltas. Between
expiries the variance at the forward is linear in time (no calendar arbitrage), skew and butterfly are linear in time.
Nothing is extrapolated: a value outside the listed options is ``None``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from utils.option_chain import OptionChain
from utils.units import DAY_MS, PERCENT

Floats = NDArray[np.float64]
Lines = NDArray[np.bool_]

HORIZON_MS: Final = 30 * DAY_MS
QUARTER: Final = 0.25


@dataclass(frozen=True, slots=True)
class Smile:
    """One expiry (ms): forward in quote units, volatilities as fractions; ``None`` where options are missing."""

    expiry: int
    forward: float | None
    atm_iv: float | None
    risk_reversal: float | None
    butterfly: float | None
    call_open_interest: float | None
    put_open_interest: float | None


@dataclass(frozen=True, slots=True, eq=False)
class RecordedChain:
    """What was recorded of a chain at ``ts`` and known from ``known_at`` (UTC ms).

    ``figures`` by name as recorded, the smile of each expiry, the nearest first, and the objects kept ``beside`` them.
    """

    ts: int
    known_at: int
    figures: Mapping[str, float | None]
    smiles: tuple[Smile, ...]
    beside: tuple[Mapping[str, object], ...] = ()


def smiles_of(chain: OptionChain) -> list[Smile]:
    """Return the smile of each expiry, the nearest first."""
    return [smile(chain, chain.expiry == expiry) for expiry in chain.expiries]


def figures(chain: OptionChain, smiles: Sequence[Smile], now: int) -> Mapping[str, float | None]:
    """Return the figures by name; open interest is ``None`` when an expiry's did not come, never a part of it."""
    calls, puts = _summed(s.call_open_interest for s in smiles), _summed(s.put_open_interest for s in smiles)
    usd = float(chain.open_interest_usd.sum())
    return {
        "atm_iv_30d_pct": percent(at_horizon(smiles, "atm_iv", now, variance=True)),
        "risk_reversal_25d_30d_pts": percent(at_horizon(smiles, "risk_reversal", now)),
        "butterfly_25d_30d_pts": percent(at_horizon(smiles, "butterfly", now)),
        "call_open_interest_base": calls,
        "put_open_interest_base": puts,
        "open_interest_base": None if calls is None or puts is None else calls + puts,
        "open_interest_usd": usd if np.isfinite(usd) else None,
    }


def smile(chain: OptionChain, lines: Lines) -> Smile:
    """Return one expiry's figures from its lines."""
    calls, puts = lines & chain.is_call, lines & ~chain.is_call
    forward = _forward(chain, calls, puts)
    atm = None if forward is None else _at_forward(chain, lines, forward)
    reversal, butterfly = _wings(_at_delta(chain, calls, QUARTER), _at_delta(chain, puts, -QUARTER), atm)
    return Smile(
        expiry=int(chain.expiry[lines][0]),
        forward=forward,
        atm_iv=atm,
        risk_reversal=reversal,
        butterfly=butterfly,
        call_open_interest=_coins(chain, calls),
        put_open_interest=_coins(chain, puts),
    )


def _wings(call: float | None, put: float | None, atm: float | None) -> tuple[float | None, float | None]:
    if call is None or put is None:
        return None, None
    return call - put, None if atm is None else (call + put) / 2 - atm


def _forward(chain: OptionChain, calls: Lines, puts: Lines) -> float | None:
    """Return strike + call - put where the two are worth most alike."""
    strikes, call_at, put_at = np.intersect1d(
        chain.strike[calls], chain.strike[puts], assume_unique=True, return_indices=True
    )
    apart = chain.mark_price[calls][call_at] - chain.mark_price[puts][put_at]
    if not np.isfinite(apart).any():
        return None
    nearest = int(np.nanargmin(np.abs(apart)))
    return float(strikes[nearest] + apart[nearest])


def _at_forward(chain: OptionChain, lines: Lines, forward: float) -> float | None:
    """Interpolate over strikes with out-of-the-money options, which are the traded ones."""
    outside = lines & np.where(chain.is_call, chain.strike >= forward, chain.strike < forward)
    return _between(chain.strike[outside], chain.mark_iv[outside], forward)


def _at_delta(chain: OptionChain, lines: Lines, delta: float) -> float | None:
    return _between(chain.delta[lines], chain.mark_iv[lines], delta)


def _between(x: Floats, y: Floats, at: float) -> float | None:
    """Return y at ``at`` by linear interpolation, ``None`` outside the known x."""
    known = np.isfinite(x) & np.isfinite(y)
    order = np.argsort(x[known], kind="stable")
    x, y = x[known][order], y[known][order]
    if not len(x) or not x[0] <= at <= x[-1]:
        return None
    return float(np.interp(at, x, y))


def at_horizon(
    smiles: Sequence[Smile],
    name: Literal["atm_iv", "risk_reversal", "butterfly"],
    now: int,
    *,
    horizon_ms: int = HORIZON_MS,
    variance: bool = False,
) -> float | None:
    """Return a figure of the smiles at a time ahead of ``now`` (UTC ms), ``None`` unless two expiries enclose it.

    Linear in time between them, with ``variance`` in the total variance.
    """
    known = [(s.expiry - now, getattr(s, name)) for s in smiles if getattr(s, name) is not None]
    time = np.array([left for left, _ in known], np.float64)
    value = np.array([figure for _, figure in known], np.float64)
    if not variance:
        return _between(time, value, horizon_ms)
    total = _between(time, value**2 * time, horizon_ms)
    return None if total is None else float(np.sqrt(total / horizon_ms))


def _coins(chain: OptionChain, lines: Lines) -> float | None:
    total = float((chain.open_interest[lines] * chain.unit[lines]).sum())
    return total if np.isfinite(total) else None


def _summed(parts: Iterable[float | None]) -> float | None:
    total = 0.0
    for part in parts:
        if part is None:
            return None
        total += part
    return total


def percent(value: float | None) -> float | None:
    """Return a fraction in percent, ``None`` as it is."""
    return None if value is None else value * PERCENT
