"""Module D's metrics of the book: imbalance, fragility, walls."""

from typing import Final

from analysis.flow.specs import (
    BAND,
    BANDS_BPS,
    FILL,
    FRAGILITY,
    HORIZONS_S,
    LEVEL,
    LEVELS_SHOWN,
    LIVE,
    NOTIONALS,
    REFILL,
    WALL,
    Amount,
    BandMetric,
    FillMetric,
    LevelMetric,
    Side,
    live_spec,
)
from analysis.framework.metric import Itself, Modelled
from analysis.sources.live_ticks import BOOK, QUOTES, TRADES


def _levels(levels: int) -> LevelMetric:
    return LevelMetric(
        f"imbalance_{levels}",
        f"{levels} levels",
        "",
        f"Bids less asks over both, by quantity on the best {levels} levels, -1 to 1.",
        group="book",
        signal=Itself(),
        weight=0.5,
        needs=(BOOK,),
        family=LEVEL,
        latest_only=True,
        levels=levels,
    )


def _band(bps: int) -> BandMetric:
    return BandMetric(
        f"imbalance_{bps}bps",
        f"Within {bps} bps",
        "",
        f"Bids less asks over both, by quantity within {bps} bps of the mid, -1 to 1.",
        group="book",
        signal=Itself(),
        weight=0.5 if bps <= 10 else 0.25,
        needs=(BOOK,),
        family=BAND,
        latest_only=True,
        bps=bps,
    )


def _fill(amount: Amount, side: Side) -> FillMetric:
    scored = amount == "100k"
    verb = {"buy": "buying", "sell": "selling"}[side]
    return FillMetric(
        f"slip_{side}_{amount}",
        f"{side.capitalize()} {amount}",
        "bps",
        f"Cost of {verb} {NOTIONALS[amount]:,.0f} USDT at once against the mid, half the spread included.",
        group=FRAGILITY if scored else None,
        signal=Modelled("level") if scored else None,
        weight=0.5,
        needs=(BOOK,),
        family=FILL,
        latest_only=True,
        on_card=scored,
        amount=amount,
        side=side,
    )


BOOK_METRICS: Final = (
    live_spec(
        "imbalance_touch",
        "Touch now",
        "",
        "Bids less asks over both, by quantity at the best prices, -1 to 1; a second or so ahead of the price.",
        needs=(BOOK,),
        family=LEVEL,
        group="book",
        signal=Itself(),
    ),
    live_spec(
        "imbalance_touch_mean",
        "Mean touch",
        "",
        "The imbalance at the best prices, time-weighted over the fast window, -1 to 1.",
        needs=(QUOTES,),
        family=LIVE,
        group="book",
        signal=Itself(),
        on_card=True,
    ),
    *(_levels(levels) for levels in LEVELS_SHOWN),
    *(_band(bps) for bps in BANDS_BPS),
    live_spec(
        "imbalance_weighted",
        "Weighted book",
        "",
        "Bids less asks over both, an order weighing less the farther it is from the mid, -1 to 1.",
        needs=(BOOK,),
        family=LEVEL,
        group="book",
        signal=Itself(),
        on_card=True,
    ),
    live_spec(
        "reach",
        "Book reach",
        "bps",
        "How far from the mid both sides of the kept book are known.",
        needs=(BOOK,),
        family=LEVEL,
        decimals=1,
    ),
)
FRAGILITY_METRICS: Final = (
    live_spec(
        "spread",
        "Spread",
        "bps",
        "Best ask less best bid, over their mean.",
        needs=(BOOK,),
        family=LEVEL,
        decimals=3,
        group=FRAGILITY,
        signal=Modelled("level"),
        on_card=True,
    ),
    live_spec(
        "spread_mean",
        "Mean spread",
        "bps",
        "The quoted spread, time-weighted over the fast window.",
        needs=(QUOTES,),
        family=LIVE,
        decimals=3,
    ),
    live_spec(
        "effective",
        "Effective",
        "bps",
        "Effective spread: what takers paid against the mid just before, both ways, weighted by notional.",
        needs=(QUOTES, TRADES),
        family=LIVE,
        decimals=3,
    ),
    *(
        live_spec(
            f"realised_{seconds}s",
            f"Realised {seconds} s",
            "bps",
            f"Realised spread: what the resting side kept {seconds} s later, of trades older than that.",
            needs=(QUOTES, TRADES),
            family=LIVE,
            decimals=3,
        )
        for seconds in HORIZONS_S
    ),
    *(_fill(amount, side) for amount in NOTIONALS for side in ("buy", "sell")),
    *(
        live_spec(
            f"elasticity_{side}",
            f"{side.capitalize()} elastic.",
            "",
            f"Slope of log cumulative depth against log distance from the mid, {side}s; 1 is an even book, "
            "below 1 a thinning one.",
            needs=(BOOK,),
            family=LEVEL,
            group=FRAGILITY,
            signal=Modelled("level"),
            weight=0.5,
        )
        for side in ("bid", "ask")
    ),
    *(
        live_spec(
            f"refill_{side}",
            f"{side.capitalize()} refill",
            "s",
            f"Half-life of the depth of the {side}s after it was swept to below half, median of the slow window.",
            needs=(BOOK,),
            family=REFILL,
            group=FRAGILITY,
            signal=Modelled("level"),
            weight=0.5,
        )
        for side in ("bid", "ask")
    ),
)
WALL_METRICS: Final = (
    *(
        spec
        for side in ("bid", "ask")
        for spec in (
            live_spec(
                f"wall_{side}",
                f"{side.capitalize()} wall",
                "price",
                f"Price of the largest wall among the {side}s.",
                needs=(BOOK,),
                family=WALL,
                is_level=True,
            ),
            live_spec(
                f"wall_{side}_usd",
                f"{side.capitalize()} wall size",
                "USDT",
                f"What rests at that {side} wall.",
                needs=(BOOK,),
                family=WALL,
                decimals=0,
            ),
            live_spec(
                f"wall_{side}_age",
                f"{side.capitalize()} wall age",
                "s",
                f"How long that {side} wall has been seen.",
                needs=(BOOK,),
                family=WALL,
                decimals=0,
            ),
        )
    ),
    live_spec(
        "walls_vanished",
        "Vanished walls",
        "count",
        "Walls that vanished soon without the price having come to them: perhaps placed to be seen.",
        needs=(BOOK,),
        family=WALL,
        decimals=0,
    ),
)
