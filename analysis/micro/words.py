"""What the last row of module H means: contributions, how long it has been live, and each factor's record."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.features.sign_record import SignRecord
from analysis.framework.answer import linear_contributions
from analysis.framework.module import Trace, Words
from analysis.framework.reasons import Message
from analysis.framework.scoring import configured_weights
from analysis.micro.inputs import MicroInputs
from analysis.micro.metrics import FACTORS, METRICS
from analysis.micro.trace import MicroDetail
from analysis.sources.live_ticks import live_notes
from config.c_micro import MicroAlphaConfig
from utils.units import PERCENT


def words(
    trace: Trace[MicroDetail], inputs: MicroInputs, fits: Mapping[int, None], config: MicroAlphaConfig
) -> Words:
    """Return the contributions of the last row, the notes, and the table of factors as curves."""
    del fits
    weights = configured_weights(METRICS, config)
    return Words(
        weights=weights.by_metric(),
        group_weights=weights.group_weights,
        contributions=linear_contributions(trace, weights, scale=0.5),
        notes=_live(inputs) + _record_notes(trace.detail, config),
        curves=_table(trace) | {"factor_horizon_s": np.array([float(config.horizon_s)])},
    )


def _live(inputs: MicroInputs) -> tuple[Message, ...]:
    return () if inputs.ticks is None else live_notes(inputs.ticks)


def _record_notes(detail: MicroDetail, config: MicroAlphaConfig) -> tuple[Message, ...]:
    return tuple(
        Message(
            "factor_record",
            {
                "factor": FACTORS[name].title,
                "rate": round(PERCENT * record.hit_rate),
                "error": round(PERCENT * record.hit_error),
                "horizon": config.horizon_s,
                "correlation": round(record.correlation, 2),
                "spread": round(record.correlation_error, 2),
                "count": record.count,
            },
        )
        for name, record in detail.records.items()
        if record is not None
    )


def _table(trace: Trace[MicroDetail]) -> dict[str, Floats]:
    """Return one number per factor, in the order of the metrics; NaN where it is not known."""
    records = [trace.detail.records[name] for name in FACTORS]
    return {
        "factor_signal": np.array([trace.signals[name][-1] for name in FACTORS]),
        "factor_hit_rate": _each(records, "hit_rate"),
        "factor_hit_error": _each(records, "hit_error"),
        "factor_correlation": _each(records, "correlation"),
        "factor_correlation_error": _each(records, "correlation_error"),
        "factor_seconds": _each(records, "count"),
    }


def _each(records: list[SignRecord | None], field: str) -> Floats:
    return np.array([np.nan if record is None else float(getattr(record, field)) for record in records])
