"""What the tables say beside a score: tests over all variants, nulls, sensitivity, coins, reliability, the ensemble."""

from collections.abc import Iterator, Mapping
from math import isfinite

from scripts.evaluation.cases import BASE
from scripts.evaluation.comparison import Comparison
from scripts.evaluation.records import judged, relation
from scripts.evaluation.results import EnsembleResult, ScoreResult
from scripts.evaluation.study import DirectionStudy
from scripts.evaluation.words import interval, number, share
from utils.units import BASIS_POINTS

EARNED: Mapping[str, str] = {
    "direction": "held as positions after costs",
    "size": "mapped to a variance and judged by their gain in QLIKE",
    "alarm": "judged by their gain in large moves that followed alarms",
}


def beside(result: ScoreResult) -> Iterator[str]:
    """Yield what was measured beside the score."""
    yield from withheld_lines(result)
    if result.sensitivity:
        yield from comparison_lines(result)
        yield from null_lines(result)
    yield from best_input(result)
    yield from coin_lines(result)
    yield from reliability_lines(result)
    if result.ensemble is not None:
        yield from ensemble_lines(result.ensemble)
    if result.sensitivity:
        yield from sensitivity_lines(result)


def withheld_lines(result: ScoreResult) -> Iterator[str]:
    """Yield how often the score was withheld, and what happened there."""
    for part, found in zip(result.spans, result.withheld, strict=False):
        said = (
            f"Withheld in {part.span.name}: by a gate {share(found.gated)}, as too uncertain {share(found.vague)}, "
            f"for want of inputs {share(found.missing)}."
        )
        if isfinite(found.gap.value):
            by, unit = (
                (BASIS_POINTS, " bp") if result.kind == "direction" else (1.0, " times the usual variance")
            )
            said += (
                f" What came after a withheld score was {found.hidden * by:.2f}{unit}, after a shown one "
                f"{found.shown * by:.2f}; difference {interval(found.gap, by, 2)}."
            )
        yield said
        yield ""


def comparison_lines(result: ScoreResult) -> Iterator[str]:
    """Yield the tests over all columns against the benchmark, and of all variants against the score as it stands."""
    if result.comparison is not None:
        yield from _compared(
            result.comparison, f"All {result.comparison.variants} columns {EARNED[result.kind]}"
        )
    if result.improving is not None:
        better = ", ".join(result.improving.superior) or "none"
        yield (
            f"Of {result.improving.variants} variants StepM finds these better than the score as it stands: {better} "
            f"(the best of them p = {result.improving.p:.2f})."
        )
        yield ""


def _compared(found: Comparison, subject: str) -> Iterator[str]:
    sharpe, fitted = found.sharpe, found.overfitting
    superior = ", ".join(found.superior) or "none"
    said = [
        f"{subject}, training years: superior ability over {found.benchmark} p = {found.p:.2f}, "
        f"StepM finds {superior}; best by Sharpe: {found.best}"
    ]
    if sharpe is not None:
        said.append(
            f" ({sharpe.sharpe:+.4f} a bar; luck's best of {sharpe.trials} is {sharpe.expected_best:.4f}; deflated "
            f"probability {sharpe.probability:.2f})"
        )
    if fitted is not None:
        said.append(f"; probability of backtest overfitting {fitted.probability:.2f}")
    yield "".join(said) + "."
    yield ""


def null_lines(result: ScoreResult) -> Iterator[str]:
    """Yield what the same score gives where there is nothing to forecast."""
    if result.nulls:
        said = "; ".join(f"{name} {number(value)}" for name, value in result.nulls.items())
        yield f"The same relation where there is nothing to forecast: {said}."
        yield ""


def best_input(result: ScoreResult) -> Iterator[str]:
    """Yield how the score stands beside the input that is best alone in the training years."""
    studies = result.spans[0].studies
    found = {name: relation(study)[2] for name, study in studies.items() if name != result.benchmark}
    signed = {name: one.value for name, one in found.items() if one is not None and isfinite(one.value)}
    sizes = {name: abs(value) if result.kind == "direction" else value for name, value in signed.items()}
    alone = {name: size for name, size in sizes.items() if name != BASE}
    if len(alone) < 2 or BASE not in sizes:
        return
    best = max(alone, key=alone.__getitem__)
    said = "beats" if sizes[BASE] > alone[best] else "**does not beat**"
    span = result.spans[0].span.name
    by = ", by the size of the relation," if result.kind == "direction" else ""
    yield f"{span}: it{by} {said} its best single input ({best}: {signed[best]:+.4f}; it: {signed[BASE]:+.4f})."
    yield ""


def coin_lines(result: ScoreResult) -> Iterator[str]:
    """Yield the relation of every symbol alone, by span."""
    if len(result.symbols) < 2:
        return
    for place, whole in enumerate(result.spans):
        parts = []
        for symbol, spans in result.by_symbol.items():
            found = relation(spans[place].studies[BASE])[2]
            verdict = judged(result, spans[place])[2]
            parts.append(f"{symbol} {'not measured' if found is None else interval(found)} ({verdict.text})")
        if parts:
            yield f"By coin, {whole.span.name}: {'; '.join(parts)}."
            yield ""


def reliability_lines(result: ScoreResult) -> Iterator[str]:
    """Yield the reliability table of the score as a probability of a rise, out of sample."""
    for part in result.spans:
        study = part.studies[BASE]
        if not isinstance(study, DirectionStudy) or study.reliability is None:
            continue
        fair = study.reliability
        yield (
            f"Reliability of P(rise) from the score, {part.span.name}, out of sample: Brier {fair.brier:.4f} (of the "
            f"frequency before {fair.brier_base:.4f})."
        )
        yield ""
        yield f"| forecast | {' | '.join(f'{one.forecast:.1%}' for one in fair.bins)} |"
        yield f"|---|{'---|' * len(fair.bins)}"
        yield f"| observed | {' | '.join(f'{one.observed:.1%}' for one in fair.bins)} |"
        yield f"| rows | {' | '.join(str(one.count) for one in fair.bins)} |"
        yield ""


def ensemble_lines(found: EnsembleResult) -> Iterator[str]:
    """Yield what the ensemble was worth in the place of the average."""
    compared = found.comparison
    model, mean, base = compared.model, compared.weighted_mean, compared.base
    gain, on_base = compared.log_loss_gain, compared.gain_on_base
    yield (
        f"Ensemble in the place of the average, {compared.rows:,} rows of the training years that it had not seen "
        f"({compared.independent:,.0f} independent): log loss {model.log_loss:.5f}, of the weighted mean "
        f"{mean.log_loss:.5f}, of the base rate {base.log_loss:.5f}; gain on the mean {gain.mean:+.5f} "
        f"({gain.low:+.5f} … {gain.high:+.5f}), on the base rate {on_base.mean:+.5f} ({on_base.low:+.5f} … "
        f"{on_base.high:+.5f}); rank IC "
        f"{model.ic:+.4f}, of the mean {mean.ic:+.4f}. "
        + (
            "It is refused: " + "; ".join(reason.text for reason in found.verdict) + "."
            if found.verdict
            else "Usable."
        )
    )
    yield ""


def sensitivity_lines(result: ScoreResult) -> Iterator[str]:
    """Yield how every change moves the score and its relation with what came after."""
    yield "| change | rank correlation with the score | labels that change | relation with what came after |"
    yield "|---|---|---|---|"
    yield f"| none | | | {number(result.relations[BASE])} |"
    for one in result.sensitivity:
        after = number(result.relations[one.change])
        yield f"| {one.change} | {number(one.correlation, 3)} | {share(one.relabelled)} | {after} |"
    yield ""
