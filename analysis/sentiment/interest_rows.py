"""Open interest per bar: its size and rank, its changes by stamp, and how they go with the price."""

from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.as_of import log_change
from analysis.features.positioning import divergence
from analysis.features.robust import CLIP, mid_rank, uncentred_scale
from analysis.features.windows import divide
from analysis.framework.signals import from_z
from analysis.sentiment.columns import Columns, last_alone, placed_by
from analysis.sentiment.inputs import SentimentInputs
from analysis.sentiment.ratio_rows import returns_to
from analysis.sources.positioning import STATISTIC_AGE
from config.c_deriv import DerivSentimentConfig
from utils.binance_api.intervals import HOUR
from utils.units import PERCENT

SCORED, CAP_SHARE = "oi_with_price", "oi_market_cap"
PRICE_CHANGE, INTEREST_CHANGE = "price_change", "interest_change"
CHANGE_HOURS: Final = (1, 4, 24)


def interest_rows(inputs: SentimentInputs, moments: Times, config: DerivSentimentConfig) -> Columns:
    """Return the columns of open interest at the moments."""
    history, count = inputs.positions.open_interest, len(moments)
    now = last_alone(inputs.positions.open_interest_now, count)
    if history is None:
        unknown = np.full(count, np.nan)
        return Columns({**dict.fromkeys(NAMES, unknown), "open_interest_now": now})
    at = placed_by(history.known_at, moments, STATISTIC_AGE)
    held, stamp = history.open_interest, history.stamp
    changes = {
        f"oi_change_{hours}h": PERCENT * at(log_change(stamp, held, hours * HOUR, STATISTIC_AGE))
        for hours in CHANGE_HOURS
    }
    moved = log_change(stamp, held, config.interest_hours * HOUR, STATISTIC_AGE)
    price = (
        np.full(len(stamp), np.nan)
        if inputs.half_hours is None
        else returns_to(inputs.half_hours, stamp, config.interest_hours)
    )
    interest_z, price_z = _z(moved, config), _z(price, config)
    with_price = np.sign(price) * interest_z
    values = {
        "open_interest": at(held),
        "open_interest_usd": at(history.value_usd),
        "open_interest_now": now,
        "open_interest_rank": at(mid_rank(held, config.position_hours, config.rank_min)),
        **changes,
        SCORED: at(with_price),
        PRICE_CHANGE: PERCENT * at(price),
        INTEREST_CHANGE: PERCENT * at(moved),
        "oi_divergence": at(divergence(interest_z, price_z)),
        CAP_SHARE: _cap_share(at(held), inputs),
    }
    return Columns(values, {SCORED: at(from_z(with_price))})


NAMES: Final = (
    *(
        PRICE_CHANGE,
        INTEREST_CHANGE,
        "open_interest",
        "open_interest_usd",
        "open_interest_rank",
        CAP_SHARE,
        SCORED,
        "oi_divergence",
    ),
    *(f"oi_change_{hours}h" for hours in CHANGE_HOURS),
)


def _cap_share(held: Floats, inputs: SentimentInputs) -> Floats:
    """Return open contracts over the coins in circulation, percent, known in the last row alone."""
    supply = inputs.positions.supply
    share = None if supply is None else PERCENT * float(held[-1]) * inputs.units / supply
    return last_alone(share, len(held))


def _z(changes: Floats, config: DerivSentimentConfig) -> Floats:
    """Return changes over their usual size, clipped; they have a natural zero."""
    scale = uncentred_scale(changes, config.position_hours, config.position_min_hours)
    return np.asarray(np.clip(divide(changes, scale), -CLIP, CLIP), dtype=np.float64)
