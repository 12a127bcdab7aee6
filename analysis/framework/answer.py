"""From the last row of a trace to the frozen answer: metrics with contributions, scalars with errors, reasons.

What every answer says is said here once: price and age, gaps, provenance, finality, the rank among past scores, the
candles under the drawn columns, and that bars that failed to come or hardly traded have no score.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.rank_counts import share_below
from analysis.framework.bar_rules import freshness, moment_text, score_barrier, silence, untraded_rows
from analysis.framework.direction import direction_of
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.metric import MetricSpec, ScalarSpec, ScoreSpec
from analysis.framework.missing import CONSTANT
from analysis.framework.module import AnyModule, AnyTrace, ScoreRows, Words, load_parts
from analysis.framework.question import LATEST, MarketInputs, SourceStamp
from analysis.framework.reasons import OLDER_PRICE, Message, Reason, low_coverage
from analysis.framework.result import Analysis, Group, Headline, Metric, Scalar
from analysis.framework.scalar_past import NO_PAST, ScalarPast
from analysis.framework.scoring import SignalWeights
from analysis.framework.uncertainty import uncertain_reasons, withheld
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

MIN_RANK = 250
"""Past values below which a rank is not given."""
PRICE_AGE_MS = 300_000
"""A price that is older than this at the moment asked is said to be the close of its time."""
CANDLES = ("open", "high", "low", "close", "volume")


def compute(module: AnyModule, inputs: MarketInputs, fits: Mapping[int, Any], config: Any) -> Analysis:
    """Return a module's answer: the last row of its trace with its words."""
    parts, scope = load_parts(module.package), LATEST if inputs.scope.is_history else inputs.scope
    trace = withheld(parts.trace(inputs, fits, config, scope), module)
    return answer(module, inputs, config, trace, parts.words(trace, inputs, fits, config))


def answer(module: AnyModule, inputs: MarketInputs, config: Any, trace: AnyTrace, words: Words) -> Analysis:
    """Return the answer of the last row of a trace without scores that are too uncertain (``withheld``).

    What forbids a score takes the verdict and the labels with it.
    """
    bars, gaps, barrier = inputs.bars, len(inputs.bars.gaps()), score_barrier(inputs)
    if barrier is not None:
        trace = without_score(trace, np.arange(len(trace.time)) == len(trace.time) - 1)
    score, error, coverage = _last(trace.score), _last(trace.uncertainty), float(trace.coverage[-1])
    is_final = int(trace.time[-1]) <= inputs.as_of
    percentile, rank_note = _percentile(trace.score, module, config)
    metrics = _metrics(module.metrics, trace, words)
    uncertain = uncertain_reasons(module.score, float(trace.uncertainty[-1]))
    reasons = (
        (barrier,)
        if barrier is not None
        else _null_reasons(coverage, metrics, words, config.min_coverage, uncertain)
    )
    no_score = () if score is not None else reasons
    headlines = tuple(
        _headline(spec, trace.headlines[spec.name], words, barrier) for spec in module.headlines
    )
    absent = {"": no_score} | {headline.name: headline.null_reasons for headline in headlines}
    scalars = _scalars(module.scalars, inputs, trace, words, gaps, is_final=is_final, absent=absent)
    return Analysis(
        module=module.id,
        symbol=bars.symbol,
        market=bars.market,
        interval=bars.interval,
        as_of=inputs.as_of,
        bar_close=int(trace.time[-1]),
        is_final=is_final,
        price=float(bars.close[-1]) if inputs.price is None else inputs.price,
        changes=inputs.changes,
        score_name=module.score.name,
        score=score,
        low=module.score.low,
        high=module.score.high,
        neutral=module.score.neutral,
        uncertainty=error,
        percentile=percentile,
        coverage=coverage,
        direction=_last(trace.direction),
        multipliers={name: float(values[-1]) for name, values in trace.multipliers.items() if _known(values)},
        groups=_groups(metrics, trace, words) + (words.steps if score is not None else ()),
        metrics=metrics,
        scalars=scalars if barrier is None else tuple(replace(one, reason=barrier) for one in scalars),
        sources=inputs.stamps,
        series=_series(bars, words.series),
        config_hash=config.digest,
        null_reasons=no_score,
        notes=inputs.notes + _bar_notes(inputs, gaps) + words.notes + rank_note,
        labels=words.labels if barrier is None else {},
        verdict=_verdict(module.score, score, error, words) if barrier is None and not uncertain else None,
        curves=words.curves,
        heatmaps=words.heatmaps,
        matrices=words.matrices,
        tables=words.tables,
        headlines=headlines,
        past=_scalar_past(module, inputs, config, trace),
    )


