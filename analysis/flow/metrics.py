"""Module D's metrics, groups and scalars, each declared once."""

from dataclasses import dataclass
from typing import Final, Literal

from analysis.framework.metric import (
    FromZ,
    GroupSpec,
    Itself,
    MetricSpec,
    Modelled,
    Native,
    ScalarSpec,
    SignalMap,
)
from analysis.framework.sections import section
from analysis.sources.live_ticks import BOOK, QUOTES, TRADES
from config.c_order import OrderFlowConfig

FRAGILITY: Final = "fragility"
PRESSURE_SCALAR, FRAGILITY_SCALAR = "flow.pressure", "flow.fragility"
GROUPS: Final = (
    GroupSpec("book", 1.0, "imbalance of what rests in the book"),
    GroupSpec("taker", 1.0, "what takers buy and sell"),
    GroupSpec("cvd", 0.5, "cumulative volume delta"),
    GroupSpec("ofi", 1.0, "order flow imbalance between best quotes"),
)
BAND, LEVEL, QUIET, LIVE, SCALE, REFILL, WALL, FILL, DIVERGENCE, CVD = (
    "band",
    "level",
    "quiet",
    "live",
    "scale",
    "refill",
    "wall",
    "fill",
    "divergence",
    "cvd",
)
LEVELS_SHOWN: Final = (5, 20)
BANDS_BPS: Final = (5, 10, 25, 50)
HORIZONS_S: Final = (5, 30)
DIVERGENCE_BARS: Final = 15
Side = Literal["buy", "sell"]
Amount = Literal["10k", "100k", "1m"]
NOTIONALS: Final[dict[Amount, float]] = {"10k": 1e4, "100k": 1e5, "1m": 1e6}


@dataclass(frozen=True, slots=True)
class BandMetric(MetricSpec):
    """Imbalance within so many bps of the mid."""

    bps: float = 0.0


@dataclass(frozen=True, slots=True)
class LevelMetric(MetricSpec):
    """Imbalance of so many levels."""

    levels: int = 0


@dataclass(frozen=True, slots=True)
class FillMetric(MetricSpec):
    """Cost of filling so many USDT on a side."""

    amount: Amount = "10k"
    side: Side = "buy"


def _bars(config: OrderFlowConfig, _: str) -> int:
    return config.bar_scale // 4 + DIVERGENCE_BARS


