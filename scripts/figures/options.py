"""Figures of options on recorded Deribit chains: gamma exposure and skew, beside what was measured before."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.black76 import YEAR_MS, implied_volatility
from analysis.features.gamma_exposure import OpenOptions, by_strike, open_options, zero_gamma
from tests.support import recorded_options
from utils.option_chain import OptionChain
from utils.options_api import deribit_wire
from utils.options_api.delta import black_delta
from utils.options_api.deribit_chain import chain_of
from utils.recorder.smiles import figures, smile

NEAR: Final = 0.1


def rows(data: Path) -> list[str]:
    """Return the lines: the BTC chain hour by hour on 23 January 2026, and the ETH summary of 8 January 2024."""
    lines = [
        "options: stated net gamma 1-5 % of gross, its sign turned by the band, zero gamma at the price;"
    ]
    lines.append(
        "  stated risk reversal of 25 delta -2...-6 vol points in January 2026, positive in May 2024"
    )
    for now, frame in recorded_options.btc_chains(data).items():
        chain = recorded_options.btc_chain(frame, now)
        lines.append(f"  BTC {_hour(now)}: {_gamma(chain, now)}; {_skew(chain, now)}")
    lines.append(f"  BTC: {rounded_away(data):.0%} of the open options have a published gamma of 0")
    chain, now = eth_chain(data)
    lines.append(f"  ETH {_hour(now)}: {_gamma(chain, now)}; {_skew(chain, now)}")
    return lines


def part_of(options: OpenOptions, kept: NDArray[np.bool_]) -> OpenOptions:
    """Return those of the options that are kept."""
    return OpenOptions(**{field.name: getattr(options, field.name)[kept] for field in fields(options)})


def rounded_away(data: Path) -> float:
    """Return the share of open BTC options whose published gamma is 0."""
    zero = [
        (frame["gamma"] == 0)[frame["open_interest"] > 0].to_numpy()
        for frame in recorded_options.btc_chains(data).values()
    ]
    return float(np.concatenate(zero).mean())


def eth_chain(data: Path) -> tuple[OptionChain, int]:
    """Return the ETH summary as a chain, its volatilities those that the mark prices imply, and its moment."""
    read = deribit_wire.summaries.decode(recorded_options.eth_body(data)).result
    now = max(row.creation_timestamp for row in read)
    chain = chain_of("ETH", read, now)
    if chain is None:
        raise ValueError("the recorded summary has no options on ETH")
    terms = {
        "forward": chain.underlying_price,
        "strike": chain.strike,
        "years": (chain.expiry - now) / YEAR_MS,
    }
    found = implied_volatility(price=chain.mark_price, is_call=chain.is_call, **terms)
    volatility = _by_partner(chain, found)
    delta = black_delta(volatility=volatility, is_call=chain.is_call, **terms)
    return replace(chain, mark_iv=volatility, delta=delta), now


def _by_partner(chain: OptionChain, volatility: Floats) -> Floats:
    """Return for each option the volatility of the one out of the money at its strike.

    By parity it is the same, and in the money the digits of a mark price are too few for one.
    """
    result = np.full(len(chain), np.nan)
    outside = (chain.strike >= chain.underlying_price) == chain.is_call
    pairs = recorded_options.pairs(expiry=chain.expiry, strike=chain.strike, is_call=chain.is_call)
    for ours, theirs in ((pairs.call, pairs.put), (pairs.put, pairs.call)):
        result[ours] = np.where(outside[ours], volatility[ours], volatility[theirs])
    return result


def _gamma(chain: OptionChain, now: int) -> str:
    options = open_options(chain, now)
    every, level = by_strike(options), zero_gamma(options)
    near = by_strike(part_of(options, np.abs(chain.strike / chain.index_price - 1) < NEAR))
    crossing = "none" if level is None else f"{100 * (level - 1):+.2f} % from the price"
    return (
        f"gross ${every.gross / 1e6:.0f}M per 1 %, net {100 * every.net_share:+.1f} % of it, within 10 % "
        f"{100 * near.net_share:+.1f} %, zero gamma {crossing}, largest {every.largest(3).astype(int).tolist()}"
    )


def _skew(chain: OptionChain, now: int) -> str:
    found = figures(chain, [smile(chain, chain.expiry == expiry) for expiry in chain.expiries], now)
    names = {"RR": "risk_reversal_25d_30d_pts", "BF": "butterfly_25d_30d_pts", "IV": "atm_iv_30d_pct"}
    said = (f"{word} {found[name]:+.1f}" for word, name in names.items() if found[name] is not None)
    return "30 days " + ", ".join(said)


def _hour(now: int) -> str:
    return str(np.datetime64(now, "ms"))[:16]
