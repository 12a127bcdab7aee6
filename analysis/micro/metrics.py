"""Module H's metrics, groups and scalars, each declared once.

The default weights of the groups are the rank correlations with the next second's move on recorded streams: touch
imbalance 0.41, order flow 0.26, last move 0.19, count of trades 0.13 (and their notional 0.11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.framework.metric import GroupSpec, MetricSpec, Modelled, Native, ScalarSpec
from analysis.framework.sections import section
from analysis.sources.live_ticks import QUOTES, TRADES
from config.c_micro import MicroAlphaConfig

STATE, ORDER_FLOW, MOVE, TAKERS = "state", "order_flow", "move", "takers"
GROUPS = (
    GroupSpec(STATE, 0.41, "quantities at the best prices"),
    GroupSpec(ORDER_FLOW, 0.26, "order flow between best quotes"),
    GroupSpec(MOVE, 0.19, "the last move"),
    GroupSpec(TAKERS, 0.13, "the side of market orders"),
)
TICKS, NO_TRADES, LIFE, FAIR = "ticks", "no_trades", "life", "fair"
"""Families of metrics by why a value may be missing although its seconds are known."""
TOUCH, DELAYS = "touch", "delays"
"""Sources beside trades and quotes (``MetricSpec.needs``): best prices by stream or REST, and measured delays."""
IMPACT_SECONDS = 320
"""Seconds below which no price impact is given."""
HORIZON_S = 10.0
HALF_LIFE_S = 2.0
"""Of the score: how far ahead it looks, and when half of it is gone (see the page of the module)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickSpec(MetricSpec):
    """A metric of ticks, known for the moment asked alone.

    ``seconds`` is how long the ticks that it needs must have been known: a number, or the configuration key of it.
    """

    seconds: int | str = 0
    latest_only: bool = True
    family: str = TICKS

    def seconds_needed(self, config: Any) -> int:
        """Return the seconds in force."""
        return int(getattr(config, self.seconds)) if isinstance(self.seconds, str) else self.seconds


