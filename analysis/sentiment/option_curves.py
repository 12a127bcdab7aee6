"""What the answer says of options beside its metrics: their source, gamma by strike, and the skew by expiry."""

import numpy as np

from analysis.arrays import Floats
from analysis.features.gamma_exposure import StrikeGamma, by_strike
from analysis.framework.reasons import Message
from analysis.sentiment.inputs import SentimentInputs
from analysis.sentiment.option_rows import SHORTEST
from analysis.sources.option_gamma import CALLS, PUTS, recorded_strikes, whole_options
from analysis.sources.option_surface import OptionSurface
from utils.binance_api.intervals import DAY
from utils.recorder.smiles import Smile, percent


def option_curves(inputs: SentimentInputs) -> dict[str, Floats]:
    """Return the curves of the options at the moment asked; none where nothing was recorded of a past one.

    ``gamma_strike`` (dollars) with ``gamma_calls`` and ``gamma_puts`` (dollars per 1 %, both positive), for a past
    moment the large strikes alone; ``skew_days`` to each expiry from two days on with ``skew_reversal`` (vol points)
    and ``skew_iv`` (percent), NaN where unknown.
    """
    surface = inputs.options
    if surface is None or (surface.chain is None and surface.record is None):
        return {}
    strikes = _strikes(surface)
    gamma = (
        {} if strikes is None else {"gamma_strike": strikes.strike, CALLS: strikes.calls, PUTS: strikes.puts}
    )
    return gamma | _terms(surface)


def _strikes(surface: OptionSurface) -> StrikeGamma | None:
    if surface.chain is None:
        return None if surface.record is None else recorded_strikes(surface.record)
    options = whole_options(surface.chain, surface.as_of)
    return None if options is None else by_strike(options)


def option_notes(inputs: SentimentInputs, skew: float) -> tuple[Message, ...]:
    """Return which source the figures of options are from, with the skew of now (vol points) where it is known."""
    if inputs.options is None:
        return ()
    source = inputs.options.source
    if np.isfinite(skew):
        return (Message("skew_from", {"skew": round(skew, 1), "source": source}),)
    return (Message("options_from", {"source": source}),)


def _terms(surface: OptionSurface) -> dict[str, Floats]:
    smiles = [one for one in surface.smiles if one.expiry - surface.as_of >= SHORTEST]
    return {
        "skew_days": np.array([(one.expiry - surface.as_of) / DAY for one in smiles]),
        "skew_reversal": _column(smiles, "risk_reversal"),
        "skew_iv": _column(smiles, "atm_iv"),
    }


def _column(smiles: list[Smile], name: str) -> Floats:
    values = (percent(getattr(one, name)) for one in smiles)
    return np.array([np.nan if value is None else value for value in values], np.float64)
