"""Module D's metrics of takers and quotes: taker flow, volume delta, order flow imbalance, and how live all is."""

from typing import Final

from analysis.flow.specs import CVD, DIVERGENCE, LIVE, QUIET, SCALE, bars_of_scale, live_spec
from analysis.framework.metric import FromZ, Itself, MetricSpec, Native
from analysis.sources.live_ticks import BOOK, QUOTES, TRADES

TAKER_METRICS: Final = (
    live_spec(
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
    live_spec(
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
    live_spec(
        "pressure_notional",
        "Value balance",
        "",
        "Buying less selling over both, by notional, -1 to 1; it explains least of the same second.",
        needs=(TRADES,),
        family=QUIET,
    ),
    live_spec(
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
        live_spec(
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
        bars=bars_of_scale,
    ),
    *(
        live_spec(
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
    live_spec(
        "cvd",
        "CVD",
        "base",
        "Cumulative volume delta: taker buying less selling since the start of the slow window.",
        needs=(TRADES,),
        family=QUIET,
    ),
    live_spec(
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
    live_spec(
        "cvd_slope",
        "CVD slope",
        "base/min",
        "Taker buying less selling per minute over the middle window.",
        needs=(TRADES,),
        family=CVD,
    ),
    live_spec(
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
        bars=bars_of_scale,
        family=DIVERGENCE,
    ),
)
OFI_METRICS: Final = (
    live_spec(
        "ofi",
        "OFI",
        "base",
        "Order flow imbalance: changes of quantity at the best bid less those at the best ask, over the fast window.",
        needs=(QUOTES,),
        family=LIVE,
    ),
    live_spec(
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
    live_spec(
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
        live_spec(
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
LIVE_METRICS: Final = (
    live_spec(
        "quotes_seconds",
        "Live quotes",
        "s",
        "Unbroken live quotes so far.",
        needs=(QUOTES,),
        family=LIVE,
        decimals=0,
    ),
    live_spec(
        "trades_seconds",
        "Known trades",
        "s",
        "Seconds of trades known, those read before the stream included.",
        needs=(TRADES,),
        family=QUIET,
        decimals=0,
    ),
    live_spec(
        "delay",
        "Delay",
        "ms",
        "Median time from the exchange's stamp to receipt, by the measured offset of the clocks.",
        needs=(QUOTES,),
        family=LIVE,
        decimals=0,
    ),
    live_spec(
        "delay_p95",
        "Delay p95",
        "ms",
        "95th percentile of that delay.",
        needs=(QUOTES,),
        family=LIVE,
        decimals=0,
    ),
    live_spec(
        "age",
        "Newest event",
        "ms",
        "Time from the receipt of the newest event to this reading.",
        needs=(QUOTES,),
        family=LIVE,
        decimals=0,
    ),
)
