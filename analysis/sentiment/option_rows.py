"""Options per bar: the skew and its signal from what was recorded and from now, the surface and gamma, the index."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.robust import mid_rank, robust_z
from analysis.sentiment.columns import Columns, last_alone, placed_by
from analysis.sentiment.inputs import SentimentInputs
from analysis.sentiment.option_metrics import OPTION_METRICS
from analysis.sources.option_gamma import (
    GROSS,
    LARGEST_STRIKE,
    NET_SHARE,
    ZERO_LEVEL,
    gamma_figures,
    whole_options,
)
from analysis.sources.option_surface import OptionSurface
from analysis.sources.positioning import STATISTIC_AGE
from config.c_deriv import DerivSentimentConfig
from utils.binance_api.intervals import DAY, HOUR
from utils.recorder.smiles import Smile, at_horizon, percent

TERMS: Final[Mapping[str, int]] = {"risk_reversal_7d": 7, "risk_reversal_90d": 90}
"""Metrics of the skew at other horizons, days."""
GAMMA_FIGURES: Final[Mapping[str, str]] = {
    "gamma_gross": GROSS,
    "gamma_net_share": NET_SHARE,
    "gamma_strike": LARGEST_STRIKE,
    "zero_gamma": ZERO_LEVEL,
}
"""Metrics of gamma by the figure that they show."""
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
    smiles, now = surface.smiles, surface.as_of
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
    found: Mapping[str, float | None] = {} if surface.record is None else surface.record.figures
    if chain is not None:
        options = whole_options(chain, surface.as_of)
        found = {} if options is None else gamma_figures(options, chain.index_price)
    return {metric: found.get(name) for metric, name in GAMMA_FIGURES.items()}


def _index_rows(inputs: SentimentInputs, moments: Times, config: DerivSentimentConfig) -> dict[str, Floats]:
    dvol = inputs.dvol
    if dvol is None:
        return {}
    at = placed_by(dvol.known_at, moments, STATISTIC_AGE)
    return {
        "dvol": at(dvol.value),
        "dvol_rank": at(mid_rank(dvol.value, config.position_hours, config.rank_min)),
    }
