"""What module D says of the recorded streams: values, what is missing and why, what it costs, and what came after."""

import pickle
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from scipy.stats import spearmanr

from analysis.arrays import Floats
from analysis.flow.inputs import FlowInputs
from analysis.flow.metrics import FlowSection
from analysis.flow.reading import flow_reading
from analysis.flow.specs import FRAGILITY
from analysis.framework.answer import compute
from analysis.framework.result import Analysis
from analysis.order_micros import MODULE
from tests.analysis.flow.readings import minute_bars
from tests.support.followed_ticks import FollowedTicks, followed, recorded_events

FILES: Final = (("usdm_btcusdt_2024-08-08", 0.1), ("usdm_ethusdt_2024-08-08", 0.01))
EVERY_MS: Final = 5_000
AHEAD_S: Final = (5, 10, 30)
SHOWN: Final = (
    "spread",
    "spread_mean",
    "effective",
    "realised_5s",
    "realised_30s",
    "slip_buy_10k",
    "slip_buy_100k",
    "slip_buy_1m",
    "slip_sell_1m",
    "elasticity_bid",
    "elasticity_ask",
    "refill_bid",
    "refill_ask",
    "reach",
    "imbalance_touch_mean",
    "imbalance_5",
    "imbalance_20",
    "imbalance_5bps",
    "imbalance_10bps",
    "imbalance_25bps",
    "imbalance_50bps",
    "imbalance_weighted",
    "pressure_root",
    "aggression",
    "ofi_r2",
    "ofi_r2_next",
    "ofi_levels_r2",
    "ofi_levels_r2_next",
    "root_r2",
    "root_r2_next",
    "walls_vanished",
)
FORETELL: Final = ("imbalance_touch_mean", "imbalance_weighted", "pressure_root", "ofi_z", "cvd_slope_t")


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers every five seconds with the mid at their moments, and CPU milliseconds per reading and per answer."""

    analyses: Sequence[Analysis]
    mids: Floats
    reading_ms: float
    answer_ms: float

    def values(self, name: str) -> Floats:
        """Return a metric of every answer; NaN where it is missing."""
        found = [a.metric(name).value for a in self.analyses]
        return np.array([np.nan if value is None else value for value in found])

    def scores(self) -> Floats:
        """Return the score of every answer."""
        return np.array([np.nan if a.score is None else a.score for a in self.analyses])

    def fragility(self) -> Floats:
        """Return the fragility of every answer."""
        found = [next(h.value for h in a.headlines if h.name == FRAGILITY) for a in self.analyses]
        return np.array([np.nan if value is None else value for value in found])

    def after(self, seconds: int) -> Floats:
        """Log move of the mid over the next seconds, bps; NaN where the recording ends."""
        step = seconds * 1000 // EVERY_MS
        moved = np.full(len(self.mids), np.nan)
        moved[:-step] = 1e4 * np.log(self.mids[step:] / self.mids[:-step])
        return moved


def rows(data: Path) -> list[str]:
    """Return the figures as lines of text."""
    return [line for name, tick in FILES for line in _recording(data / "ws" / f"{name}.jsonl.gz", tick)]


def _recording(path: Path, tick_size: float) -> Iterator[str]:
    answers = _answers(path, tick_size)
    name = path.name.partition(".")[0]
    yield f"flow {name}: {len(answers.analyses)} answers, one every {EVERY_MS // 1000} s"
    scores, fragile = answers.scores(), answers.fragility()
    yield f"  score {_three(scores)}, fragility {_three(fragile)} (5, 50, 95 %)"
    for metric in SHOWN:
        values = answers.values(metric)
        known = np.isfinite(values).mean()
        yield f"  {metric}: {_three(values)}, known in {known:.0%}" if known else f"  {metric}: never known"
    yield f"  missing in the last answer: {_reasons(answers.analyses[-1])}"
    for factor, values in {"score": scores, **{n: answers.values(n) for n in FORETELL}}.items():
        yield f"  {factor} against the next {_foretold(values, answers)}"
    yield f"  per message {_per_message_us(path, tick_size):.1f} us; reading {answers.reading_ms:.1f} ms of CPU,"
    yield f"  answer {answers.answer_ms:.1f} ms; one symbol's inputs {_pickled_kb(path, tick_size):.0f} kB to a worker"


def _answers(path: Path, tick_size: float) -> Answers:
    config, bars = FlowSection(), minute_bars()
    analyses, mids, reading, answer = [], [], [], []
    for made in followed(path, tick_size, EVERY_MS):
        begin = time.process_time()
        flow = flow_reading(made.ticks(), config)
        read = time.process_time()
        inputs = FlowInputs(bars=bars, as_of=bars.as_of, price=None, flow=flow)
        analyses.append(compute(MODULE, inputs, {}, config))
        reading.append(read - begin)
        answer.append(time.process_time() - read)
        mids.append(made.state.quotes.touch.mid if made.state.quotes.touch else np.nan)
    return Answers(analyses, np.array(mids), 1e3 * float(np.median(reading)), 1e3 * float(np.median(answer)))


def _three(values: Floats) -> str:
    known = values[np.isfinite(values)]
    if not len(known):
        return "–"
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95))
    return f"{low:.3g} / {middle:.3g} / {high:.3g}"


def _reasons(analysis: Analysis) -> str:
    found = Counter(metric.reason.text for metric in analysis.missing if metric.reason is not None)
    return "; ".join(f"{text} ({count})" for text, count in found.items()) or "nothing"


def _foretold(values: Floats, answers: Answers) -> str:
    parts = []
    for seconds in AHEAD_S:
        moved = answers.after(seconds)
        known = np.isfinite(values) & np.isfinite(moved)
        rank = spearmanr(values[known], moved[known]).statistic if known.sum() > 10 else np.nan
        parts.append(f"{seconds} s {rank:+.2f}")
    return ", ".join(parts) + f" (rank correlation, {int(np.isfinite(values).sum())} moments that overlap)"


def _per_message_us(path: Path, tick_size: float) -> float:
    """CPU of one message once decoded, all accumulators of both stream modules kept current."""
    events = list(recorded_events(path))
    made = FollowedTicks(tick_size)
    begin = time.process_time()
    for event in events:
        made.take(event)
    return 1e6 * (time.process_time() - begin) / len(events)


def _pickled_kb(path: Path, tick_size: float) -> float:
    made = next(iter(followed(path, tick_size, 300_000)))
    return len(pickle.dumps(flow_reading(made.ticks(), FlowSection()))) / 1024
