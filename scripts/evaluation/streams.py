"""Score 5 on the recorded raw streams: what six minutes allow, second by second, with the limit said.

Modules D and H are asked at the end of every second, as the bot asks them live; the score is made of their scalars by
the rows of these seconds, so its trailing regression looks back on seconds where the live one looks back on minutes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.evidence import rank_rows
from analysis.features.row_ratio import RowRatio, interval_of
from analysis.flow.inputs import FlowInputs
from analysis.flow.reading import flow_reading
from analysis.framework.answer import compute as answered
from analysis.framework.reasons import Message
from analysis.framework.result import Analysis
from analysis.micro.inputs import MicroInputs
from analysis.micro.ticks import micro_ticks
from analysis.microalpha import MODULE as MICRO
from analysis.order_micros import MODULE as FLOW
from composite.asked import ScoreContext
from composite.core import compute
from composite.declared_scalars import walked_column
from composite.defaults import default_specs
from composite.evidence.estimate import Estimate
from composite.evidence.tracks import verdict
from composite.panel import Panel
from composite.record import Measurement, TrackRecord
from scripts.bench.recorded_bars import recorded_bars
from scripts.evaluation.cases import BASE
from scripts.evaluation.results import Bar, Measured
from scripts.evaluation.words import interval
from tests.support.followed_ticks import FollowedTicks, followed
from utils.binance_api.bars import Bars
from utils.units import BASIS_POINTS

NAME: Final = "liquidity_pressure"
RECORDINGS: Final = (
    ("BTCUSDT", "usdm_btcusdt_2024-08-08", 0.1),
    ("ETHUSDT", "usdm_ethusdt_2024-08-08", 0.01),
)
SECOND_MS: Final = 1000
MINUTE: Final = "1m"
BARS: Final = 700
"""Minutes before the recording that module D is handed."""
AHEAD_S: Final = (1, 10, 60)
HORIZON_S: Final = 60
BENCHMARK: Final = "touch imbalance alone"
PRESSURE, ALPHA, FRAGILITY = "flow.pressure", "micro.alpha", "flow.fragility"
COST: Final = ("slip_buy_100k", "slip_sell_100k")
DRAWS, SEED = 300, 7


@dataclass(frozen=True, eq=False)
class Seconds:
    """What was known at the end of every second of one recording (n): columns by name, mid price and time (UTC ms)."""

    symbol: str
    time: Times
    mid: Floats
    columns: Mapping[str, Floats]

    def after(self, seconds: int) -> Floats:
        """Return the log move of the mid over the next seconds (n), NaN where the recording ends."""
        logs, found = np.log(self.mid), np.full(len(self.mid), np.nan)
        found[:-seconds] = logs[seconds:] - logs[:-seconds]
        return found

    def later(self, name: str, seconds: int) -> Floats:
        """Return a column so many seconds later."""
        found = np.full(len(self.mid), np.nan)
        found[:-seconds] = self.columns[name][seconds:]
        return found


def seconds_of(data: Path, symbol: str, name: str, tick_size: float) -> Seconds:
    """Return what modules D and H said at the end of every second of a recording; ``FileNotFoundError`` without it."""
    bars = recorded_bars(data, "spot", MINUTE, symbol)
    if bars is None:
        raise FileNotFoundError(f"no {symbol} {MINUTE} bars in {data}")
    unknown = np.full(len(bars), np.nan)  # the recorded minutes have no taker volume
    bars = replace(bars, taker_base=unknown, taker_quote=unknown)
    rows = [_row(made, bars) for made in followed(data / "ws" / f"{name}.jsonl.gz", tick_size, SECOND_MS)]
    columns = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    time, mid = columns.pop("time").astype(np.int64), columns.pop("mid")
    panel = Panel(time, {one: walked_column(one, MINUTE, columns[one]) for one in (PRESSURE, ALPHA)}, {})
    spec = default_specs()[NAME].only(frozenset({PRESSURE, ALPHA}))
    rows_of_score = compute(spec, panel, ScoreContext(symbol, "futures", MINUTE))
    return Seconds(symbol, time, mid, {BASE: rows_of_score.score - 0.5, **columns})


def _row(made: FollowedTicks, whole: Bars) -> dict[str, float]:
    now, bars = made.ticks(), whole.closed(made.now_ms).tail(BARS)
    flow, micro = FLOW.config(), MICRO.config()
    read = FlowInputs(bars=bars, as_of=made.now_ms, price=None, flow=flow_reading(now, flow))
    quoted = MicroInputs(bars=bars, as_of=made.now_ms, price=None, ticks=micro_ticks(now, micro))
    of_flow, of_micro = answered(FLOW, read, {}, flow), answered(MICRO, quoted, {}, micro)
    touch = made.state.quotes.touch
    return {
        "time": float(made.now_ms),
        "mid": np.nan if touch is None else touch.mid,
        PRESSURE: _scalar(of_flow, PRESSURE),
        FRAGILITY: _scalar(of_flow, FRAGILITY),
        ALPHA: _scalar(of_micro, ALPHA),
        BENCHMARK: _metric(of_micro, "touch_imbalance"),
        "cost": float(np.mean([_metric(of_flow, name) for name in COST])),
    }


def _scalar(answer: Analysis, name: str) -> float:
    found = next((one.value for one in answer.scalars if one.name == name), None)
    return float("nan") if found is None else found


def _metric(answer: Analysis, name: str) -> float:
    found = answer.metric(name).value
    return float("nan") if found is None else found


def correlation(values: Sequence[Floats], later: Sequence[Floats], seconds: int) -> Estimate:
    """Return the rank correlation over several recordings, ranked in each, with its interval by blocks of time."""
    parts = [
        ratio
        for one, after in zip(values, later, strict=True)
        if (ratio := rank_rows(one[:, None], after[:, None])) is not None
    ]
    if not parts:
        return Estimate(float("nan"), float("nan"), float("nan"))
    joint = RowRatio(*(np.concatenate([getattr(one, side) for one in parts]) for side in ("above", "below")))
    return Estimate(joint.value, *interval_of(joint.drawn(float(max(10, 2 * seconds)), DRAWS, SEED)))


def measured_streams(data: Path) -> Measured:
    """Return what the recordings say of score 5."""
    found = [seconds_of(data, *recording) for recording in RECORDINGS]
    names = (BASE, f"{PRESSURE} alone", f"{ALPHA} alone", BENCHMARK)
    table = {
        name: {
            s: _foretold(found, name.removesuffix(" alone") if name != BENCHMARK else name, s)
            for s in AHEAD_S
        }
        for name in names
    }
    fragile = correlation(
        [one.columns[FRAGILITY] for one in found], [one.later("cost", HORIZON_S) for one in found], HORIZON_S
    )
    return Measured(
        name=NAME,
        variant=f"{NAME}[D,H], raw streams",
        label="streams",
        interval="1s",
        symbols=tuple(one.symbol for one in found),
        lines=tuple(_lines(found, table, fragile)),
        records=(_record(found, table),),
        bars={
            f"{seconds} s ahead": tuple(
                Bar(name, one.value, one.low, one.high)
                for name, row in table.items()
                if isfinite((one := row[seconds]).value)
            )
            for seconds in AHEAD_S
        },
    )


def _foretold(found: Sequence[Seconds], name: str, seconds: int) -> Estimate:
    return correlation([one.columns[name] for one in found], [one.after(seconds) for one in found], seconds)


def independent(found: Sequence[Seconds]) -> int:
    """Return how many horizons of a minute the recordings hold; those of the same minutes count once."""
    return max(len(one.time) for one in found) // HORIZON_S


def _lines(
    found: Sequence[Seconds], table: Mapping[str, Mapping[int, Estimate]], fragile: Estimate
) -> Iterator[str]:
    many = " and ".join(f"{len(one.time)} of {one.symbol}" for one in found)
    yield f"### {NAME}[D,H], raw streams of 8 August 2024, 1s"
    yield ""
    yield (
        f"Seconds: {many}, at the same time; {independent(found)} horizons of a minute do not "
        "overlap. Rank correlation with the move of the mid ahead, intervals by blocks of twice the horizon; those of "
        "a minute rest on five stretches and are narrower than can be believed. Before costs: a minute moves "
        f"{_usual(found):.1f} bp in the median, a round trip at market costs 10."
    )
    yield ""
    yield f"| | {' | '.join(f'{seconds} s ahead' for seconds in AHEAD_S)} |"
    yield f"|---|{'---|' * len(AHEAD_S)}"
    for name, row in table.items():
        yield f"| {name} | {' | '.join(interval(row[seconds], 1.0, 2) for seconds in AHEAD_S)} |"
    yield ""
    yield (
        f"`{FRAGILITY}` with the cost of taking 100,000 USDT a minute later: {interval(fragile, 1.0, 2)}. "
        f"Verdict: {_said(found, table).text}."
    )


def _usual(found: Sequence[Seconds]) -> float:
    moves = np.concatenate([np.abs(one.after(HORIZON_S)) for one in found])
    return float(np.nanmedian(moves) * BASIS_POINTS)


def _said(found: Sequence[Seconds], table: Mapping[str, Mapping[int, Estimate]]) -> Message:
    return verdict(independent(found), table[BASE][HORIZON_S], None, BENCHMARK)


def _record(found: Sequence[Seconds], table: Mapping[str, Mapping[int, Estimate]]) -> TrackRecord:
    own, other = table[BASE][HORIZON_S], table[BENCHMARK][HORIZON_S]
    return TrackRecord(
        composite=NAME,
        tier="full",
        variant=f"{NAME}[D,H], raw streams",
        symbol=None,
        interval=MINUTE,
        horizon_s=float(HORIZON_S),
        since=int(min(one.time[0] for one in found)),
        until=int(max(one.time[-1] for one in found)),
        rows=sum(len(one.time) for one in found),
        independent=independent(found),
        measurements=(Measurement("rank_ic", own.value, own.low, own.high, benchmark=other.value),),
        verdict=_said(found, table),
    )
