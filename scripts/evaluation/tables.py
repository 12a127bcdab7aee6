"""The tables of ``docs/composites.md``, written between markers; what could not be measured says so."""

import re
from collections.abc import Callable, Iterator, Sequence
from math import isfinite

from composite.evidence.estimate import Estimate
from scripts.evaluation.evaluate import BASE, ScoreResult, SpanResult, Study
from scripts.evaluation.records import judged, relation
from scripts.evaluation.study import AlarmStudy, DirectionStudy, SizeStudy
from utils.units import BASIS_POINTS

NOT_MEASURED = "not measured"
FEW_COINS = 8


def with_tables(text: str, results: Sequence[ScoreResult]) -> str:
    """Return the page with each score's tables between its markers; ``ValueError`` where a score has no markers."""
    for name in dict.fromkeys(result.name for result in results):
        tables = "\n".join(line for one in results if one.name == name for line in lines_of(one))
        pattern = re.compile(rf"(<!-- measured {name} -->\n).*?(<!-- /measured -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"no markers for {name}")
        text = pattern.sub(_put(tables), text)
    return text


def _put(tables: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found[1]}{tables}\n{found[2]}"


def lines_of(result: ScoreResult) -> Iterator[str]:
    """Yield the tables of one score."""
    yield (
        f"`{result.variant}`, {result.interval} bars of {_coins(result.symbols)}, horizon {result.horizon} bars, "
        f"{result.method.replace('_', ' ')}; {result.trials} variants tried so far. "
        f"Never tested: {', '.join(f'`{name}`' for name in result.untested) or 'none'}."
    )
    yield ""
    for part in result.spans:
        rows, independent, said, _ = judged(result, part)
        yield f"**{part.span.name}** ({rows} moments, {independent} without overlap; known in {part.share_known:.0%})"
        yield ""
        yield from study_table(part)
        yield ""
        yield f"Verdict: {said.text}."
        yield ""
    if result.sensitivity:
        yield from beside(result)


def _coins(symbols: Sequence[str]) -> str:
    return ", ".join(symbols) if len(symbols) <= FEW_COINS else f"{len(symbols)} symbols"


def study_table(part: SpanResult) -> Iterator[str]:
    """Yield a row for each column of a span."""
    first = next(iter(part.studies.values()))
    heads = _heads(first)
    yield f"| | {' | '.join(heads)} |"
    yield f"|---|{'---|' * len(heads)}"
    for name, study in part.studies.items():
        yield f"| {name.replace('|', '¦')} | {' | '.join(_cells(study))} |"


def _heads(study: Study) -> tuple[str, ...]:
    if isinstance(study, DirectionStudy):
        return (
            "rank IC",
            "same, random signs",
            "Pearson",
            "hit rate (base)",
            "mean top − bottom tenth, bp",
            "median, bp",
            "mean after costs, bp",
            "top − bottom fifth, mean / median bp",
            "IC at ½, 1, 2, 4 ×",
            "turnover",
            "calibration slope",
        )
    if isinstance(study, SizeStudy):
        return ("rank with volatility", "moved in time", "rank with drawdown", "QLIKE (HAR)", "gain on HAR")
    return ("alarms", "precision, next bar", "base", "lift", "precision, same bar", "rank with volatility")


def _cells(study: Study) -> tuple[str, ...]:
    if isinstance(study, DirectionStudy):
        return _direction_cells(study)
    return _size_cells(study) if isinstance(study, SizeStudy) else _alarm_cells(study)


def _direction_cells(study: DirectionStudy) -> tuple[str, ...]:
    record = study.record
    if record is None:
        return (NOT_MEASURED,) * 11
    fair = study.reliability
    points = " / ".join(
        number(point.ic) for point in study.decay if point.ic is not None and point.multiple >= 0.5
    )
    return (
        interval(record.ic),
        f"{record.placebo:+.4f} ± {record.placebo_spread:.4f}",
        interval(record.pearson),
        f"{record.hit_rate.value:.1%} ({record.base_rate:.1%})",
        interval(record.tenth.mean, BASIS_POINTS, 1),
        interval(record.tenth.median, BASIS_POINTS, 1),
        f"{record.tenth.net * BASIS_POINTS:+.1f}",
        f"{record.fifth.mean.value * BASIS_POINTS:+.1f} / {record.fifth.median.value * BASIS_POINTS:+.1f}",
        points or NOT_MEASURED,
        f"{study.persistence.turnover:.2f}",
        NOT_MEASURED
        if fair is None
        else f"{fair.slope:+.2f} ({fair.slope_low:+.2f} … {fair.slope_high:+.2f})",
    )


def _size_cells(study: SizeStudy) -> tuple[str, ...]:
    volatility, drawdown, loss = study.volatility, study.drawdown, study.loss
    return (
        NOT_MEASURED if volatility is None else interval(volatility.rank),
        NOT_MEASURED if volatility is None else f"{volatility.placebo:+.3f}",
        NOT_MEASURED if drawdown is None else interval(drawdown.rank),
        NOT_MEASURED if loss is None else f"{loss.loss:.3f} ({loss.benchmark:.3f})",
        NOT_MEASURED if loss is None else interval(loss.gain),
    )


def _alarm_cells(study: AlarmStudy) -> tuple[str, ...]:
    ahead, same, rank = study.ahead, study.same, study.rank
    return (
        "0" if ahead is None else f"{ahead.alarms} ({ahead.raised:.2f} a day)",
        NOT_MEASURED if ahead is None else f"{ahead.precision:.1%}",
        NOT_MEASURED if ahead is None else f"{ahead.base:.1%}",
        NOT_MEASURED if ahead is None else interval(ahead.lift),
        NOT_MEASURED if same is None else f"{same.precision:.1%}",
        NOT_MEASURED if rank is None else interval(rank.rank),
    )


def beside(result: ScoreResult) -> Iterator[str]:
    """Yield what was tried beside the score: the tests over all variants, the nulls, the sensitivity."""
    found = result.comparison
    if found is not None:
        sharpe, fitted = found.sharpe, found.overfitting
        superior = ", ".join(found.superior) or "none"
        yield f"All {found.variants} columns held as positions after costs, training years: superior ability over "
        yield f"{found.benchmark} p = {found.p:.2f}, StepM finds {superior}; best by Sharpe: {found.best}"
        if sharpe is not None:
            yield f"({sharpe.sharpe:+.4f} a bar; luck's best of {sharpe.trials} is {sharpe.expected_best:.4f}; "
            yield f"deflated probability {sharpe.probability:.2f});"
        if fitted is not None:
            yield f"probability of backtest overfitting {fitted.probability:.2f}."
        yield ""
    if result.nulls:
        said = "; ".join(f"{name} {value:+.4f}" for name, value in result.nulls.items())
        yield f"Rank IC of the same score where there is nothing to forecast: {said}."
        yield ""
    yield from best_input(result)
    yield "| change | rank correlation with the score | labels that change | relation with what came after |"
    yield "|---|---|---|---|"
    yield f"| none | | | {number(result.relations[BASE])} |"
    for one in result.sensitivity:
        after = number(result.relations[one.change])
        yield f"| {one.change} | {number(one.correlation, 3)} | {share(one.relabelled)} | {after} |"


def best_input(result: ScoreResult) -> Iterator[str]:
    """Yield how the score stands beside the input that is best alone in the training years."""
    studies = result.spans[0].studies
    found = {name: relation(study)[2] for name, study in studies.items() if name != result.benchmark}
    signed = {name: one.value for name, one in found.items() if one is not None and isfinite(one.value)}
    sizes = {name: abs(value) if result.kind == "direction" else value for name, value in signed.items()}
    alone = {name: size for name, size in sizes.items() if name != BASE}
    if not alone or BASE not in sizes:
        return
    best = max(alone, key=alone.__getitem__)
    said = "beats" if sizes[BASE] > alone[best] else "**does not beat**"
    yield f"Training years: it {said} its best single input ({best}: {signed[best]:+.4f}; it: {signed[BASE]:+.4f})."
    yield ""


def interval(found: Estimate, by: float = 1.0, decimals: int = 4) -> str:
    """Return a number with its interval, ``not measured`` for none."""
    if not isfinite(found.value):
        return NOT_MEASURED
    low, high = (f"{end * by:+.{decimals}f}" for end in (found.low, found.high))
    return f"{found.value * by:+.{decimals}f} ({low} … {high})"


def number(value: float, decimals: int = 4) -> str:
    """Return a signed number, ``not measured`` for none."""
    return f"{value:+.{decimals}f}" if isfinite(value) else NOT_MEASURED


def share(value: float) -> str:
    """Return a share in percent."""
    return f"{value:.1%}" if isfinite(value) else NOT_MEASURED
