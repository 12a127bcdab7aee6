"""What the last row of module G means: contributions and the rank, verdict, notes, and what the chart draws."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import lag
from analysis.framework.look_back import days_of
from analysis.framework.missing import FEW_PAST, FITS, too_few
from analysis.framework.module import Trace, Words
from analysis.framework.reasons import Message
from analysis.framework.result import Group
from analysis.framework.scoring import configured_weights
from analysis.risk.fit import RiskFit
from analysis.risk.inputs import RiskInputs, rank_bars
from analysis.risk.levels import contributions
from analysis.risk.leverage_metrics import CRASH_LOSSES, LEVERAGES, LIQUIDATIONS, SURVIVORS
from analysis.risk.metrics import METRICS
from analysis.risk.tail_metrics import NEXT_BAR_VAR
from analysis.risk.trace import RiskDetail
from config.c_risk import RiskExposureConfig

NEUTRAL = 0.5


def words(
    trace: Trace[RiskDetail],
    inputs: RiskInputs,
    fits: Mapping[int, RiskFit],
    config: RiskExposureConfig,
) -> Words:
    """Return contributions above the ordinary levels, what the rank makes of their sum, and the sentences."""
    interval, weights = inputs.bars.interval, configured_weights(METRICS, config)
    year = rank_bars(config, interval)
    past = int(np.isfinite(trace.detail.raw[-year - 1 : -1]).sum())
    days, score = round(days_of(interval, past)), float(trace.score[-1])
    parts = contributions(trace.signals, weights, year)
    return Words(
        weights=weights.by_metric(),
        group_weights=weights.group_weights,
        contributions=parts,
        steps=(Group("rank", None, 0.0, score - NEUTRAL - sum(parts.values())),),
        notes=_notes(inputs, fits, days, config),
        verdict=_verdict(score, days),
        series=_series(trace),
        curves=_curves(trace),
        null_reasons=() if (few := too_few(config.rank_min_bars, past, FEW_PAST)) is None else (few,),
    )


def _verdict(score: float, days: int) -> Message | None:
    return Message("riskier_than", {"share": f"{score:.0%}", "days": days}) if np.isfinite(score) else None


def _notes(
    inputs: RiskInputs, fits: Mapping[int, RiskFit], days: int, config: RiskExposureConfig
) -> tuple[Message, ...]:
    notes = [note] if (note := _fit_note(inputs, fits)) is not None else []
    if 0 < days < config.rank_days - 1:
        notes.append(Message("short_year", {"days": days}))
    if inputs.approximate:
        notes.append(Message("approximate_brackets"))
    if inputs.crashes.by_beta and inputs.crashes.beta is not None:
        titles = ", ".join(
            spec.event.title for spec in CRASH_LOSSES if spec.event.id in inputs.crashes.by_beta
        )
        facts = {"symbol": inputs.bars.symbol, "events": titles, "beta": f"{inputs.crashes.beta:.2f}"}
        notes.append(Message("beta_used", facts))
    return tuple(notes)


def _fit_note(inputs: RiskInputs, fits: Mapping[int, RiskFit]) -> Message | None:
    if FITS in inputs.missing:
        return Message("ewma_used", {"why": "the fits failed"})
    if not fits:
        return Message("ewma_used", {"why": "too few bars"})
    latest = fits[max(fits)].garch
    if not latest.converged:
        return Message("ewma_used", {"why": "the fit did not converge"})
    return Message("garch_at_bound") if latest.at_bound else None


def _series(trace: Trace[RiskDetail]) -> dict[str, Floats]:
    values = trace.values
    forecast = {f"var_{level}": lag(values[spec.id], 1) for level, spec in NEXT_BAR_VAR.items()}
    return {
        "return": 100 * np.expm1(trace.detail.returns),
        **forecast,
        "drawdown": values["drawdown_now"],
        "trail_long": values["chandelier_long"],
        "trail_short": values["chandelier_short"],
        "volatility": values["vol_forecast"],
        "score": trace.score,
    }


def _curves(trace: Trace[RiskDetail]) -> dict[str, Floats]:
    def latest(ids: list[str]) -> Floats:
        return np.array([trace.values[one][-1] for one in ids])

    return {
        "liq_leverage": np.array(LEVERAGES, dtype=np.float64),
        "liq_long": latest([spec.id for spec in LIQUIDATIONS if spec.side == "long"]),
        "liq_short": latest([spec.id for spec in LIQUIDATIONS if spec.side == "short"]),
        "stress_loss": latest([spec.id for spec in CRASH_LOSSES]),
        "stress_leverage": latest([spec.id for spec in SURVIVORS]),
    }
