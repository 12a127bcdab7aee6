"""From the last row of a trace to the frozen answer: metrics with contributions, scalars with errors, reasons."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.arrays import Floats
from analysis.features.robust import share_below
from analysis.framework.metric import MetricSpec, ScalarSpec, ScoreSpec
from analysis.framework.module import Trace
from analysis.framework.reasons import Message, Reason
from analysis.framework.result import Analysis, Group, Metric, Scalar, SourceStamp
from analysis.framework.scoring import Ballot
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What was asked and read: the facts of an answer that are not in its trace.

    ``bars`` are those analysed, ``gaps`` how many of them the exchange never gave. ``live_price`` is ``None`` for a
    past moment, whose price is the last close.
    """

    module: str
    bars: Bars
    gaps: int
    as_of: int
    live_price: float | None
    sources: tuple[SourceStamp, ...]
    notes: tuple[Message, ...]
    series: Mapping[str, Floats]
    config_hash: str
    parents: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    verdict: Message | None = None
    curves: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def price(self) -> float:
        """The price the answer speaks of."""
        return float(self.bars.close[-1]) if self.live_price is None else self.live_price

    @property
    def interval_s(self) -> float:
        """How long a bar lasts, the shortest month for months."""
        return SHORTEST_MS[self.bars.interval] / 1000

    @property
    def quality(self) -> float:
        """The share of the bars that the exchange gave."""
        return len(self.bars) / (len(self.bars) + self.gaps)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an answer is worded from: the declaration, weights, and what each metric contributes to the score.

    ``weights`` by metric and ``group_weights`` by group; a group outside ``group_weights`` is not shown as one.
    ``contributions`` by metric id add up, with those of ``steps`` (what is done to the sum afterwards, such as a
    rank), to score - neutral. With ``rank_bars`` 0 the answer has no percentile.
    """

    score: ScoreSpec
    metrics: tuple[MetricSpec, ...]
    scalars: tuple[ScalarSpec, ...]
    weights: Mapping[str, float]
    group_weights: Mapping[str, float]
    contributions: Mapping[str, float]
    min_coverage: float
    rank_bars: int = 0
    min_rank: int = 1
    steps: tuple[Group, ...] = ()


def answer(question: Question, trace: Trace, declared: Declaration) -> Analysis:
    """Return the answer of the trace's last row."""
    score, coverage = _last(trace.score), float(trace.coverage[-1])
    percentile, rank_note = _percentile(trace.score, declared)
    metrics = _metrics(trace, declared)
    return Analysis(
        module=question.module,
        symbol=question.bars.symbol,
        market=question.bars.market,
        interval=question.bars.interval,
        as_of=question.as_of,
        bar_close=int(trace.time[-1]),
        is_final=True,
        price=question.price,
        score_name=declared.score.name,
        score=score,
        low=declared.score.low,
        high=declared.score.high,
        neutral=declared.score.neutral,
        uncertainty=_last(trace.uncertainty),
        percentile=percentile,
        coverage=coverage,
        direction=_last(trace.direction),
        multipliers={name: float(values[-1]) for name, values in trace.multipliers.items() if _known(values)},
        groups=_groups(metrics, trace, declared) + (declared.steps if score is not None else ()),
        metrics=metrics,
        scalars=tuple(_scalar(spec, question, trace) for spec in declared.scalars),
        sources=question.sources,
        series=question.series,
        config_hash=question.config_hash,
        null_reasons=() if score is not None else _null_reasons(coverage, metrics, declared),
        notes=question.notes + rank_note,
        labels=question.labels,
        verdict=question.verdict,
        curves=question.curves,
    )


def linear_contributions(trace: Trace, ballot: Ballot, scale: float) -> dict[str, float]:
    """Return each metric's term of ``scale`` * multipliers * weighted mean, for the last row of a trace.

    They add up to score - offset; none where there is no score.
    """
    if not (_known(trace.score) and _known(trace.direction)):
        return {}
    signals = {name: float(values[-1]) for name, values in trace.signals.items()}
    factor = scale * float(np.prod([_or_one(values) for values in trace.multipliers.values()]))
    return {name: factor * share * signals[name] for name, share in ballot.shares(signals).items()}


def _known(values: Floats) -> bool:
    return math.isfinite(values[-1])


def _last(values: Floats) -> float | None:
    value = float(values[-1])
    return value if math.isfinite(value) else None


def _or_one(values: Floats) -> float:
    value = _last(values)
    return 1.0 if value is None else value


def _percentile(score: Floats, declared: Declaration) -> tuple[float | None, tuple[Reason, ...]]:
    if not declared.rank_bars:
        return None, ()
    past = score[-declared.rank_bars - 1 : -1]
    known = int(np.isfinite(past).sum())
    if known < declared.min_rank:
        return None, (Reason("few_past_values", {"needs": declared.min_rank, "has": known}),)
    return (share_below(float(score[-1]), past), ()) if _known(score) else (None, ())


def _metrics(trace: Trace, declared: Declaration) -> tuple[Metric, ...]:
    scored = _known(trace.score)
    return tuple(
        _metric(
            spec,
            trace,
            weight=declared.weights.get(spec.id, 0.0),
            contribution=declared.contributions.get(spec.id, 0.0) if scored else 0.0,
        )
        for spec in declared.metrics
    )


def _metric(spec: MetricSpec, trace: Trace, *, weight: float, contribution: float) -> Metric:
    value = _last(trace.values[spec.id])
    signal = _last(trace.signals[spec.id]) if spec.id in trace.signals else None
    return Metric(
        id=spec.id,
        group=spec.group,
        value=value,
        unit=spec.unit,
        signal=signal,
        weight=weight,
        contribution=contribution,
        as_of=None if value is None else int(trace.time[-1]),
        reason=trace.reasons.get(spec.id),
    )


def _groups(metrics: tuple[Metric, ...], trace: Trace, declared: Declaration) -> tuple[Group, ...]:
    names = [name for name in trace.groups if name in declared.group_weights]
    present = [name for name in names if _known(trace.groups[name])]
    total = sum(declared.group_weights[name] for name in present)
    return tuple(
        Group(
            id=name,
            signal=_last(trace.groups[name]),
            weight=declared.group_weights[name] / total if name in present and total > 0 else 0.0,
            contribution=sum(metric.contribution for metric in metrics if metric.group == name),
        )
        for name in names
    )


def _scalar(spec: ScalarSpec, question: Question, trace: Trace) -> Scalar:
    value = _last(trace.scalars[spec.name])
    error = trace.scalar_se.get(spec.name)
    return Scalar(
        name=spec.name,
        kind=spec.kind,
        polarity=spec.polarity,
        value=value,
        horizon_s=spec.horizon_bars * question.interval_s,
        half_life_s=spec.half_life_bars * question.interval_s,
        quality=question.quality,
        se=None if error is None else _last(error),
        parents=question.parents,
        as_of=int(trace.time[-1]),
        is_final=True,
        reason=trace.reasons.get(spec.name) if value is None else None,
    )


def _null_reasons(coverage: float, metrics: Iterable[Metric], declared: Declaration) -> tuple[Reason, ...]:
    absent = [m.reason for m in metrics if m.reason is not None and m.weight > 0 and m.signal is None]
    distinct = {reason.text: reason for reason in absent}
    if coverage < declared.min_coverage:
        facts = {"has": f"{coverage:.0%}", "needs": f"{declared.min_coverage:.0%}"}
        return (Reason("low_coverage", facts), *distinct.values())
    return tuple(distinct.values())
