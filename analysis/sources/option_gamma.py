"""Gamma of the open options on a coin: in a few figures and by strike, of a chain and as it was recorded of one."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.gamma_exposure import OpenOptions, StrikeGamma, by_strike, open_options, zero_gamma
from utils.option_chain import OptionChain
from utils.recorder.smiles import RecordedChain
from utils.units import PERCENT

GROSS, NET_SHARE = "gamma_gross_usd", "gamma_net_share_pct"
LARGEST_STRIKE, ZERO_LEVEL = "gamma_strike_usd", "zero_gamma_usd"
"""Figures: dollars per 1 % move, the net as a share of it, and two prices."""
STRIKES, CALLS, PUTS = "gamma_strikes", "gamma_calls", "gamma_puts"
"""Columns by strike, dollars and dollars per 1 % move."""
LEAST_COVERED: Final = 0.95
"""Share of the options whose open interest, and of the open ones whose gamma must be known for a sum to be shown."""
LEAST_RECORDED: Final = 0.002
"""Share of the gross below which a strike is not recorded."""


def whole_options(chain: OptionChain, now: int) -> OpenOptions | None:
    """Return a chain's options at ``now`` (UTC ms), ``None`` unless the gamma of nearly all can be computed."""
    options = open_options(chain, now)
    told, covered = np.isfinite(options.coins).mean(), options.covered  # NaN where nothing is open
    return options if told >= LEAST_COVERED and covered >= LEAST_COVERED else None


def gamma_figures(options: OpenOptions, index_price: float) -> dict[str, float | None]:
    """Return the figures by name; the zero level is ``None`` where the net keeps its sign."""
    strikes, level = by_strike(options), zero_gamma(options)
    return {
        GROSS: strikes.gross,
        NET_SHARE: PERCENT * strikes.net_share,
        LARGEST_STRIKE: float(strikes.largest(1)[0]),
        ZERO_LEVEL: None if level is None else level * index_price,
    }


def gamma_to_record(
    chain: OptionChain, now: int
) -> tuple[Mapping[str, float | None], Sequence[Mapping[str, object]]]:
    """Return the figures and one JSON object of the strikes, whole dollars; nothing where too little is known."""
    options = whole_options(chain, now)
    if options is None:
        return {}, ()
    strikes = by_strike(options)
    large = strikes.calls + strikes.puts >= LEAST_RECORDED * strikes.gross
    columns = {STRIKES: strikes.strike, CALLS: strikes.calls.round(), PUTS: strikes.puts.round()}
    figures = gamma_figures(options, chain.index_price)
    return figures, ({name: column[large].tolist() for name, column in columns.items()},)


def recorded_strikes(record: RecordedChain) -> StrikeGamma | None:
    """Return the recorded gamma by strike, ``None`` where there is none."""
    found = next((row for row in record.beside if STRIKES in row), None)
    return None if found is None else StrikeGamma(*(_column(found[name]) for name in (STRIKES, CALLS, PUTS)))


def _column(recorded: object) -> Floats:
    return np.array(recorded, np.float64)