def _live(
    id: str,
    title: str,
    unit: str,
    help: str,
    *,
    needs: tuple[str, ...],
    family: str,
    decimals: int = 2,
    group: str | None = None,
    signal: SignalMap | None = None,
    weight: float = 1.0,
    on_card: bool = False,
    is_level: bool = False,
) -> MetricSpec:
    return MetricSpec(
        id,
        title,
        unit,
        help,
        decimals=decimals,
        group=group,
        signal=signal,
        weight=weight,
        needs=needs,
        family=family,
        latest_only=True,
        on_card=on_card,
        is_level=is_level,
    )


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
    _live(
        "imbalance_touch",
        "Touch now",
        "",
        "Bids less asks over both, by quantity at the best prices, -1 to 1; a second or so ahead of the price.",
        needs=(BOOK,),
        family=LEVEL,
        group="book",
        signal=Itself(),
    ),
    _live(
        "imbalance_touch_mean",
        "Touch, mean",
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
    _live(
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
    _live(
        "reach",
        "Book reach",
        "bps",
        "How far from the mid both sides of the kept book are known.",
        needs=(BOOK,),
        family=LEVEL,
        decimals=1,
    ),
)
TAKER_METRICS: Final = (
    _live(
        "pressure_root",
        "Root pressure",
        "",
        "Buying less selling over both, by the square root of each trade's notional, -1 to 1: the safe single choice.",
        needs=(TRADES,),
        family=QUIET,
        group="taker",
        signal=Itself(),
        on_card=True,
    ),
    _live(
        "pressure_orders",
        "Order balance",
        "",
        "Buying less selling taker orders over both, -1 to 1; trades of one side and millisecond are one order.",
        needs=(TRADES,),
        family=QUIET,
        group="taker",
        signal=Itself(),
        weight=0.5,
    ),
    _live(
        "pressure_notional",
        "Value balance",
        "",
        "Buying less selling over both, by notional, -1 to 1; it explains least of the same second.",
        needs=(TRADES,),
        family=QUIET,
    ),
    _live(
        "aggression",
        "Aggression",
        "",
        "Taker notional over itself plus the mean notional at the touch it hit, of buying less of selling, -1 to 1.",
        needs=(TRADES, QUOTES),
        family=LIVE,
        group="taker",
        signal=Itself(),
        weight=0.5,
    ),
    *(
        _live(
            f"dominance_{minutes}m",
            f"Buyers {minutes} min",
            "%",
            f"Taker buying over all taker notional, over the last {minutes} min.",
            needs=(TRADES,),
            family=QUIET,
            decimals=1,
            group="taker",
            signal=Native(centre=50.0, half_range=50.0),
            weight=0.5 if minutes == 1 else 0.25,
            on_card=minutes == 5,
        )
        for minutes in (1, 5, 15)
    ),
    MetricSpec(
        "dominance_z",
        "Dominance z",
        "sd",
        "Taker buying over volume in the last closed minute, in robust deviations of the minutes before it.",
        group="taker",
        signal=FromZ(),
        weight=0.25,
        bars=_bars,
    ),
    *(
        _live(
            f"{side}_{what}_s",
            f"{title} {word}/s",
            unit,
            f"Taker {verb} per second over the fast window: {meaning}.",
            needs=(TRADES,),
            family=QUIET,
            decimals=decimals,
        )
        for side, title, verb in (("buy", "Buy", "buying"), ("sell", "Sell", "selling"))
        for what, word, unit, meaning, decimals in (
            ("orders", "orders", "", "orders", 2),
            ("root", "root", "", "square roots of notional", 1),
            ("notional", "USDT", "USDT", "notional", 0),
        )
    ),
)
CVD_METRICS: Final = (
    _live(
        "cvd",
        "CVD",
        "base",
        "Cumulative volume delta: taker buying less selling since the start of the slow window.",
        needs=(TRADES,),
        family=QUIET,
    ),
    _live(
        "cvd_share",
        "CVD share",
        "",
        "The volume delta over all volume of the slow window, -1 to 1.",
        needs=(TRADES,),
        family=QUIET,
        group="cvd",
        signal=Itself(),
        weight=0.5,
        on_card=True,
    ),
    _live(
        "cvd_slope",
        "CVD slope",
        "base/min",
        "Taker buying less selling per minute over the middle window.",
        needs=(TRADES,),
        family=CVD,
    ),
    _live(
        "cvd_slope_t",
        "CVD slope t",
        "t",
        "That slope in its standard errors (Newey and West).",
        needs=(TRADES,),
        family=CVD,
        group="cvd",
        signal=FromZ(),
    ),
    MetricSpec(
        "cvd_divergence",
        "CVD less price",
        "sd",
        "Volume delta of 15 closed minutes less their return, each in its usual size: above 0 buying the price "
        "does not show.",
        bars=_bars,
        family=DIVERGENCE,
    ),
)
OFI_METRICS: Final = (
    _live(
        "ofi",
        "OFI",
        "base",
        "Order flow imbalance: changes of quantity at the best bid less those at the best ask, over the fast window.",
        needs=(QUOTES,),
        family=LIVE,
    ),
    _live(
        "ofi_z",
        "OFI z",
        "sd",
        "The order flow imbalance beside its usual size in the seconds before the window.",
        needs=(QUOTES,),
        family=SCALE,
        group="ofi",
        signal=FromZ(),
        on_card=True,
    ),
    _live(
        "ofi_levels_z",
        "OFI 10 levels",
        "sd",
        "One fixed combination of the flow on ten levels, fitted on the seconds before the window, in its usual size.",
        needs=(BOOK,),
        family=SCALE,
        group="ofi",
        signal=FromZ(),
        weight=0.5,
    ),
    *(
        _live(
            f"{name}_r2{suffix}",
            f"{title} R²{mark}",
            "",
            f"Share of the mid's one-second moves explained by {meaning}, {when}.",
            needs=needs,
            family=SCALE,
            decimals=3,
        )
        for name, title, meaning, needs in (
            ("ofi", "OFI", "order flow imbalance", (QUOTES,)),
            ("ofi_levels", "OFI10", "the flow on ten levels, fitted on an earlier half", (QUOTES, BOOK)),
            ("root", "Flow", "signed square roots of notional", (QUOTES, TRADES)),
        )
        for suffix, mark, when in (
            ("", "", "same second: it describes"),
            ("_next", " next", "next second: what it foretells"),
        )
    ),
)
FRAGILITY_METRICS: Final = (
    _live(
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
    _live(
        "spread_mean",
        "Spread, mean",
        "bps",
        "The quoted spread, time-weighted over the fast window.",
        needs=(QUOTES,),
        family=LIVE,
        decimals=3,
    ),
    _live(
        "effective",
        "Effective",
        "bps",
        "Effective spread: what takers paid against the mid just before, both ways, weighted by notional.",
        needs=(QUOTES, TRADES),
        family=LIVE,
        decimals=3,
    ),
    *(
        _live(
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
        _live(
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
        _live(
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
            _live(
                f"wall_{side}",
                f"{side.capitalize()} wall",
                "price",
                f"Price of the largest wall among the {side}s.",
                needs=(BOOK,),
                family=WALL,
                is_level=True,
            ),
            _live(
                f"wall_{side}_usd",
                f"{side.capitalize()} wall size",
                "USDT",
                f"What rests at that {side} wall.",
                needs=(BOOK,),
                family=WALL,
                decimals=0,
            ),
            _live(
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
    _live(
        "walls_vanished",
        "Vanished walls",
        "count",
        "Walls that vanished soon without the price having come to them: perhaps placed to be seen.",
        needs=(BOOK,),
        family=WALL,
        decimals=0,
    ),
)
LIVE_METRICS: Final = (
    _live(
        "quotes_seconds",
        "Live quotes",
        "s",
        "Unbroken live quotes so far.",
        needs=(QUOTES,),
        family=LIVE,
        decimals=0,
    ),
    _live(
        "trades_seconds",
        "Known trades",
        "s",
        "Seconds of trades known, those read before the stream included.",
        needs=(TRADES,),
        family=QUIET,
        decimals=0,
    ),
    _live(
        "delay",
        "Delay",
        "ms",
        "Median time from the exchange's stamp to receipt, by the measured offset of the clocks.",
        needs=(QUOTES,),
        family=LIVE,
        decimals=0,
    ),
    _live(
        "delay_p95",
        "Delay p95",
        "ms",
        "95th percentile of that delay.",
        needs=(QUOTES,),
        family=LIVE,
        decimals=0,
    ),
)
METRICS: Final[tuple[MetricSpec, ...]] = (
    *BOOK_METRICS,
    *TAKER_METRICS,
    *CVD_METRICS,
    *OFI_METRICS,
    *FRAGILITY_METRICS,
    *WALL_METRICS,
    *LIVE_METRICS,
)
SCALARS: Final = (
    ScalarSpec(PRESSURE_SCALAR, "directional", "higher is buying pressure", 1, 2),
    ScalarSpec(FRAGILITY_SCALAR, "intensity", "higher is less liquidity in the way", 5, 15),
)

FlowSection = section(OrderFlowConfig, "FlowSection", METRICS, GROUPS, module=__name__)
