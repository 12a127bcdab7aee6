"""Module H's values now, and its scored factors at the end of every closed second before."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import accumulate
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.price_impact import MILLION, Impact, change_beyond_shuffle, kyle_lambda, r_squared
from analysis.features.robust import z_among
from analysis.features.trade_flow import signed_log
from analysis.features.windows import divide, rolling_sum
from analysis.framework.measured import Measured
from analysis.micro.metrics import METRICS, TickSpec
from analysis.micro.ticks import MicroTicks
from analysis.sources.live_ticks import QUOTES
from analysis.sources.tick_state import FLOW_TAU_MS
from config.c_micro import MicroAlphaConfig
from utils.units import PERCENT

THOUSAND: Final = 1e3
"""Root lambda is given per thousand sqrt(USDT): what 1M USDT in one trade weighs."""
QUARTERS: Final = 4
SHUFFLES: Final = 25
"""Shuffles, each of as many windows, that the newest window is held against: its share is known to one percent."""
SEED: Final = 0

Now = Mapping[str, float | None]
Part = Callable[[MicroTicks, MicroAlphaConfig], Now]


def micro_values(ticks: MicroTicks, config: MicroAlphaConfig) -> Measured:
    """Return every metric, one row each; NaN where it is not known or the ticks are not known for long enough."""
    found = Measured(1)
    for part in (_touch, _quotes, _trades, _lives, _impact, _order_flow, _last_second, _delays):
        found.part(f"micro.{part.__name__}", partial(_columns, part, ticks, config))
    for spec in METRICS:
        if known_seconds(spec, ticks) < spec.seconds_needed(config) and spec.id in found:
            found[spec.id] = np.full(1, np.nan)
    return found.complete(METRICS)


def known_seconds(spec: TickSpec, ticks: MicroTicks) -> int:
    """Return for how long the ticks that a metric needs have been known without a break."""
    return int(ticks.quotes_s if QUOTES in spec.needs else ticks.trades_s)


def _columns(part: Part, ticks: MicroTicks, config: MicroAlphaConfig) -> dict[str, Floats]:
    return {
        name: np.array([np.nan if value is None else value]) for name, value in part(ticks, config).items()
    }


def _touch(ticks: MicroTicks, config: MicroAlphaConfig) -> Now:
    del config
    touch = ticks.touch
    if touch is None:
        return dict.fromkeys(("touch_imbalance", "weighted_mid"))
    total = touch.bid_quantity + touch.ask_quantity
    imbalance = (touch.bid_quantity - touch.ask_quantity) / total if total > 0 else None
    return {"touch_imbalance": imbalance, "weighted_mid": touch.weighted_mid}


def _quotes(ticks: MicroTicks, config: MicroAlphaConfig) -> Now:
    del config
    minute, move, touch, fair = ticks.quotes_minute, ticks.quotes_move, ticks.touch, ticks.fair
    live = ticks.quotes_s > 0
    stability = minute.stability
    price = None if fair is None or touch is None else touch.mid + fair * (touch.ask - touch.bid)
    known = {
        "microprice_dev": fair,
        "microprice": price,
        "last_move": move.change_bps,
        "spread": minute.spread_bps,
        "imbalance_mean": minute.imbalance,
        "stability": None if stability is None else PERCENT * stability,
        "flicker": minute.flicker,
        "live_seconds": ticks.quotes_s,
    }
    return known if live else dict.fromkeys(known)


def _trades(ticks: MicroTicks, config: MicroAlphaConfig) -> Now:
    flow, minute = ticks.trades_flow, ticks.trades_minute
    seconds = min(ticks.trades_s, float(config.cvd_s))
    known = {
        "direction_ratio": flow.direction_ratio,
        "cvd_share": minute.cvd_share,
        "latency_flow": ticks.fading,
        "trade_rate": (minute.buy.trades + minute.sell.trades) / seconds if seconds else None,
        "volume_rate": (minute.buy.notional + minute.sell.notional) / seconds if seconds else None,
        "effective_spread": ticks.spreads.effective_bps,
    }
    return known if seconds else dict.fromkeys(known)


def _lives(ticks: MicroTicks, config: MicroAlphaConfig) -> Now:
    del config
    live = ticks.quotes_s > 0
    return {
        "life_count": ticks.lives.median if live else None,
        "life_time": ticks.lives.time_median if live else None,
    }


def _delays(ticks: MicroTicks, config: MicroAlphaConfig) -> Now:
    del config
    median, p95 = ticks.delay_ms or (None, None)
    late = ticks.late_share
    return {
        "delay_median": median,
        "delay_p95": p95,
        "late_share": None if late is None else PERCENT * late,
    }


def together(ticks: MicroTicks) -> int:
    """Return how many of the newest closed seconds are known of both quotes and trades, without a break."""
    quoted = int(ticks.quotes_s)
    return max(0, min(len(ticks.quotes.second), len(ticks.trades.second), quoted))


def _impact(ticks: MicroTicks, config: MicroAlphaConfig) -> Now:
    names = ("kyle_lambda", "kyle_t", "kyle_r2", "kyle_root", "kyle_root_t", "kyle_change")
    change, root = ticks.step_change, ticks.step_root
    plain = kyle_lambda(change, ticks.step_notional / MILLION, config.impact_lags)
    steady = kyle_lambda(change, root / THOUSAND, config.impact_lags)
    rng = np.random.default_rng(SEED)
    changed = change_beyond_shuffle(change, root, len(root) // QUARTERS, rng, SHUFFLES)
    return dict(zip(names, (*_three(plain), *_three(steady)[:2], changed), strict=True))


def _three(impact: Impact | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if impact is None else (impact.slope, impact.t, impact.r2)


def _order_flow(ticks: MicroTicks, config: MicroAlphaConfig) -> Now:
    del config
    names = ("ofi", "ofi_r2", "ofi_r2_next")
    window, touch = ticks.quotes_flow, ticks.touch
    if touch is None or not ticks.quotes_s:
        return dict.fromkeys(names)
    resting = (window.bid_notional or 0.0) + (window.ask_notional or 0.0)
    seconds = together(ticks)
    flow, change = (column[len(column) - seconds :] for column in (ticks.quotes.ofi, ticks.quotes.change_bps))
    value = 2.0 * window.ofi * touch.mid / resting if resting else None
    return dict(zip(names, (value, r_squared(flow, change), r_squared(flow, change, 1)), strict=True))


def _last_second(ticks: MicroTicks, config: MicroAlphaConfig) -> Now:
    traded = rolling_sum(ticks.trades.notional, config.flow_s)[config.flow_s - 1 :]
    least = (
        config.z_min_s // 2
    )  # the seconds known are counted already; the open one and a window are missing
    return {
        "burst_z": _last_z(np.log1p(traded), least),
        "flow_z": _last_z(signed_log(ticks.hour_notional), least),
        "return_z": _last_z(ticks.hour_change, least),
    }


def _last_z(values: Floats, least: int) -> float | None:
    """Return the robust z of the last value among those before it; ``None`` where fewer than ``least`` are."""
    if len(values) - 1 < least:
        return None
    return float(z_among(values[-1:], values[None, :-1], centred=True)[0])


def factor_rows(ticks: MicroTicks, config: MicroAlphaConfig) -> dict[str, Floats]:
    """Return the scored factors at the end of each second that ``together`` counts, (n), as they stood then."""
    seconds = together(ticks)
    quotes, trades = ticks.quotes, ticks.trades
    fade = float(np.exp(-1000.0 / FLOW_TAU_MS))
    signed, total = (_fading(column, fade) for column in (trades.signed_notional, trades.notional))
    rows = {
        "touch_imbalance": quotes.imbalance_end,
        "microprice_dev": quotes.fair_end,
        "ofi": rolling_sum(quotes.ofi, config.flow_s),
        "last_move": rolling_sum(quotes.change_bps, config.move_s),
        "direction_ratio": divide(
            rolling_sum(trades.signed_orders, config.flow_s), rolling_sum(trades.orders, config.flow_s)
        ),
        "cvd_share": divide(
            rolling_sum(trades.signed_volume, config.cvd_s), rolling_sum(trades.volume, config.cvd_s)
        ),
        "latency_flow": divide(signed, total),
    }
    return {name: column[len(column) - seconds :] for name, column in rows.items()}


def _fading(column: Floats, fade: float) -> Floats:
    """Return sums (n) that keep the share ``fade`` of themselves from row to row."""
    return np.array(list(accumulate(column.tolist(), lambda kept, more: kept * fade + more)))


def later_moves(ticks: MicroTicks, horizon_s: int) -> Floats:
    """Return the mid's change (bps) over the ``horizon_s`` after each of those seconds, (n); NaN for the last ones."""
    seconds = together(ticks)
    change = ticks.quotes.change_bps[len(ticks.quotes.second) - seconds :]
    found = np.full(seconds, np.nan)
    if seconds > horizon_s:
        found[:-horizon_s] = rolling_sum(change, horizon_s)[horizon_s:]
    return found
