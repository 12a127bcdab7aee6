"""What the last row of module J means: the dominant channel, how often such a bar is met, and what the chart draws."""

from collections.abc import Mapping

import numpy as np

from analysis.anomaly.channels import (
    CHANNELS,
    FEATURE_WORDS,
    GROUPS,
    IDS,
    NO_CHANNEL,
    Channel,
    p_metric,
)
from analysis.anomaly.fit import AnomalyFit
from analysis.anomaly.inputs import AnomalyInputs
from analysis.anomaly.metrics import COMBINED_P, channel_weights
from analysis.anomaly.settings import AnomalySettings
from analysis.anomaly.trace import AnomalyDetail
from analysis.arrays import Floats
from analysis.features.cusum import Alarm
from analysis.features.tail_probability import anomaly_score, once_in, sidak
from analysis.framework.look_back import days_of
from analysis.framework.module import Trace, Words
from analysis.framework.reasons import Message

ORDINARY_P = 0.1
"""Combined p-value above which a bar is ordinary and no channel is named."""
ROUNDING = 1e-9
SUMS = (
    *("cusum_up", "cusum_down", "cusum_threshold"),
    *("volatility_cusum_up", "volatility_cusum_down", "volatility_threshold"),
)


def words(
    trace: Trace[AnomalyDetail],
    inputs: AnomalyInputs,
    fits: Mapping[int, AnomalyFit],
    config: AnomalySettings,
) -> Words:
    """Return the dominant channel with the whole contribution, the verdict, notes and the drawn lines."""
    weights = channel_weights(config)
    dominant = trace.detail.dominant[-1]
    scored = np.isfinite(trace.score[-1]) and np.isfinite(dominant)
    unusual = np.isfinite(dominant) and trace.scalars[COMBINED_P][-1] <= ORDINARY_P
    channel = CHANNELS[int(dominant)] if unusual else None
    return Words(
        weights={p_metric(name): weight for name, weight in weights.items()},
        group_weights={
            group: sum(weights[one.id] for one in CHANNELS if one.group == group) for group in GROUPS
        },
        contributions={p_metric(IDS[int(dominant)]): float(trace.score[-1])} if scored else {},
        notes=_notes(trace, inputs, fits, config),
        labels={"driver": channel.id if channel else NO_CHANNEL},
        verdict=_verdict(trace, channel),
        series=_series(trace),
    )


def _verdict(trace: Trace[AnomalyDetail], channel: Channel | None) -> Message | None:
    if np.isnan(trace.score[-1]):
        return None
    if channel is None:
        return Message("ordinary_bar")
    detail = trace.detail
    if detail.smallest[-1] * (detail.past_count[-1] + 1) <= 1 + ROUNDING:
        return Message("rarer_than", {"bars": round(float(detail.past_count[-1])), "channel": channel.words})
    bars = round(float(once_in(trace.scalars[COMBINED_P])[-1]))
    return Message("once_in_bars", {"bars": bars, "channel": channel.words})


def scale_end(trace: Trace[AnomalyDetail], fitted: AnomalyFit) -> Message | None:
    """Return where the score ends: that of a bar rarer than all the past in the channel that has most of it."""
    past, independent = max((ecdf.count for ecdf in fitted.ecdfs.values()), default=0), fitted.independent
    if independent is None or not past or np.isnan(trace.score[-1]):
        return None
    smallest = np.full((1, 1), 1 / (past + 1))
    p = sidak(smallest, independent.of(smallest[0]))
    return Message(
        "scale_end", {"score": round(float(anomaly_score(p)[0]), 2), "bars": round(float(1 / p[0]))}
    )


def _notes(
    trace: Trace[AnomalyDetail],
    inputs: AnomalyInputs,
    fits: Mapping[int, AnomalyFit],
    config: AnomalySettings,
) -> tuple[Message, ...]:
    latest = fits[max(fits)] if fits else None
    if latest is None:
        return ()
    found = []
    past_bars = max((ecdf.count for ecdf in latest.ecdfs.values()), default=0)
    days = days_of(inputs.bars.interval, past_bars)
    if days < 0.95 * config.rank_days:
        found.append(Message("short_year", {"days": round(days)}))
    end = scale_end(trace, latest)
    found += [] if end is None else [end]
    if not latest.change.converged:
        found.append(Message("garch_replaced"))
    if latest.forest is not None:
        absent = [words for name, words in FEATURE_WORDS.items() if name not in latest.features]
        found += [Message("forest_without", {"what": words}) for words in absent]
    return tuple(found)


def _series(trace: Trace[AnomalyDetail]) -> dict[str, Floats]:
    detail = trace.detail
    columns = {"score": trace.score, "driver": detail.dominant}
    columns |= {f"group_{group}": np.abs(np.log10(p)) for group, p in detail.group_p.items()}
    columns |= {name: trace.values[name] for name in SUMS}
    level, volatility = (
        _marks(kind, len(trace.time)) for kind in (detail.alarms.level, detail.alarms.volatility)
    )
    return columns | {
        "change_points": level[0],
        "alarms": level[1],
        "volatility_change_points": volatility[0],
        "volatility_alarms": volatility[1],
    }


def _marks(alarms: tuple[Alarm, ...], count: int) -> tuple[Floats, Floats]:
    """Return the sides (1, -1, 0 for none) at the rows where changes began and where their alarms were raised."""
    began, raised = np.zeros(count), np.zeros(count)
    for alarm in alarms:
        began[max(alarm.change, 0)], raised[alarm.row] = alarm.side, alarm.side
    return began, raised
