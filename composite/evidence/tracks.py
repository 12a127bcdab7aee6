"""From measured records to what the evidence button and the HTTP record show, and the verdict they support."""

from collections.abc import Sequence
from math import isfinite
from typing import Final

from analysis.framework.reasons import Message, Reason
from composite.evidence.direction import DirectionRecord
from composite.evidence.estimate import Estimate
from composite.evidence.intensity import IntensityRecord, LossRecord
from composite.evidence.persistence import Persistence
from composite.record import Measurement
from utils.units import BASIS_POINTS

ENOUGH: Final = 500
"""Independent samples that a verdict needs."""
FEW_SAMPLES: Final = "record_too_short"
NO_EDGE: Final = "record_no_edge"
AGAINST: Final = "record_against"
BELOW: Final = "record_below_benchmark"
ABOVE: Final = "record_beats_benchmark"
NOT_APART: Final = "record_not_apart"


def verdict(independent: int, found: Estimate | None, gain: Estimate | None, benchmark: str) -> Message:
    """Return what a record says: ``found`` is the relation with what came after, ``gain`` its lead on the benchmark.

    A relation counts where its interval excludes 0, a lead where it lies above 0. One below 0 speaks against what the
    score claims, and its sign is not turned.
    """
    if independent < ENOUGH or found is None:
        return Message(FEW_SAMPLES, {"needs": ENOUGH, "has": independent})
    if not found.excludes_zero:
        return Message(NO_EDGE)
    if found.high < 0:
        return Message(AGAINST)
    if gain is None or not gain.low > 0:
        return Message(BELOW, {"benchmark": benchmark})
    return Message(ABOVE, {"benchmark": benchmark})


def direction_measurements(
    record: DirectionRecord, null: float, benchmark: DirectionRecord | None, lasting: Persistence
) -> tuple[Measurement, ...]:
    """Return the measurements of a score with a direction; ``null`` is its rank IC on sign-shuffled moves."""
    beaten = None if benchmark is None else benchmark.ic.value
    tenth = record.tenth
    return (
        _measured("rank_ic", record.ic, null=null, benchmark=beaten),
        _measured("pearson", record.pearson),
        _measured("hit_rate", record.hit_rate, benchmark=record.base_rate),
        _measured("mean_spread_bps", _scaled(tenth.mean, BASIS_POINTS)),
        _measured("median_spread_bps", _scaled(tenth.median, BASIS_POINTS)),
        _number("net_spread_bps", tenth.net * BASIS_POINTS),
        _number("turnover", lasting.turnover),
    )


def size_measurements(
    volatility: IntensityRecord,
    drawdown: IntensityRecord | None,
    loss: LossRecord | None,
    beaten: float | None,
) -> tuple[Measurement, ...]:
    """Return the measurements of a score of size; ``beaten`` is the benchmark's rank correlation with volatility."""
    found = [_measured("rank_volatility", volatility.rank, null=volatility.placebo, benchmark=beaten)]
    if drawdown is not None:
        found.append(_measured("rank_drawdown", drawdown.rank, null=drawdown.placebo))
    if loss is not None:
        found.append(_number("qlike", loss.loss, benchmark=loss.benchmark))
        found.append(_measured("qlike_gain", loss.gain))
    return tuple(found)


def _measured(
    name: str, found: Estimate, *, null: float | None = None, benchmark: float | None = None
) -> Measurement:
    value, low, high = _finite((found.value, found.low, found.high))
    return Measurement(name, value, low, high, null, benchmark, _missing(found))


def _number(name: str, value: float, *, benchmark: float | None = None) -> Measurement:
    (kept,) = _finite((value,))
    reason = None if kept is not None else Reason("no_data", {"what": name})
    return Measurement(name, kept, benchmark=benchmark, reason=reason)


def _missing(found: Estimate) -> Reason | None:
    return None if isfinite(found.value) else Reason("constant")


def _scaled(found: Estimate, by: float) -> Estimate:
    return Estimate(found.value * by, found.low * by, found.high * by)


def _finite(values: Sequence[float]) -> tuple[float | None, ...]:
    return tuple(value if isfinite(value) else None for value in values)
