"""Module G's metrics of leveraged positions: liquidation prices, and replayed crashes."""

from collections.abc import Mapping
from typing import Final

from analysis.features.look_backs import SEED_BARS
from analysis.features.stress import EVENTS, CrashEvent
from analysis.framework.metric import MetricSpec
from analysis.risk.specs import (
    BETA,
    CLUSTER,
    LEVEL,
    LIQUIDATION,
    VOLATILITY,
    CrashSpec,
    LiquidationSpec,
    Side,
)

LEVERAGES: Final = (5, 10, 25, 50, 100)
"""Leverages whose liquidation price is shown."""
LOWEST_LEVERAGES: Final = (1, 2, 3)
"""Leverages tried on a crash beside them."""


def _liquidation(leverage: int, side: Side) -> LiquidationSpec:
    return LiquidationSpec(
        f"liq_{side}_{leverage}",
        f"Liq {leverage}x {side}",
        "price",
        f"Liquidation price of a {leverage}x {side} opened at the price shown.",
        needs=("brackets",),
        family=LIQUIDATION,
        expensive=True,
        is_level=True,
        on_card=(leverage, side) == (10, "long"),
        side=side,
        leverage=leverage,
    )


_SIDES: Final[tuple[Side, ...]] = ("long", "short")

LIQUIDATIONS = tuple(_liquidation(leverage, side) for leverage in LEVERAGES for side in _SIDES)
OFFERED: Final[Mapping[int, LiquidationSpec]] = {
    spec.leverage: spec for spec in LIQUIDATIONS if spec.side == "short"
}
"""A short has a liquidation price wherever its leverage is offered."""

LEVERAGE_METRICS = (
    MetricSpec(
        "liq_deviations",
        "Liq distance",
        "sd",
        "Distance to a leveraged long's liquidation, in forecast daily standard deviations.",
        decimals=1,
        group="leverage",
        signal=LEVEL,
        bars=SEED_BARS + 1,
        family=VOLATILITY,
        needs=("brackets",),
    ),
    MetricSpec(
        "liq_cluster",
        "Liq cluster",
        "price",
        "Price within reach at which the model liquidates most longs below or shorts above.",
        needs=("open_interest", "half_hours", "brackets"),
        family=CLUSTER,
        latest_only=True,
        is_level=True,
        on_card=True,
    ),
)


def _loss_through(event: CrashEvent) -> CrashSpec:
    return CrashSpec(
        f"stress_{event.id}",
        event.title,
        "%",
        f"Worst loss of a long held through {event.title}.",
        decimals=1,
        needs=(event.id,),
        latest_only=True,
        event=event,
        survivor=False,
    )


def _survivor_of(event: CrashEvent) -> CrashSpec:
    return CrashSpec(
        f"survives_{event.id}",
        f"x {event.title}",
        "x",
        f"Highest leverage at which a long survives {event.title}.",
        decimals=0,
        needs=(event.id, "brackets"),
        latest_only=True,
        event=event,
        survivor=True,
    )


CRASH_LOSSES = tuple(_loss_through(event) for event in EVENTS)
SURVIVORS = tuple(_survivor_of(event) for event in EVENTS)

CRASH_METRICS: tuple[MetricSpec, ...] = (
    *(spec for pair in zip(CRASH_LOSSES, SURVIVORS, strict=True) for spec in pair),
    MetricSpec(
        "beta",
        "Beta to BTC",
        "ratio",
        "Beta to bitcoin, used for crashes in which the coin did not trade yet.",
        family=BETA,
        latest_only=True,
    ),
)
