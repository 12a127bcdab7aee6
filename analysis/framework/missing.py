"""Why a value of the last bar is missing: from the declaration first, from the module's own rules where it must."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from analysis.arrays import Floats
from analysis.framework.measured import failed_in
from analysis.framework.metric import BarsNeeded, MetricSpec, ScalarSpec, Scaled, bars_needed
from analysis.framework.module import InputsT
from analysis.framework.reasons import Reason

FitT = TypeVar("FitT")
CONSTANT = Reason("constant")
FITS = "fits"
"""The source name under which it is said that every fit failed."""
PART_FAILED = Reason("part_failed")
FEW_PAST = "few_past_values"


@dataclass(frozen=True, slots=True, eq=False)
class Situation(Generic[InputsT, FitT]):
    """Everything a reason can be found in; ``values`` are all rows of every metric."""

    inputs: InputsT
    fits: Mapping[int, FitT]
    config: Any
    values: Mapping[str, Floats]

    def needed(self, declared: BarsNeeded) -> int:
        """Return how many bars a declaration asks for here."""
        return bars_needed(declared, self.config, self.inputs.bars.interval)


@dataclass(frozen=True, slots=True)
class Family:
    """Rules of metrics that share a way of being missing.

    ``first`` is asked before the bars are counted. ``count`` is how many of what ``bars`` counts there are (the closed
    bars by default), ``too_few`` the code of the reason when they do not suffice; ``why`` is asked where they do. Both
    rules leave an ordinary case to the general one with ``None``.
    """

    first: Callable[[Any, Any], Reason | None] | None = None
    count: Callable[[Any], int] | None = None
    why: Callable[[Any, Any], Reason | None] | None = None
    too_few: str = "too_few_bars"


@dataclass(frozen=True, slots=True)
class Rules:
    """A module's own rules by ``MetricSpec.family``."""

    families: Mapping[str, Family] = field(default_factory=dict)


def too_few(needs: int, has: int, code: str = "too_few_bars") -> Reason | None:
    """Return the reason for too few, ``None`` where there are enough."""
    return Reason(code, {"needs": needs, "has": has}) if has < needs else None


def missing_reasons(
    metrics: Iterable[MetricSpec],
    situation: Situation[Any, Any],
    rules: Rules = Rules(),
    *,
    signals: Mapping[str, Floats] | None = None,
    scalars: tuple[tuple[ScalarSpec, Floats], ...] = (),
) -> dict[str, Reason]:
    """Return a reason for every metric and signal that is not finite in the last row.

    For a scalar the same where its metric or too few bars explain it; else it is missing as the score is.
    """
    reasons: dict[str, Reason] = {}
    for spec in metrics:
        if not np.isfinite(situation.values[spec.id][-1]):
            reasons[spec.id] = value_reason(spec, situation, rules)
        elif signals is not None and spec.id in signals and not np.isfinite(signals[spec.id][-1]):
            reasons[spec.id] = _signal_reason(spec, situation)
    for declared, column in scalars:
        if not np.isfinite(column[-1]):
            why = reasons.get(declared.metric) or _few_bars(declared, situation)
            if why is not None:
                reasons[declared.name] = why
    return reasons


def value_reason(spec: MetricSpec, situation: Situation[Any, Any], rules: Rules) -> Reason:
    """Return why a value is missing: a failed part, an absent source, the family's rules, too few bars, no moves."""
    if spec.id in failed_in(situation.values):
        return PART_FAILED
    for source in spec.needs:
        absent: Reason | None = situation.inputs.missing.get(source)
        if absent is not None:
            return absent
    enough = len(situation.inputs.bars) >= situation.needed(spec.bars)
    if FITS in situation.inputs.missing and enough:
        return PART_FAILED
    family = rules.families.get(spec.family, Family())
    before = family.first(spec, situation) if family.first is not None else None
    if before is not None:
        return before
    has = len(situation.inputs.bars) if family.count is None else family.count(situation)
    short = too_few(situation.needed(spec.bars), has, family.too_few)
    if short is not None:
        return short
    own = family.why(spec, situation) if family.why is not None else None
    return own or CONSTANT


def _few_bars(declared: ScalarSpec, situation: Situation[Any, Any]) -> Reason | None:
    return too_few(situation.needed(declared.bars), len(situation.inputs.bars))


def _signal_reason(spec: MetricSpec, situation: Situation[Any, Any]) -> Reason:
    scale = situation.config.scale_min_bars if isinstance(spec.signal, Scaled) else 0
    return too_few(situation.needed(spec.bars) + scale, len(situation.inputs.bars)) or CONSTANT
