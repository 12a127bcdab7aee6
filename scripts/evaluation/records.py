"""From results to the records that the program ships: of all symbols together, a span each."""

from collections.abc import Iterator
from math import isfinite

from analysis.framework.reasons import Message
from composite.evidence.alarms import AlarmRecord
from composite.evidence.estimate import Estimate
from composite.evidence.tracks import ABOVE, direction_measurements, size_measurements, verdict
from composite.record import Measurement, TrackRecord
from scripts.evaluation.cases import BASE
from scripts.evaluation.results import EnsembleResult, Measured, ScoreResult, SpanResult, Study
from scripts.evaluation.study import AlarmStudy, DirectionStudy, SizeStudy
from utils.binance_api.intervals import SHORTEST_MS


def records_of(result: ScoreResult | Measured) -> Iterator[TrackRecord]:
    """Yield the records that a result holds or that are made of it."""
    yield from result.records if isinstance(result, Measured) else track_records(result)


def track_records(result: ScoreResult) -> Iterator[TrackRecord]:
    """Yield a record for each span in which the score was measured, of all symbols together and then of each.

    What was measured on one symbol alone is said of that symbol.
    """
    several = len(result.symbols) > 1
    whole = None if several else result.symbols[0]
    for symbol, parts in ((whole, result.spans), *(result.by_symbol.items() if several else ())):
        for part in parts:
            if (record := _record(result, part, symbol)).measurements:
                yield record
    if result.ensemble is not None:
        yield ensemble_record(result, result.ensemble)


def _record(result: ScoreResult, part: SpanResult, symbol: str | None) -> TrackRecord:
    rows, independent, said, measurements = judged(result, part)
    return TrackRecord(
        composite=result.name,
        tier="full",
        variant=result.variant,
        symbol=symbol,
        interval=result.interval,
        horizon_s=result.horizon * SHORTEST_MS[result.interval] / 1000,
        since=part.span.first,
        until=part.span.end,
        rows=rows,
        independent=independent,
        measurements=measurements,
        verdict=said,
        untested=result.untested,
    )


def ensemble_record(result: ScoreResult, found: EnsembleResult) -> TrackRecord:
    """Return what the ensemble was worth in the place of the average, on rows that it had not seen."""
    compared = found.comparison
    model, mean, base = compared.model, compared.weighted_mean, compared.base
    return TrackRecord(
        composite=result.name,
        tier="full",
        variant=f"{result.variant}, ensemble",
        symbol=None,
        interval=result.interval,
        horizon_s=result.horizon * SHORTEST_MS[result.interval] / 1000,
        since=found.since,
        until=found.until,
        rows=compared.rows,
        independent=int(compared.independent),
        measurements=(
            Measurement("log_loss", model.log_loss, null=base.log_loss, benchmark=mean.log_loss),
            Measurement("brier", model.brier, null=base.brier, benchmark=mean.brier),
            Measurement("rank_ic", model.ic, benchmark=mean.ic),
        ),
        verdict=found.verdict[0] if found.verdict else Message(ABOVE, {"benchmark": "the weighted mean"}),
        untested=result.untested,
    )


def judged(result: ScoreResult, part: SpanResult) -> tuple[int, int, Message, tuple[Measurement, ...]]:
    """Return rows, independent ones, verdict and measurements of the score in one span."""
    base, benchmark = part.studies[BASE], part.studies[result.benchmark]
    found = relation(base)
    said = verdict(found[1], found[2], lead(base, benchmark), result.benchmark)
    return found[0], found[1], said, measured(base, benchmark)


def relation(study: Study) -> tuple[int, int, Estimate | None]:
    """Return rows, independent rows and the relation with what came after."""
    if isinstance(study, DirectionStudy):
        record = study.record
        return (0, 0, None) if record is None else (record.count, record.independent, record.ic)
    if isinstance(study, SizeStudy):
        size = study.volatility
        return (0, 0, None) if size is None else (size.count, size.independent, size.rank)
    if study.ahead is None or study.rank is None:
        return 0, 0, None
    return study.rank.count, study.rank.independent, study.ahead.lift


def lead(base: Study, benchmark: Study) -> Estimate | None:
    """Return by how much the score leads its benchmark, where that has an interval of its own."""
    if isinstance(base, SizeStudy):
        return None if base.loss is None else base.loss.gain
    if isinstance(base, AlarmStudy) and isinstance(benchmark, AlarmStudy):
        return None if base.ahead is None or benchmark.ahead is None else _gap(base.ahead, benchmark.ahead)
    if isinstance(base, DirectionStudy) and isinstance(benchmark, DirectionStudy):
        mine, other = base.record, benchmark.record
        return None if mine is None or other is None else _more(mine.ic, other.ic)
    return None


def _more(mine: Estimate, other: Estimate) -> Estimate:
    """The lead of one size of relation on another, as wide as if the two were independent: it errs on the wide side
    where they move together.
    """
    sizes = abs(mine.value) - abs(other.value)
    reach = (((mine.high - mine.low) / 2) ** 2 + ((other.high - other.low) / 2) ** 2) ** 0.5
    return Estimate(sizes, sizes - reach, sizes + reach)


def _gap(mine: AlarmRecord, other: AlarmRecord) -> Estimate:
    return _more(mine.lift, other.lift)


def measured(base: Study, benchmark: Study) -> tuple[Measurement, ...]:
    """Return the measurements of a study beside those of its benchmark."""
    if isinstance(base, DirectionStudy) and base.record is not None:
        other = benchmark.record if isinstance(benchmark, DirectionStudy) else None
        return direction_measurements(base.record, base.record.placebo, other, base.persistence)
    if isinstance(base, SizeStudy) and base.volatility is not None:
        other_size = benchmark.volatility if isinstance(benchmark, SizeStudy) else None
        beaten = None if other_size is None else other_size.rank.value
        return size_measurements(base.volatility, base.drawdown, base.loss, beaten)
    if isinstance(base, AlarmStudy) and isinstance(benchmark, AlarmStudy):
        return alarm_measurements(base.ahead, benchmark.ahead)
    return ()


def alarm_measurements(ahead: AlarmRecord | None, benchmark: AlarmRecord | None) -> tuple[Measurement, ...]:
    """Return precision of the alarms before large moves, with its lift over chance."""
    if ahead is None:
        return ()
    beaten = None if benchmark is None else benchmark.precision
    lift = ahead.lift
    gain, low, high = (value if isfinite(value) else None for value in (lift.value, lift.low, lift.high))
    return (
        Measurement("precision", ahead.precision, null=ahead.base, benchmark=beaten),
        Measurement("lift", gain, low, high),
        Measurement("alarms_per_day", ahead.raised),
    )
