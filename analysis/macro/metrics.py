"""Module F's metrics and groups, each declared once."""

from dataclasses import dataclass
from typing import Final

from analysis.framework.metric import GroupSpec, MetricSpec, Modelled, ScalarSpec
from analysis.framework.sections import section
from config.c_onchain import OnChainConfig
from utils.onchain_api.facts import BALANCES, ETF, FLOWS, PROFIT, SOPR, STABLECOINS, VALUATION, WHALES

FACT: Final = "fact"
TOPICS: Final = (STABLECOINS, FLOWS, BALANCES, ETF, WHALES, VALUATION, PROFIT, SOPR)

GROUPS: Final = (
    GroupSpec("flows", 0.60, "stablecoins, exchanges, ETFs, whales"),
    GroupSpec("valuation", 0.25, "MVRV-Z in its own past"),
    GroupSpec("realised", 0.15, "realised profit and SOPR"),
)


@dataclass(frozen=True, slots=True)
class FactSpec(MetricSpec):
    """A metric of daily facts: the topic it is read from, and +1 or -1 by what a high value says of the market."""

    topic: str = ""
    sign: int = 1


def _shown(
    metric_id: str, title: str, unit: str, text: str, topic: str, *, decimals: int = 2, on_card: bool = False
) -> FactSpec:
    return FactSpec(
        metric_id, title, unit, text, decimals, needs=(topic,), family=FACT, topic=topic, on_card=on_card
    )


def _scored(
    metric_id: str,
    title: str,
    unit: str,
    text: str,
    topic: str,
    *,
    group: str,
    sign: int = 1,
    weight: float = 1.0,
    decimals: int = 2,
    needs: tuple[str, ...] = (),
) -> FactSpec:
    return FactSpec(
        metric_id,
        title,
        unit,
        text,
        decimals,
        group=group,
        signal=Modelled(),
        weight=weight,
        needs=(topic, *needs),
        family=FACT,
        topic=topic,
        sign=sign,
        on_card=True,
    )


