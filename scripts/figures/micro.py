"""Figures of module H on the recorded streams, each beside the one stated of ten recordings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.robust import z_among
from analysis.features.sign_record import sign_record
from analysis.framework.answer import compute
from analysis.framework.metric import Native
from analysis.framework.result import Analysis
from analysis.framework.scoring import configured_weights
from analysis.framework.signals import from_z, native
from analysis.micro.metrics import FACTORS
from analysis.micro.ticks import MicroTicks
from analysis.micro.values import factor_rows, later_moves
from analysis.microalpha import MODULE
from scripts.figures.plain import half_life
from scripts.figures.ticks import TickFigures
from tests.modules.inputs.micro import live
from tests.support.recorded_ticks import BTC, ETH, SPOT, RecordedTicks, recorded_ticks, replayed

TICK_SIZES: Final = {BTC: 0.1, ETH: 0.01, SPOT: 0.01}
LEVELS: Final = 20
AHEAD_S: Final = (1, 2, 5, 10, 30)
FLOWS: Final = ("count", "ofi", "root", "notional")
SLOPE_SECONDS: Final = 30


def rows(data: Path) -> list[str]:
    """Return the figures of every recording as lines of text."""
    found: list[str] = []
    for name, tick_size in TICK_SIZES.items():
        ticks = recorded_ticks(data / "ws" / f"{name}.jsonl.gz", LEVELS)
        found += [f"{name}: {len(ticks.quotes.time)} quotes, {len(ticks.trades.time)} fills", *_facts(ticks)]
        found += _answer(ticks, tick_size)
    return found


def _facts(ticks: RecordedTicks) -> Iterator[str]:
    one, ten = TickFigures(ticks), TickFigures(ticks, 10_000)
    yield "  R2 same second, count / OFI / root / notional (stated 0.63 / 0.55 / 0.42 / 0.23): " + _several(
        one.same(flow) for flow in FLOWS
    )
    yield f"  R2 same second of count and OFI together (0.80): {one.same_joint('count', 'ofi'):.2f}"
    yield "  R2 next second (about 0.002): " + _several((one.next_r2(flow) for flow in FLOWS), 4)
    yield "  R2 same ten seconds: " + _several(ten.same(flow) for flow in FLOWS)
    names = ("imbalance", "ofi", "last move", "count", "notional")
    yield (
        "  rank correlation, next second, imbalance / OFI / last move / count / notional (0.41 / 0.26 / 0.19 / "
        + ("0.13 / 0.11): " + _several(one.next_rank(name) for name in names))
    )
    component, touch, quotes = one.ten_levels()
    yield (
        "  R2 of ten levels' component / touch of the depth stream / every quote, second half (0.53 / - / 0.54): "
        + _several((component, touch, quotes))
    )
    for pairing, stated in (("before", "0-0.2 %, spot 0.2-0.9 %"), ("at", "9-50 %"), ("received", "8-50 %")):
        negative, mean = one.effective(pairing)
        yield f"  negative effective spreads, quotes {pairing} ({stated}): {negative:.1%}, mean {mean:.2f} bps"
    states, time = one.sampled()
    yield f"  states of the touch that 100 ms samples miss (63-89 %), and time (2 %): {states:.0%}, {time:.1%}"
    reach = one.reach_bps()
    yield f"  reach of 20 levels (0.8-1.2 bps) and of the snapshot (21-104): {reach:.1f}, {ticks.known_bps:.0f}"
    fills, merged, most = one.fills_per_order()
    yield f"  per order fills (1.4-4) / aggregate trades (1.2-2.2) / most (735): {fills:.1f} / {merged:.1f} / {most}"
    share, windows = one.opposite_signs()
    yield f"  10 s windows where fills and orders have opposite signs (8-26 %): {share:.0%} of {windows}"
    lives = one.lives()
    medians = f"{lives.median} / {lives.time_median}"
    yield f"  life of a best price, ms, by count (3-28) / by time (1600-9000): {medians}"
    raw, logged, mad = one.outliers()
    yield f"  seconds beyond 6 robust deviations, notional (10-20 %) / its signed log: {raw:.0%} / {logged:.0%}"
    yield f"  median absolute deviation of one-second moves (0 in half of the recordings): {mad:.2f} bps"
    for flow in ("notional", "root"):
        own, shuffled = one.slopes(SLOPE_SECONDS, flow)
        yield (
            f"  p95/p5 of the impact of {flow} per {SLOPE_SECONDS} s (17 per 5 min in a day) and shuffled (15): "
            f"{own:.1f}, {shuffled:.1f}"
        )


def _answer(ticks: RecordedTicks, tick_size: float) -> Iterator[str]:
    state, at_ms = replayed(ticks, tick_size)
    seconds = (at_ms - int(ticks.quotes.time[0])) // 1000
    inputs = live(state, at_ms, seconds)
    answer = compute(MODULE, inputs, {}, MODULE.config())
    score = "none" if answer.score is None else f"{answer.score:.2f}"
    yield f"  at the end: score {score}, coverage {answer.coverage:.2f}; values"
    for metric in answer.metrics:
        said = metric.reason.text if metric.reason is not None else ""
        yield f"    {metric.id}: {said if metric.value is None else f'{metric.value:.4g} {metric.unit}'}"
    yield "  factors: sign right of the next 10 s, rank correlation"
    yield from _records(answer)
    if inputs.ticks is not None:
        yield from _score(inputs.ticks)


def _records(answer: Analysis) -> Iterator[str]:
    curves = answer.curves
    for row, name in enumerate(FACTORS):
        rate, error = (100 * curves[f"factor_hit_{part}"][row] for part in ("rate", "error"))
        correlation, spread = curves["factor_correlation"][row], curves["factor_correlation_error"][row]
        yield f"    {name}: {rate:.0f} +- {error:.0f} %, {correlation:+.2f} +- {spread:.2f}"


def _score(ticks: MicroTicks) -> Iterator[str]:
    direction = past_direction(ticks)
    known = direction[np.isfinite(direction)]
    yield f"  the score: half-life {half_life(known)} s; sign right and rank correlation"
    for ahead in AHEAD_S:
        found = sign_record(direction, later_moves(ticks, ahead), ahead)
        if found is not None:
            hits = f"{100 * found.hit_rate:.0f} +- {100 * found.hit_error:.0f} %"
            yield f"    {ahead} s ahead: {hits}, {found.correlation:+.2f} +- {found.correlation_error:.2f}"


def past_direction(ticks: MicroTicks) -> Floats:
    """Return the score's direction at the end of each second, scaled by the whole recording."""
    config = MODULE.config()
    signals = {name: _signals(name, column) for name, column in factor_rows(ticks, config).items()}
    return configured_weights(MODULE.metrics, config).blend(signals).direction


def _signals(name: str, column: Floats) -> Floats:
    declared, known = FACTORS[name].signal, column[np.isfinite(column)]
    if isinstance(declared, Native):
        return native(column, declared.centre, declared.half_range)
    return from_z(z_among(column, np.tile(known, (len(column), 1)), centred=False))


def _several(values: Iterator[float] | tuple[float, ...], decimals: int = 2) -> str:
    return " / ".join("-" if np.isnan(value) else f"{value:.{decimals}f}" for value in values)
