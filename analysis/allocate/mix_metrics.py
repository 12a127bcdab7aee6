"""Module I's metrics of the mix: how it spreads, what the recommended weights risk, and crashes replayed."""

from typing import Final

from analysis.allocate.specs import (
    FITTED,
    MARKET,
    PAIRS,
    RATIO,
    REPLAY,
    STABLE_DAYS,
    STEADY,
    TAIL,
    WALKED,
    ReplaySpec,
    fitted_bars,
    walked_bars,
)
from analysis.features.look_backs import MIN_COUNT
from analysis.features.stress import EVENTS
from analysis.framework.metric import Itself, MetricSpec
from config.c_portalloc import PortfolioAllocConfig


def _steady(c: PortfolioAllocConfig, _: str) -> int:
    return c.min_bars + c.refit_bars + STABLE_DAYS


MIX_METRICS = (
    MetricSpec(
        "diversification",
        "Diversified",
        "0..1",
        "Share of the coins' own volatility that a mix of equal risk contributions sheds.",
        group="diversification",
        signal=Itself("level"),
        bars=fitted_bars,
        family=FITTED,
    ),
    MetricSpec(
        "effective_coins",
        "Even coins",
        "coins",
        "How many equal positions would be as concentrated as the recommended weights.",
        decimals=1,
        bars=fitted_bars,
        family=FITTED,
        latest_only=True,
    ),
    MetricSpec(
        "cash",
        "Cash",
        "%",
        "Share of the money that the largest allowed weight leaves in USDT.",
        decimals=1,
        bars=fitted_bars,
        family=FITTED,
        latest_only=True,
    ),
    MetricSpec(
        "stability",
        "Stability",
        "0..1",
        "Share of the money that recommended weights 90 days apart put in the same coins, mean of the compared past.",
        bars=_steady,
        family=STEADY,
        latest_only=True,
    ),
    MetricSpec(
        "correlation",
        "Correlation",
        "",
        "Mean correlation of the coins' daily returns, shrunk.",
        bars=fitted_bars,
        family=PAIRS,
    ),
    MetricSpec(
        "shrinkage",
        "Shrinkage",
        "0..1",
        "How far the correlations are shrunk towards none: much where days are few.",
        bars=fitted_bars,
        family=FITTED,
    ),
    MetricSpec(
        "days",
        "Days used",
        "days",
        "Days that all estimated coins have in common.",
        decimals=0,
        bars=fitted_bars,
        family=FITTED,
    ),
)

RISK_METRICS = (
    MetricSpec(
        "sharpe_mix",
        "Sharpe ahead",
        "",
        "Sharpe ratio of the recommended weights by means that are shrunk towards one another.",
        bars=fitted_bars,
        family=RATIO,
        latest_only=True,
    ),
    MetricSpec(
        "sortino_mix",
        "Sortino ahead",
        "",
        "The same over the deviation of losses alone.",
        bars=fitted_bars,
        family=RATIO,
        latest_only=True,
    ),
    MetricSpec(
        "var_95",
        "VaR 95",
        "%",
        "Loss that the recommended weights exceeded on one past day in twenty.",
        bars=MIN_COUNT + 1,
        family=TAIL,
        latest_only=True,
        on_card=True,
    ),
    MetricSpec(
        "es_95",
        "ES 95",
        "%",
        "Mean loss of the recommended weights on those days.",
        bars=MIN_COUNT + 1,
        family=TAIL,
        latest_only=True,
    ),
    MetricSpec(
        "beta_down",
        "Beta falling",
        "",
        "What the recommended weights move by per move of bitcoin on days when it falls.",
        bars=fitted_bars,
        needs=("market",),
        family=MARKET,
        latest_only=True,
        on_card=True,
    ),
    MetricSpec(
        "beta_up",
        "Beta rising",
        "",
        "The same on days when bitcoin rises.",
        bars=fitted_bars,
        needs=("market",),
        family=MARKET,
        latest_only=True,
    ),
    MetricSpec(
        "drawdown_correlation",
        "Falls together",
        "",
        "Mean correlation of the coins' drawdowns; independent coins show high values too.",
        bars=fitted_bars,
        family=PAIRS,
        latest_only=True,
    ),
    MetricSpec(
        "drawdown_p",
        "Falls p",
        "0..1",
        "Share of independent pasts whose drawdowns correlate as much.",
        bars=fitted_bars,
        family=PAIRS,
        latest_only=True,
    ),
    MetricSpec(
        "drawdown_changes",
        "Fall changes",
        "",
        "Mean correlation of the daily changes of the drawdowns.",
        bars=fitted_bars,
        family=PAIRS,
        latest_only=True,
    ),
    MetricSpec(
        "beat_p",
        "Beaten p",
        "0..1",
        "Chance that the best other method looks this much better than equal risk by luck.",
        bars=walked_bars,
        family=WALKED,
        latest_only=True,
    ),
)

REPLAYS: Final = tuple(
    ReplaySpec(
        f"replay_{event.id}",
        event.title,
        "%",
        f"Worst loss of today's recommended weights on the way through {event.title}.",
        decimals=1,
        bars=fitted_bars,
        needs=(event.id,),
        family=REPLAY,
        latest_only=True,
        event=event,
    )
    for event in EVENTS
)
