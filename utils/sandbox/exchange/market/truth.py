"""What the simulated market knows about itself: parameters, hidden states and jumps, for recovery tests."""

from dataclasses import asdict

import numpy as np

from utils.sandbox.exchange.market import factor, minutes, options, path, ticks
from utils.sandbox.exchange.market.coins import Coin
from utils.sandbox.exchange.market.instrument import FUTURES, SPOT
from utils.sandbox.exchange.market.intervals import HOUR_MS, MINUTE_MS
from utils.sandbox.exchange.market.population import (
    LEVERAGES,
    LONG,
    MAINTENANCE,
    MEAN_LIFE_STEPS,
    OPENED_SHARE,
    SHARES,
    SHORT,
)
from utils.sandbox.exchange.market.simulated import SimulatedMarket

MOST_HOURS = 60_000
HOLDERS_MS = 24 * HOUR_MS


def truth(market: SimulatedMarket, symbol: str, from_ms: int, to_ms: int, now_ms: int) -> dict[str, object]:
    """Parameters, hourly states in [from, to) up to now, and jumps of a spot or perpetual symbol.

    States: regime name, `sigma` (standard deviation of one minute's log return), `drift` (true local trend, log
    units per day), `log_vol`, `basis` (perpetual / spot - 1). Raises `UnknownSymbolError`.
    """
    kind = SPOT if any(coin.symbol == symbol for coin in market.coins) else FUTURES
    coin = market.coin(kind, symbol, now_ms)
    genesis = market.genesis_ms
    first = max(market.room.listed_ms(coin) - genesis, from_ms - genesis) // HOUR_MS
    stop = max(first, min(-(-(min(to_ms, now_ms) - genesis) // HOUR_MS), first + MOST_HOURS))
    return {
        "symbol": symbol,
        "seed": market.seed,
        "genesis": genesis,
        "parameters": parameters(coin),
        "states": _states(market, coin, first, stop),
        "jumps": _jumps(market, coin, first * 60, stop * 60),
        "events": market.events(coin).describe(),
        "lead_lag": lead_lag(market),
        "holders": _holders(market, coin, max(from_ms, now_ms - HOLDERS_MS), min(to_ms, now_ms)),
    }


def lead_lag(market: SimulatedMarket) -> list[dict[str, object]]:
    """Which coins follow the common factor late: minutes, and the share that arrives late."""
    return [
        {"symbol": coin.symbol, "lag_min": coin.lag_min, "lag_share": coin.lag_share}
        for coin in market.coins
        if coin.lag_share
    ]


def _holders(market: SimulatedMarket, coin: Coin, from_ms: int, to_ms: int) -> dict[str, object]:
    """The leveraged population: true positions now, and the liquidations of a stretch of at most a day."""
    population = market.holders.population(coin, to_ms)
    found = market.holders.liquidations(coin, from_ms, to_ms)
    names = ("leverage", "entry", "contracts")
    return {
        "leverages": LEVERAGES,
        "shares": list(SHARES),
        "maintenance": MAINTENANCE,
        "opened_share": OPENED_SHARE,
        "mean_life_steps": MEAN_LIFE_STEPS,
        "longs": [dict(zip(names, row, strict=True)) for row in population.positions(LONG)],
        "shorts": [dict(zip(names, row, strict=True)) for row in population.positions(SHORT)],
        "liquidations": [asdict(one) for one in found],
    }


def parameters(coin: Coin) -> dict[str, object]:
    """Everything that does not change with time."""
    return {
        "coin": asdict(coin),
        "regimes": [asdict(regime) for regime in factor.REGIMES],
        "transitions": factor.TRANSITIONS.tolist(),
        "factor_annual_vol": factor.ANNUAL_VOL,
        "log_vol_half_life_h": factor.LOG_VOL_HALF_LIFE_H,
        "log_vol_sd": factor.LOG_VOL_SD,
        "drift_half_life_h": factor.DRIFT_HALF_LIFE_H,
        "own_drift_half_life_h": path.OWN_DRIFT_HALF_LIFE_H,
        "factor_jumps_per_day": factor.JUMPS_PER_DAY,
        "own_jumps_per_day": path.OWN_JUMPS_PER_DAY,
        "basis_half_life_h": path.BASIS_HALF_LIFE_H,
        "basis_sd": path.BASIS_SD,
        "buy_share_per_sigma": minutes.SHARE_PER_SIGMA,
        "buy_share_noise": minutes.SHARE_NOISE,
        "branching_ratio": ticks.BRANCHING_RATIO,
        "offspring_delay_ms": ticks.OFFSPRING_DELAY_MS,
        "same_sign": ticks.SAME_SIGN,
        "impact_sigma": ticks.IMPACT_SIGMA,
        "unsigned_sigma": ticks.UNSIGNED_SIGMA,
        "options": {
            "skew": options.SKEW,
            "curvature": options.CURVATURE,
            "long_run_vol": options.LONG_RUN_VOL,
            "reversion_per_year": options.REVERSION_PER_YEAR,
        },
    }


def _states(market: SimulatedMarket, coin: Coin, first: int, stop: int) -> dict[str, object]:
    common = market.room.factor
    own = market.room.instrument(SPOT, coin).path
    hours = slice(first, stop)
    return {
        "time": (market.genesis_ms + HOUR_MS * np.arange(first, stop)).tolist(),
        "regime": [factor.REGIMES[state].name for state in common.regime[hours].tolist()],
        "sigma": own.sigma(first, stop - first).tolist(),
        "factor_sigma": common.sigma[hours].tolist(),
        "log_vol": common.log_vol[hours].tolist(),
        "drift": own.drift(first, stop).tolist(),
        "basis": own.basis(first, stop).tolist(),
    }


def _jumps(market: SimulatedMarket, coin: Coin, first: int, stop: int) -> list[dict[str, object]]:
    own = market.room.instrument(SPOT, coin).path.jumps
    told = [("factor", jump) for jump in market.room.factor.jumps] + [("own", jump) for jump in own]
    return [
        {"time": market.genesis_ms + minute * MINUTE_MS, "size": size, "source": source}
        for source, (minute, size) in sorted(told, key=lambda pair: pair[1])
        if first <= minute < stop
    ]
