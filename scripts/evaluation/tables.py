"""The tables of ``docs/composites.md``, written between markers; what could not be measured says so."""

import re
from collections.abc import Callable, Iterator, Sequence

from composite.evidence.persistence import DECAY
from scripts.evaluation.beside import beside
from scripts.evaluation.records import judged
from scripts.evaluation.results import Measured, ScoreResult, SpanResult, Study
from scripts.evaluation.study import AlarmStudy, DirectionStudy, SizeStudy
from scripts.evaluation.words import NOT_MEASURED, interval, number
from utils.units import BASIS_POINTS

FEW_COINS = 8
DASH = "–"
"""Of a horizon shorter than a bar."""


def with_tables(text: str, results: Sequence[ScoreResult | Measured]) -> str:
    """Return the page with each score's tables between its markers; ``ValueError`` where a score has no markers."""
    for name in dict.fromkeys(result.name for result in results):
        tables = "\n".join(line for one in results if one.name == name for line in lines_of(one)).rstrip()
        pattern = re.compile(rf"(<!-- measured {name} -->\n).*?(<!-- /measured -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"no markers for {name}")
        text = pattern.sub(_put(tables), text)
    return text


def _put(tables: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found[1]}{tables}\n{found[2]}"


def lines_of(result: ScoreResult | Measured) -> Iterator[str]:
    """Yield the tables of one score."""
    if isinstance(result, Measured):
        yield from (*result.lines, "")
        return
    yield f"### {result.variant}, {result.interval}"
    yield ""
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
            "IC at ¼, ½, 1, 2, 4 ×",
            "turnover",
            "autocorrelation",
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
        return (NOT_MEASURED,) * 12
    fair = study.reliability
    points = " / ".join(_point(study, multiple) for multiple in DECAY)
    lags = " / ".join(f"{value:.2f} ({lag})" for lag, value in study.persistence.autocorrelation.items())
    return (
        interval(record.ic),
        f"{record.placebo:+.4f} ± {record.placebo_spread:.4f}",
        interval(record.pearson),
        f"{record.hit_rate.value:.1%} ({record.base_rate:.1%})",
        interval(record.tenth.mean, BASIS_POINTS, 1),
        interval(record.tenth.median, BASIS_POINTS, 1),
        f"{record.tenth.net * BASIS_POINTS:+.1f}",
        f"{record.fifth.mean.value * BASIS_POINTS:+.1f} / {record.fifth.median.value * BASIS_POINTS:+.1f}",
        points,
        f"{study.persistence.turnover:.2f}",
        lags,
        NOT_MEASURED
        if fair is None
        else f"{fair.slope:+.2f} ({fair.slope_low:+.2f} … {fair.slope_high:+.2f})",
    )


def _point(study: DirectionStudy, multiple: float) -> str:
    found = next((point.ic for point in study.decay if point.multiple == multiple), None)
    return DASH if found is None else number(found)


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
