"""What the last row of module I means: the recommendation and why, the tables, and what the chart draws."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from analysis.allocate.fit import AllocateFit, ViewRecord
from analysis.allocate.inputs import AllocateInputs
from analysis.allocate.metrics import METRICS
from analysis.allocate.paths import growth_lines
from analysis.allocate.specs import CAP, FEE, LEADERS, LONG_NAMES, PENALTY, RECOMMENDED, TREND, VIEW_SOURCES
from analysis.allocate.table_specs import BAND
from analysis.allocate.tables import coin_names, tables_of
from analysis.allocate.values import Reading
from analysis.arrays import Floats
from analysis.features.allocation_methods import ALLOCATION_METHODS, BLACK_LITTERMAN, ERC
from analysis.features.risk_parity import risk_contributions
from analysis.framework.missing import too_few
from analysis.framework.module import Trace, Words
from analysis.framework.reasons import Message, Reason
from analysis.framework.result import Table
from analysis.framework.scoring import configured_weights
from config.c_portalloc import PortfolioAllocConfig


class _ViewNotes(NamedTuple):
    """The codes of what is said of one source's views."""

    unknown: str
    ignored: str
    used: str


_VIEW_NOTES: Final = {
    TREND: _ViewNotes("no_view_record", "views_ignored", "views_used"),
    LEADERS: _ViewNotes("no_leader_record", "leader_views_ignored", "leader_views_used"),
}


def words(
    trace: Trace[Reading],
    inputs: AllocateInputs,
    fits: Mapping[int, AllocateFit | None],
    config: PortfolioAllocConfig,
) -> Words:
    """Return contributions, the recommended weights in words, the tables, and growth by method."""
    del fits
    reading, weights = trace.detail, configured_weights(METRICS, config)
    score = float(trace.score[-1])
    found = tables_of(reading)
    return Words(
        weights=weights.by_metric(),
        group_weights=weights.group_weights,
        contributions=_contributions(trace, score),
        notes=_notes(reading, found, config),
        labels={} if reading.newest is None else {RECOMMENDED: reading.recommended},
        verdict=_verdict(reading) if np.isfinite(score) else None,
        series=growth_series(reading),
        curves=_curves(reading),
        tables=found,
        null_reasons=_null_reasons(reading, inputs, config),
    )


def _contributions(trace: Trace[Reading], score: float) -> dict[str, float]:
    """Return each metric's part of the score; with one metric it is the whole."""
    if not np.isfinite(score):
        return {}
    shares = configured_weights(METRICS, trace.detail.config).shares(
        {name: float(column[-1]) for name, column in trace.signals.items()}
    )
    return {name: share * float(trace.signals[name][-1]) for name, share in shares.items()}


def _verdict(reading: Reading) -> Message | None:
    if reading.newest is None:
        return None
    return Message("recommended_method", {"method": LONG_NAMES[reading.recommended]})


def _notes(reading: Reading, found: tuple[Table, ...], config: PortfolioAllocConfig) -> tuple[Message, ...]:
    newest, comparison = reading.newest, reading.comparison
    if newest is None:
        return ()
    notes = [
        Message("left_out_young", {"symbol": name, "needs": config.min_bars})
        for name, known in zip(coin_names(reading.inputs.members), newest.coins, strict=True)
        if not known
    ]
    if comparison.beaten is not None:
        code = "method_beats" if reading.recommended != ERC else "none_beats"
        p = f"{comparison.beaten.p:.2f}"
        notes.append(
            Message(code, {"method": LONG_NAMES[reading.recommended], "p": p, "days": comparison.days})
        )
    if not any(table.id == BAND for table in found):
        notes.append(Message("no_weight_band"))
    elif reading.recommended == BLACK_LITTERMAN:
        notes.append(Message("band_holds_views"))
    notes += [_view_note(source, newest.records[source]) for source in VIEW_SOURCES]
    notes.append(Message("prior_value" if newest.by_value else "prior_volume"))
    if reading.inputs.by_beta:
        notes.append(Message("moved_by_beta", {"symbols": ", ".join(reading.inputs.by_beta)}))
    return tuple(notes)


def _view_note(source: str, record: ViewRecord) -> Message:
    words_of = _VIEW_NOTES[source]
    if not np.isfinite(record.ic):
        return Message(words_of.unknown)
    low, high = record.interval
    facts = {"ic": f"{record.ic:+.3f}", "low": f"{low:+.3f}", "high": f"{high:+.3f}"}
    return Message(words_of.used if record.counts else words_of.ignored, facts)


def growth_series(reading: Reading) -> dict[str, Floats]:
    """Return what one unit of money became by method and for bitcoin, on the bars of the answer."""
    count = len(reading.panel.rows)
    lines = growth_lines(reading.comparison, reading.panel.rows)
    named = {f"growth_{name}": line for name, line in lines.items()}
    return named or {f"growth_{ERC}": np.full(count, np.nan)}


def _curves(reading: Reading) -> dict[str, Floats]:
    """Return each coin's share of the risk, by method, in the order of the table of weights."""
    newest = reading.newest
    if newest is None:
        return {}
    held = newest.coins
    covariance = newest.covariance[np.ix_(held, held)]
    config = reading.config
    numbers = {
        "walked_days": float(reading.comparison.days),
        FEE: config.fee,
        PENALTY: config.turnover_penalty,
        CAP: config.max_weight,
    }
    found = {name: np.array([number]) for name, number in numbers.items()}
    for method in ALLOCATION_METHODS:
        share = np.zeros(len(held))
        share[held] = np.nan_to_num(risk_contributions(newest.weights[method][held], covariance))
        found[f"risk_{method}"] = share
    return found


def _null_reasons(
    reading: Reading, inputs: AllocateInputs, config: PortfolioAllocConfig
) -> tuple[Reason, ...]:
    if reading.newest is not None:
        return ()
    needs = config.min_bars + 1
    few = too_few(needs, len(inputs.bars), "few_days")
    return (few or Reason("no_boundary", {"needs": needs}),)