def _verdict(spec: ScoreSpec, score: float | None, error: float | None, words: Words) -> Message | None:
    """Return the module's words, or the direction of a score that has one."""
    if words.verdict is not None or score is None or not spec.directional:
        return words.verdict
    return Message(direction_of(score, error, low=spec.low, high=spec.high, neutral=spec.neutral))


def without_score(trace: AnyTrace, rows: NDArray[np.bool_]) -> AnyTrace:
    """Return the trace without score, direction, scalars and headlines in some of its rows (n)."""

    def hidden(column: Floats) -> Floats:
        return np.where(rows, np.nan, column)

    return replace(
        trace,
        score=hidden(trace.score),
        uncertainty=hidden(trace.uncertainty),
        direction=hidden(trace.direction),
        scalars={name: hidden(column) for name, column in trace.scalars.items()},
        scalar_se={name: hidden(column) for name, column in trace.scalar_se.items()},
        headlines={
            name: ScoreRows(hidden(one.score), hidden(one.uncertainty), one.coverage)
            for name, one in trace.headlines.items()
        },
    )


def _bar_notes(inputs: MarketInputs, gaps: int) -> tuple[Message, ...]:
    silent = silence(inputs)
    notes = (Message("gaps", {"count": gaps}),) if gaps else ()
    return notes + price_notes(inputs) + ((silent,) if silent is not None else ())


def price_notes(inputs: MarketInputs) -> tuple[Message, ...]:
    """Say of when the price is, where it is not that of the moment asked."""
    time = int(inputs.bars.close_time[-1]) + 1 if inputs.price_time is None else inputs.price_time
    if inputs.as_of - time <= PRICE_AGE_MS:
        return ()
    return (Message(OLDER_PRICE, {"time": moment_text(time)}),)


def linear_contributions(trace: AnyTrace, weights: SignalWeights, scale: float) -> dict[str, float]:
    """Return each metric's term of ``scale`` * multipliers * weighted mean, for the last row of a trace.

    They add up to score - offset; none where there is no score.
    """
    if not (_known(trace.score) and _known(trace.direction)):
        return {}
    signals = {name: float(values[-1]) for name, values in trace.signals.items()}
    factor = scale * float(np.prod([_or_one(values) for values in trace.multipliers.values()]))
    return {name: factor * share * signals[name] for name, share in weights.shares(signals).items()}


def _known(values: Floats) -> bool:
    return math.isfinite(values[-1])


def _last(values: Floats) -> float | None:
    value = float(values[-1])
    return value if math.isfinite(value) else None


def _or_one(values: Floats) -> float:
    value = _last(values)
    return 1.0 if value is None else value


def _rank_count(module: AnyModule, config: Any) -> int:
    """Return how many past scores the percentile is taken among, 0 for none."""
    return module.rank_bars(config) if module.rank_bars is not None else 0


def _percentile(score: Floats, module: AnyModule, config: Any) -> tuple[float | None, tuple[Message, ...]]:
    count = _rank_count(module, config)
    if not count:
        return None, ()
    past = score[-count - 1 : -1]
    known = int(np.isfinite(past).sum())
    if known < MIN_RANK:
        return None, (Message("few_past_scores", {"needs": MIN_RANK, "has": known}),)
    return (share_below(float(score[-1]), past), ()) if _known(score) else (None, ())


def _metrics(specs: Iterable[MetricSpec], trace: AnyTrace, words: Words) -> tuple[Metric, ...]:
    contributions = words.contributions if _known(trace.score) else {}
    return tuple(
        _metric(
            spec,
            trace,
            words.weights.get(spec.id, 0.0),
            contributions.get(spec.id, 0.0),
            words.origins.get(spec.id),
        )
        for spec in specs
    )


def _metric(
    spec: MetricSpec, trace: AnyTrace, weight: float, contribution: float, origin: SourceStamp | None
) -> Metric:
    time = int(trace.time[-1]) if origin is None else origin.as_of
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
        as_of=None if value is None else time,
        reason=trace.reasons.get(spec.id),
        source=None if origin is None or value is None else origin.name,
    )