METRICS: Final[tuple[FactSpec, ...]] = (
    _scored(
        "stable_1d",
        "Stables 1 d",
        "%",
        "Change of the supply of dollar stablecoins in a day; it follows the price.",
        STABLECOINS,
        group="flows",
        weight=0.2,
    ),
    _scored(
        "stable_7d",
        "Stables 7 d",
        "%",
        "Change of the supply of dollar stablecoins in 7 days; it follows the price.",
        STABLECOINS,
        group="flows",
        weight=0.3,
    ),
    _scored(
        "stable_30d",
        "Stables 30 d",
        "%",
        "Change of the supply of dollar stablecoins in 30 days; it follows the price.",
        STABLECOINS,
        group="flows",
        weight=0.5,
    ),
    _shown("stable_supply", "Stables", "B$", "Dollar stablecoins in circulation.", STABLECOINS, decimals=1),
    _scored(
        "cex_net_7d",
        "Exch. net 7 d",
        "%",
        "Inflow to exchanges less outflow over 7 days, of the inflow; coins that arrive may be sold.",
        FLOWS,
        group="flows",
        sign=-1,
    ),
    _shown(
        "cex_inflow", "Exch. inflow", "coins", "Coins that arrived on exchanges in a day.", FLOWS, decimals=0
    ),
    _shown("cex_outflow", "Exch. outflow", "coins", "Coins that left exchanges in a day.", FLOWS, decimals=0),
    _shown(
        "cex_net",
        "Exch. net",
        "coins",
        "Coins that arrived less those that left in a day.",
        FLOWS,
        decimals=0,
    ),
    _shown("cex_inflow_usd", "Exch. inflow $", "M$", "Inflow to exchanges in a day.", FLOWS, decimals=0),
    _shown("cex_outflow_usd", "Exch. outfl. $", "M$", "Outflow from exchanges in a day.", FLOWS, decimals=0),
    _shown("cex_net_usd", "Exch. net $", "M$", "Inflow less outflow in a day.", FLOWS, decimals=0),
    _scored(
        "etf_residual",
        "ETF vs price",
        "M$",
        "Flow into US spot ETFs over 5 trading days beyond what the price's returns explain.",
        ETF,
        group="flows",
        decimals=0,
    ),
    _shown(
        "etf_flow",
        "ETF flow",
        "M$",
        "Net flow into US spot ETFs on the last day; it follows the price.",
        ETF,
        decimals=0,
        on_card=True,
    ),
    _shown(
        "etf_5d", "ETF flow 5 d", "M$", "Net flow into US spot ETFs over 5 trading days.", ETF, decimals=0
    ),
    _shown("etf_total", "ETF total", "B$", "Net flow into US spot ETFs since they began.", ETF, decimals=1),
    _shown(
        "etf_streak",
        "ETF streak",
        "days",
        "Trading days in a row with inflow, below zero with outflow.",
        ETF,
        decimals=0,
    ),
    _scored(
        "balance_30d",
        "Exch. 30 d",
        "%",
        "Change of the coins on exchanges in 30 days; coins that leave are held.",
        BALANCES,
        group="flows",
        sign=-1,
    ),
    _shown(
        "balance_30d_coins",
        "Exch. 30 d ±",
        "coins",
        "Change of the coins on exchanges in 30 days.",
        BALANCES,
        decimals=0,
    ),
    _shown("balance", "Exch. balance", "coins", "Coins on exchanges.", BALANCES, decimals=0),
    _scored(
        "whale_ratio",
        "Whale ratio",
        "0..1",
        "Ten largest inflows to exchanges over all of a day, beside its own past.",
        WHALES,
        group="flows",
        sign=-1,
    ),
    _scored(
        "mvrv_z",
        "MVRV-Z",
        "σ",
        "Market cap less realised cap over the deviation of market cap so far; counts by its rank in the past.",
        VALUATION,
        group="valuation",
    ),
    _shown(
        "mvrv_z_rank",
        "MVRV-Z rank",
        "0..1",
        "Share of past days with a lower MVRV-Z; below 0.1 and above 0.9 valuation speaks the other way.",
        VALUATION,
        on_card=True,
    ),
    _shown(
        "nupl",
        "NUPL",
        "-1..1",
        "Unrealised profit of all coins over market cap; one vote with MVRV-Z.",
        VALUATION,
        on_card=True,
    ),
    _shown("mvrv", "MVRV", "ratio", "Market cap over realised cap.", VALUATION),
    _shown("market_cap", "Market cap", "B$", "Coins times price.", VALUATION, decimals=0),
    _shown(
        "realised_cap",
        "Realised cap",
        "B$",
        "Coins times the price they last moved at.",
        VALUATION,
        decimals=0,
    ),
    _scored(
        "realised_profit",
        "Realised P/L",
        "%",
        "Net profit realised on chain a day over 7 days, of market cap.",
        PROFIT,
        group="realised",
        decimals=3,
        needs=(VALUATION,),
    ),
    _shown(
        "realised_profit_usd",
        "Realised P/L $",
        "M$",
        "Net profit realised on chain in a day.",
        PROFIT,
        decimals=0,
    ),
    _scored(
        "sopr_7d",
        "SOPR 7 d",
        "%",
        "Value of spent coins over their value when received, 7-day mean, less 1.",
        SOPR,
        group="realised",
        weight=0.5,
    ),
    _shown(
        "sopr",
        "SOPR",
        "ratio",
        "Value of coins spent in a day over their value when received.",
        SOPR,
        decimals=3,
    ),
)

BACKDROP: Final = "macro.backdrop"
SCALARS: Final = (
    ScalarSpec(
        BACKDROP,
        "directional",
        "higher supports the market",
        7,
        3,
        parents=tuple(f"onchain.{topic}" for topic in TOPICS),
    ),
)

MacroSection = section(OnChainConfig, "MacroSection", METRICS, GROUPS, module=__name__)