METRICS: tuple[TickSpec, ...] = (
    TickSpec(
        "touch_imbalance",
        "Touch imbal.",
        "-1/+1",
        "Bid less ask quantity over both at the best prices, now.",
        decimals=2,
        group=STATE,
        signal=Native(),
        weight=1.0,
        needs=(TOUCH,),
        on_card=True,
    ),
    TickSpec(
        "microprice_dev",
        "Micro dev.",
        "spread",
        "Microprice (Stoikov) less the mid, in spreads.",
        decimals=3,
        group=STATE,
        signal=Modelled("direction"),
        weight=0.5,
        needs=(QUOTES,),
        family=FAIR,
        seconds="scale_min_s",
        on_card=True,
    ),
    TickSpec(
        "ofi",
        "OFI",
        "x touch",
        "Order flow between best quotes over the mean quantity at the touch.",
        group=ORDER_FLOW,
        signal=Modelled("direction"),
        needs=(QUOTES,),
        seconds="scale_min_s",
        on_card=True,
    ),
    TickSpec(
        "last_move",
        "Last move",
        "bps",
        "Change of the mid over the last seconds.",
        group=MOVE,
        signal=Modelled("direction"),
        needs=(QUOTES,),
        seconds="scale_min_s",
        on_card=True,
    ),
    TickSpec(
        "direction_ratio",
        "Direction",
        "-1/+1",
        "Buying less selling market orders over all; fills of one side and millisecond are one order.",
        group=TAKERS,
        signal=Native(),
        weight=0.13,
        needs=(TRADES,),
        family=NO_TRADES,
        on_card=True,
    ),
    TickSpec(
        "cvd_share",
        "CVD share",
        "-1/+1",
        "Taker buying less selling volume over all volume.",
        group=TAKERS,
        signal=Native(),
        weight=0.11,
        needs=(TRADES,),
        family=NO_TRADES,
        on_card=True,
    ),
    TickSpec(
        "latency_flow",
        "Fading flow",
        "-1/+1",
        "Signed over total notional, newer trades weighing more; late messages are left out.",
        group=TAKERS,
        signal=Native(),
        weight=0.11,
        needs=(TRADES,),
        family=NO_TRADES,
    ),
    TickSpec(
        "trade_rate",
        "Trades",
        "/s",
        "Aggregate trades per second.",
        decimals=1,
        needs=(TRADES,),
    ),
    TickSpec(
        "volume_rate",
        "Turnover",
        "USDT/s",
        "Notional traded per second.",
        decimals=0,
        needs=(TRADES,),
    ),
    TickSpec(
        "burst_z",
        "Burst z",
        "sd",
        "Log turnover of the last seconds against the past quarter of an hour.",
        decimals=1,
        needs=(TRADES,),
        seconds="z_min_s",
    ),
    TickSpec(
        "spread",
        "Spread",
        "bps",
        "Quoted spread, time-weighted.",
        decimals=3,
        needs=(QUOTES,),
        on_card=True,
    ),
    TickSpec(
        "effective_spread",
        "Eff. spread",
        "bps",
        "What market orders paid against the mid just before them, both ways.",
        decimals=2,
        needs=(QUOTES, TRADES),
        family=NO_TRADES,
    ),
    TickSpec(
        "imbalance_mean",
        "Mean imbal.",
        "-1/+1",
        "Touch imbalance, time-weighted.",
        needs=(QUOTES,),
    ),
    TickSpec(
        "microprice",
        "Microprice",
        "price",
        "Expected mid after the next moves, from states of imbalance and spread (Stoikov 2018).",
        is_level=True,
        needs=(QUOTES,),
        family=FAIR,
    ),
    TickSpec(
        "weighted_mid",
        "Weighted mid",
        "price",
        "Best prices weighted by the quantity of the opposite side.",
        is_level=True,
        needs=(TOUCH,),
    ),
    TickSpec(
        "stability",
        "Still seconds",
        "%",
        "Share of seconds in which neither best price changed.",
        decimals=0,
        needs=(QUOTES,),
        seconds=5,
    ),
    TickSpec(
        "flicker",
        "Flicker",
        "/s",
        "Changes of a best price per second.",
        decimals=1,
        needs=(QUOTES,),
    ),
    TickSpec(
        "life_count",
        "Life by count",
        "ms",
        "Half of all best prices lived shorter (Kaplan-Meier).",
        decimals=0,
        needs=(QUOTES,),
        family=LIFE,
    ),
    TickSpec(
        "life_time",
        "Life by time",
        "ms",
        "Half of all time passed in best prices that lived shorter.",
        decimals=0,
        needs=(QUOTES,),
        family=LIFE,
    ),
    TickSpec(
        "kyle_lambda",
        "Kyle lambda",
        "bps/1M",
        "Mid change per signed million USDT of the same seconds.",
        decimals=1,
        needs=(QUOTES, TRADES),
        seconds=IMPACT_SECONDS,
    ),
    TickSpec(
        "kyle_t",
        "lambda t",
        "",
        "Newey-West t-value of Kyle's lambda.",
        decimals=1,
        needs=(QUOTES, TRADES),
        seconds=IMPACT_SECONDS,
    ),
    TickSpec(
        "kyle_r2",
        "lambda R2",
        "ratio",
        "Share of the same seconds' move that Kyle's lambda explains.",
        needs=(QUOTES, TRADES),
        seconds=IMPACT_SECONDS,
    ),
    TickSpec(
        "kyle_root",
        "Root lambda",
        "bps/1K",
        "Mid change per signed thousand root USDT of the same seconds.",
        decimals=1,
        needs=(QUOTES, TRADES),
        seconds=IMPACT_SECONDS,
    ),
    TickSpec(
        "kyle_root_t",
        "Root t",
        "",
        "Newey-West t-value of the root lambda.",
        decimals=1,
        needs=(QUOTES, TRADES),
        seconds=IMPACT_SECONDS,
    ),
    TickSpec(
        "kyle_change",
        "lambda change",
        "p",
        "How often shuffled seconds make the last quarter's root lambda stray as far: small means changed.",
        needs=(QUOTES, TRADES),
        seconds=IMPACT_SECONDS,
    ),
    TickSpec(
        "ofi_r2",
        "OFI R2",
        "ratio",
        "Share of the same second's move that order flow explains.",
        needs=(QUOTES,),
        seconds=30,
    ),
    TickSpec(
        "ofi_r2_next",
        "OFI R2 next",
        "ratio",
        "Share of the next second's move that order flow explains.",
        decimals=3,
        needs=(QUOTES,),
        seconds=31,
    ),
    TickSpec(
        "flow_z",
        "Flow z",
        "sd",
        "Signed log of the last second's flow against the past hour.",
        decimals=1,
        needs=(QUOTES, TRADES),
        seconds="z_min_s",
    ),
    TickSpec(
        "return_z",
        "Return z",
        "sd",
        "The last second's return against the past hour.",
        decimals=1,
        needs=(QUOTES,),
        seconds="z_min_s",
    ),
    TickSpec(
        "delay_median",
        "Delay",
        "ms",
        "Median time from the exchange's stamp to receipt, clocks corrected.",
        decimals=0,
        needs=(DELAYS,),
    ),
    TickSpec(
        "delay_p95",
        "Delay p95",
        "ms",
        "95 of 100 messages arrive within this time.",
        decimals=0,
        needs=(DELAYS,),
    ),
    TickSpec(
        "late_share",
        "Late share",
        "%",
        "Share of trades received too late for the fading flow.",
        decimals=1,
        needs=(DELAYS,),
    ),
    TickSpec(
        "live_seconds",
        "Live for",
        "s",
        "How long the quotes have been received without a break.",
        decimals=0,
        needs=(QUOTES,),
    ),
)
SCALARS = (
    ScalarSpec(
        "micro.alpha",
        "directional",
        "higher leans up over the next seconds",
        horizon_bars=0.0,
        half_life_bars=0.0,
        horizon_s=HORIZON_S,
        half_life_s=HALF_LIFE_S,
        parents=("quotes", "trades"),
        tier="live",
    ),
)

MicroSection = section(MicroAlphaConfig, "MicroSection", METRICS, GROUPS, module=__name__)
FACTORS: Mapping[str, TickSpec] = {spec.id: spec for spec in METRICS if spec.group is not None}
"""The metrics that are scored, each of which has a record against the next moves."""