def _groups(metrics: tuple[Metric, ...], trace: AnyTrace, words: Words) -> tuple[Group, ...]:
    names = [name for name in trace.groups if name in words.group_weights]
    present = [name for name in names if _known(trace.groups[name])]
    total = sum(words.group_weights[name] for name in present)
    return tuple(
        Group(
            id=name,
            signal=_last(trace.groups[name]),
            weight=words.group_weights[name] / total if name in present and total > 0 else 0.0,
            contribution=sum(metric.contribution for metric in metrics if metric.group == name),
        )
        for name in names
    )


def _scalars(
    specs: tuple[ScalarSpec, ...],
    inputs: MarketInputs,
    trace: AnyTrace,
    words: Words,
    gaps: int,
    *,
    is_final: bool,
    absent: Mapping[str, Sequence[Reason]],
) -> tuple[Scalar, ...]:
    bars = inputs.bars
    quality = len(bars) / (len(bars) + gaps) * freshness(inputs)
    found = []
    for spec in specs:
        own = inputs.asked_bars if spec.of_asked and inputs.asked_bars is not None else bars
        interval = own.interval
        bar_s = SHORTEST_MS[interval] / 1000
        column = trace.scalars[spec.name]
        found.append(
            Scalar(
                name=spec.name,
                kind=spec.kind,
                polarity=spec.polarity,
                value=_last(column),
                horizon_s=spec.horizon(bar_s),
                half_life_s=spec.half_life(bar_s),
                quality=quality,
                se=_last(trace.scalar_se[spec.name]) if spec.name in trace.scalar_se else None,
                parents=spec.parents_on(interval),
                as_of=words.published.get(spec.name, int(trace.time[-1])),
                is_final=is_final,
                period_s=bar_s,
                reason=None
                if _known(column)
                else trace.reasons.get(spec.name) or next(iter(absent[spec.headline]), CONSTANT),
            )
        )
    return tuple(found)


def _series(bars: Bars, drawn: Mapping[str, Floats]) -> dict[str, Floats]:
    columns = {"time": bars.open_time.astype(np.float64)}
    columns |= {name: getattr(bars, name) for name in CANDLES}
    return {name: np.array(column[-DRAWN_BARS:]) for name, column in (columns | dict(drawn)).items()}


def _scalar_past(module: AnyModule, inputs: MarketInputs, config: Any, trace: AnyTrace) -> ScalarPast:
    """Return the newest rows of the scalars: those a percentile is taken among, or those a chart shows.

    They have their whole look-back before them. Where hardly anything was traded they are missing.
    """
    if not module.scalars:
        return NO_PAST
    if trace.earlier is not None:
        return _after(trace.earlier, trace)
    hidden = without_score(trace, untraded_rows(inputs.bars)[-len(trace.time) :])
    rows = 1 + (_rank_count(module, config) or DRAWN_BARS)
    values = {name: np.array(column[-rows:]) for name, column in hidden.scalars.items()}
    return ScalarPast(np.array(trace.time[-rows:]), values)


def _after(earlier: ScalarPast, trace: AnyTrace) -> ScalarPast:
    """Return rows of scalars with the last row of a trace after them."""
    unknown = np.full(len(earlier.time), np.nan)
    values = {
        name: np.append(earlier.values.get(name, unknown), column[-1])
        for name, column in trace.scalars.items()
    }
    return ScalarPast(np.append(earlier.time, trace.time[-1]), values)


def _headline(spec: ScoreSpec, rows: ScoreRows, words: Words, barrier: Reason | None) -> Headline:
    value = _last(rows.score)
    uncertain = uncertain_reasons(spec, float(rows.uncertainty[-1]))
    reasons = uncertain or words.headline_reasons.get(spec.name, ())
    reasons = reasons if barrier is None else (barrier,)
    return Headline(
        name=spec.name,
        value=value,
        low=spec.low,
        high=spec.high,
        neutral=spec.neutral,
        uncertainty=_last(rows.uncertainty),
        coverage=float(rows.coverage[-1]),
        null_reasons=() if value is not None else reasons,
    )


def _null_reasons(
    coverage: float,
    metrics: Iterable[Metric],
    words: Words,
    min_coverage: float,
    uncertain: tuple[Reason, ...],
) -> tuple[Reason, ...]:
    absent = [m.reason for m in metrics if m.reason is not None and m.weight > 0 and m.signal is None]
    distinct = tuple({reason.text: reason for reason in absent}.values())
    if coverage < min_coverage:
        return (low_coverage(coverage, min_coverage), *distinct)
    return uncertain or (*words.null_reasons, *distinct)
