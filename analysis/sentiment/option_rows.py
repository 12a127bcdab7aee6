"""Options per bar: the skew and its signal from what was recorded and from now, gamma exposure of now, the index."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.gamma_exposure import OpenOptions, by_strike, open_options, zero_gamma
from analysis.features.robust import mid_rank, robust_z
from analysis.sentiment.columns import Columns, last_alone, placed_by
from analysis.sentiment.inputs import SentimentInputs
from analysis.sentiment.option_metrics import OPTION_METRICS
from analysis.sources.option_surface import OptionSurface
from analysis.sources.positioning import STATISTIC_AGE
from config.c_deriv import DerivSentimentConfig
from utils.binance_api.intervals import DAY, HOUR
from utils.option_chain import OptionChain
from utils.recorder.smiles import Smile, at_horizon, percent, smile
from utils.units import PERCENT

TERMS: Final[Mapping[str, int]] = {"risk_reversal_7d": 7, "risk_reversal_90d": 90}
"""Metrics of the skew at other horizons, days."""
LEAST_COVERED: Final = 0.95
"""Share of the options whose open interest, and of the open ones whose gamma must be known for a sum to be shown."""
SHORTEST: Final = 2 * DAY
"""Expiries nearer than this stand outside the term structure: their skew is another quantity."""


def option_rows(inputs: SentimentInputs, moments: Times, config: DerivSentimentConfig) -> Columns:
    """Return the columns of options at the moments."""
    unknown, surface = last_alone(None, len(moments)), inputs.options
    values = {spec.id: unknown for spec in OPTION_METRICS} | _index_rows(inputs, moments, config)
    if surface is None:
        return Columns(values)
    now = _skew_now(surface)
    reversal, centred = _reversal_rows(surface, now.get("risk_reversal"), moments, config)
    latest = now | _gamma_now(surface)
    values |= {name: last_alone(value, len(moments)) for name, value in latest.items()}
    values |= {"risk_reversal": reversal, "risk_reversal_z": centred}
    return Columns(values, {"risk_reversal_z": np.tanh(centred / 2)})


def by_hour(known_at: Times, values: Floats) -> tuple[Times, Floats]:
    """Return the last value of each hour (UTC) and the moment it was known."""
    last = np.append(np.diff(known_at // HOUR) > 0, True)[: len(known_at)]
    return known_at[last], values[last]


def smiles_of(chain: OptionChain) -> list[Smile]:
    """Return the smile of each expiry, the nearest first."""
    return [smile(chain, chain.expiry == expiry) for expiry in chain.expiries]


def whole_options(chain: OptionChain, now: int) -> OpenOptions | None:
    """Return a chain's options at ``now`` (UTC ms), ``None`` unless the gamma of nearly all can be computed."""
    options = open_options(chain, now)
    told, covered = np.isfinite(options.coins).mean(), options.covered  # NaN where nothing is open
    return options if told >= LEAST_COVERED and covered >= LEAST_COVERED else None


def _reversal_rows(
    surface: OptionSurface, now: float | None, moments: Times, config: DerivSentimentConfig
) -> tuple[Floats, Floats]:
    """Return the skew and its robust z, centred on the recorded past of the same source."""
    known_at, past = by_hour(surface.known_at, surface.reversal)
    at, least = placed_by(known_at, moments, STATISTIC_AGE), config.skew_min_hours
    values, centred = at(past), at(robust_z(past, config.position_hours, least))
    if surface.chain is not None:
        with_now = np.append(past, np.nan if now is None else now)
        values[-1] = with_now[-1]
        centred[-1] = robust_z(with_now, config.position_hours, least)[-1]
    return values, centred


def _skew_now(surface: OptionSurface) -> dict[str, float | None]:
    if surface.chain is None:
        return {}
    smiles, now = smiles_of(surface.chain), surface.as_of
    return {
        "risk_reversal": percent(at_horizon(smiles, "risk_reversal", now)),
        "butterfly": percent(at_horizon(smiles, "butterfly", now)),
        "atm_iv": percent(at_horizon(smiles, "atm_iv", now, variance=True)),
        **{
            name: percent(at_horizon(_longer(smiles, now), "risk_reversal", now, horizon_ms=days * DAY))
            for name, days in TERMS.items()
        },
    }


def _longer(smiles: list[Smile], now: int) -> list[Smile]:
    return [one for one in smiles if one.expiry - now >= SHORTEST]


def _gamma_now(surface: OptionSurface) -> dict[str, float | None]:
    chain = surface.chain
    options = None if chain is None else whole_options(chain, surface.as_of)
    if chain is None or options is None:
        return {}
    strikes, level = by_strike(options), zero_gamma(options)
    return {
        "gamma_gross": strikes.gross,
        "gamma_net_share": PERCENT * strikes.net_share,
        "gamma_strike": float(strikes.largest(1)[0]),
        "zero_gamma": None if level is None else level * chain.index_price,
    }


def _index_rows(inputs: SentimentInputs, moments: Times, config: DerivSentimentConfig) -> dict[str, Floats]:
    dvol = inputs.dvol
    if dvol is None:
        return {}
    at = placed_by(dvol.known_at, moments, STATISTIC_AGE)
    return {
        "dvol": at(dvol.value),
        "dvol_rank": at(mid_rank(dvol.value, config.position_hours, config.rank_min)),
    }
