"""Module F's metrics and their signals by day, one function per topic. Pure."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.alignment import at_same_time
from analysis.features.price_residual import residual_after_returns, streak
from analysis.features.robust import direction_signal, robust_z
from analysis.features.valuation import band_vote, mvrv_z, rank_in_past, realised_cap, unrealised_share
from analysis.features.windows import divide, rolling_mean, rolling_sum
from analysis.framework.bar_rules import bar_returns
from analysis.framework.signals import from_z
from analysis.macro.daily import (
    BILLION,
    MILLION,
    Daily,
    Facts,
    change,
    change_pct,
    facts_of,
    over_days,
)
from analysis.macro.inputs import MacroInputs
from analysis.macro.metrics import METRICS, TOPICS
from config.c_onchain import OnChainConfig
from utils.onchain_api.facts import BALANCES, ETF, FLOWS, PROFIT, SOPR, STABLECOINS, VALUATION, WHALES
from utils.units import PERCENT

Columns = dict[str, Floats]
STABLE_DAYS: Final = {"stable_1d": 1, "stable_7d": 7, "stable_30d": 30}


def daily_metrics(inputs: MacroInputs, config: OnChainConfig) -> dict[str, Daily]:
    """Return every topic's metrics by day, those of absent topics empty."""
    facts = {topic: facts_of(inputs.topics.get(topic)) for topic in TOPICS}
    values: dict[str, Columns] = {
        STABLECOINS: _stablecoins(facts[STABLECOINS]),
        FLOWS: _flows(facts[FLOWS], inputs, config),
        BALANCES: _balances(facts[BALANCES], config),
        ETF: _etf(facts[ETF], inputs, config),
        WHALES: {"whale_ratio": facts[WHALES].column("whale_ratio")},
        VALUATION: _valuation(facts[VALUATION], config),
        PROFIT: _profit(facts[PROFIT], facts[VALUATION], config),
        SOPR: _sopr(facts[SOPR], config),
    }
    known_at = {topic: facts[topic].known_at for topic in TOPICS}
    known_at[PROFIT] = _known_with(facts[PROFIT], facts[VALUATION])
    return {
        topic: Daily(facts[topic].day, known_at[topic], values[topic], _signals(topic, values[topic], config))
        for topic in TOPICS
    }


def _signals(topic: str, values: Mapping[str, Floats], config: OnChainConfig) -> Columns:
    """Return the direction of each scored metric: by its usual size, a share by its past, valuation by its rank."""
    found: Columns = {}
    for spec in METRICS:
        if spec.topic != topic or spec.group is None:
            continue
        column = values[spec.id]
        if topic == VALUATION:
            found[spec.id] = band_vote(values["mvrv_z_rank"], config.valuation_band)
        elif topic == WHALES:
            found[spec.id] = spec.sign * from_z(robust_z(column, config.scale_days, config.scale_min_days))
        else:
            found[spec.id] = spec.sign * direction_signal(column, config.scale_days, config.scale_min_days)
    return found


def _stablecoins(facts: Facts) -> Columns:
    supply = facts.column("supply_usd")
    grown = {name: change_pct(facts, supply, days) for name, days in STABLE_DAYS.items()}
    return grown | {"stable_supply": supply / BILLION}


def _flows(facts: Facts, inputs: MacroInputs, config: OnChainConfig) -> Columns:
    """Return flows in coins and dollars; a provider without dollars is valued at the day's close."""
    into, out = facts.column("inflow_native"), facts.column("outflow_native")
    close = _closes(facts, inputs)
    dollars = [
        np.where(np.isfinite(told), told, coins * close)
        for told, coins in ((facts.column("inflow_usd"), into), (facts.column("outflow_usd"), out))
    ]
    summed = (rolling_sum(into - out, config.net_days), rolling_sum(into, config.net_days))
    return {
        "cex_net_7d": PERCENT * over_days(facts, divide(*summed), config.net_days),
        "cex_inflow": into,
        "cex_outflow": out,
        "cex_net": into - out,
        "cex_inflow_usd": dollars[0] / MILLION,
        "cex_outflow_usd": dollars[1] / MILLION,
        "cex_net_usd": (dollars[0] - dollars[1]) / MILLION,
    }


def _balances(facts: Facts, config: OnChainConfig) -> Columns:
    balance = facts.column("balance_native")
    return {
        "balance_30d": change_pct(facts, balance, config.balance_days),
        "balance_30d_coins": change(facts, balance, config.balance_days),
        "balance": balance,
    }


def _etf(facts: Facts, inputs: MacroInputs, config: OnChainConfig) -> Columns:
    """Return flows in M$ and what of them the returns of their day and the day before do not explain."""
    flow = facts.column("flow_usd") / MILLION
    bars = inputs.coin_bars
    same = before = np.full(len(flow), np.nan)
    if bars is not None:
        returns = bar_returns(bars)
        same = at_same_time(facts.day, bars.open_time, returns)
        before = at_same_time(facts.day, bars.open_time[1:], returns[:-1])
    rest = residual_after_returns(flow, same, before, config.etf_fit_days, config.etf_fit_min_days)
    return {
        "etf_residual": rolling_sum(rest, config.etf_days),
        "etf_flow": flow,
        "etf_5d": rolling_sum(flow, config.etf_days),
        "etf_total": np.cumsum(np.nan_to_num(flow)) * MILLION / BILLION,
        "etf_streak": streak(flow),
    }


def _valuation(facts: Facts, config: OnChainConfig) -> Columns:
    cap, ratio = facts.column("market_cap_usd"), facts.column("mvrv")
    realised = realised_cap(cap, ratio)
    z = mvrv_z(cap, realised, config.valuation_min_days)
    return {
        "mvrv_z": z,
        "mvrv_z_rank": rank_in_past(z, config.scale_days),
        "nupl": unrealised_share(ratio),
        "mvrv": ratio,
        "market_cap": cap / BILLION,
        "realised_cap": realised / BILLION,
    }


def _profit(facts: Facts, valuation: Facts, config: OnChainConfig) -> Columns:
    profit = facts.column("realised_pnl_usd")
    cap = at_same_time(facts.day, valuation.day, valuation.column("market_cap_usd"))
    share = PERCENT * divide(profit, cap)
    return {
        "realised_profit": over_days(facts, rolling_mean(share, config.realised_days), config.realised_days),
        "realised_profit_usd": profit / MILLION,
    }


def _sopr(facts: Facts, config: OnChainConfig) -> Columns:
    sopr = facts.column("sopr")
    mean = over_days(facts, rolling_mean(sopr, config.realised_days), config.realised_days)
    return {"sopr_7d": PERCENT * (mean - 1), "sopr": sopr}


def _closes(facts: Facts, inputs: MacroInputs) -> Floats:
    bars = inputs.coin_bars
    if bars is None:
        return np.full(len(facts.day), np.nan)
    return at_same_time(facts.day, bars.open_time, bars.close)


def _known_with(facts: Facts, other: Facts) -> np.typing.NDArray[np.int64]:
    """Return when each day of a topic was known together with the same day of another one."""
    later = at_same_time(facts.day, other.day, other.known_at.astype(np.float64))
    both = np.maximum(facts.known_at, np.nan_to_num(later).astype(np.int64))
    return np.maximum.accumulate(both)
