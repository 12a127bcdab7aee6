"""Why a value of module J is missing where its declaration alone does not tell."""

from dataclasses import dataclass

import numpy as np

from analysis.anomaly.channels import (
    BASIS,
    CHANNEL,
    FEATURE_WORDS,
    FUNDING,
    INTEREST,
    JOINT,
    USUAL_SIZE,
    Channel,
)
from analysis.anomaly.fit import AnomalyFit
from analysis.anomaly.inputs import AnomalyInputs, lead_bars
from analysis.anomaly.metrics import (
    CHANGE_DATE,
    CUSUM,
    DEVIATION,
    FITTED,
    PLAIN,
    ROBUST_Z,
    SHAPE,
    ChannelMetric,
    PlainMetric,
    StatisticMetric,
)
from analysis.anomaly.own_past import open_interest_p
from analysis.anomaly.rows import RawRows
from analysis.arrays import Floats
from analysis.features.cusum import MIN_BLOCKS
from analysis.framework.metric import MetricSpec
from analysis.framework.missing import CONSTANT, FEW_PAST, Family, Rules, Situation, too_few
from analysis.framework.reasons import Reason

AnomalySituation = Situation[AnomalyInputs, AnomalyFit]
AFTER_GAP = Reason("after_gap")
SPARSE = Reason("forest_sparse")
SUMS_REST = Reason("sums_rest")


def rules_of(raw: RawRows, latest: AnomalyFit | None) -> Rules:
    """Return the rules of these rows and the fit in force."""
    rules = _Rules(raw, latest)
    return Rules(
        {
            INTEREST: Family(why=rules.positioning),
            FUNDING: Family(why=rules.positioning),
            BASIS: Family(why=rules.basis),
            PLAIN: Family(why=rules.plain),
            SHAPE: Family(why=rules.plain),
            DEVIATION: Family(why=rules.deviation),
            JOINT: Family(why=rules.joint),
            CHANGE_DATE: Family(why=rules.change_date),
            CUSUM: Family(why=rules.cusum),
            CHANNEL: Family(why=rules.fitted),
            FITTED: Family(why=rules.fitted),
        }
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Rules:
    raw: RawRows
    latest: AnomalyFit | None

    def positioning(self, spec: MetricSpec, situation: AnomalySituation) -> Reason:
        changes, what = (
            (self.raw.open_interest_change, FEATURE_WORDS["open_interest"])
            if spec.family == INTEREST
            else (self.raw.funding_change, FEATURE_WORDS["funding"])
        )
        needs = _plain_needs(spec, situation) if isinstance(spec, PlainMetric) else _ranked(situation)
        has = int(np.isfinite(changes).sum())
        if has >= needs and spec.family == INTEREST and isinstance(spec, ChannelMetric):
            interval = situation.inputs.bars.interval
            ranked = open_interest_p(self.raw, len(changes) - 1, interval, situation.config)
            has = int(np.nan_to_num(ranked.past_count[-1]))  # whose hour has a usual size by then
        few = too_few(needs, has, FEW_PAST)
        if few is not None:
            return few
        return CONSTANT if np.isfinite(changes[-1]) else Reason("no_data", {"what": what})

    def basis(self, spec: MetricSpec, situation: AnomalySituation) -> Reason:
        if np.isnan(self.raw.basis[-1]):
            return Reason("no_data", {"what": "bar of the other market"})
        return self.fitted(spec, situation)

    def plain(self, spec: MetricSpec, situation: AnomalySituation) -> Reason | None:
        measured = spec.measured.id if isinstance(spec, PlainMetric) else "return"
        is_z = isinstance(spec, PlainMetric) and spec.statistic is ROBUST_Z
        if measured == "return" and is_z and np.isnan(self.raw.returns[-1]):
            return self._no_return(situation)
        line = {"range": self.raw.ranges, "volume": self.raw.volume}.get(measured, self.raw.returns)
        return too_few(_plain_needs(spec, situation), int(np.isfinite(line).sum()))

    def deviation(self, spec: MetricSpec, situation: AnomalySituation) -> Reason | None:
        del spec
        if np.isnan(self.raw.returns[-1]):
            return self._no_return(situation)
        config = situation.config
        known = int(np.isfinite(self.raw.returns).sum())
        return too_few(config.deviation_bars + config.deviation_reference_bars, known)

    def joint(self, spec: MetricSpec, situation: AnomalySituation) -> Reason:
        del spec
        if self.latest is None:
            return _no_fit(situation)
        if self.latest.forest is None:
            before = int(np.searchsorted(situation.inputs.bars.close_time, max(situation.fits)))
            return too_few(situation.config.forest_min_bars, before, "too_few_before") or SPARSE
        return Reason("no_data", {"what": _absent_feature(self.raw, self.latest)})

    def change_date(self, spec: MetricSpec, situation: AnomalySituation) -> Reason:
        del spec
        if self.latest is None:
            return _no_fit(situation)
        return Reason("no_change", {"bars": situation.config.cusum_bars})

    def cusum(self, spec: MetricSpec, situation: AnomalySituation) -> Reason:
        if self.latest is None:
            return _no_fit(situation)
        config, change = situation.config, self.latest.change
        few = too_few(MIN_BLOCKS * config.cusum_block_bars, change.observations, "observations")
        few = few or too_few(config.cusum_bars, int(np.isfinite(self.raw.returns).sum()))
        return few or (SUMS_REST if change.deviation_abs_z > 0 else CONSTANT)

    def fitted(self, spec: MetricSpec, situation: AnomalySituation) -> Reason:
        if self.latest is None:
            return _no_fit(situation)
        channel = spec.channel if isinstance(spec, ChannelMetric | StatisticMetric) else None
        if channel is not None and channel.from_returns and np.isnan(self.raw.returns[-1]):
            return self._no_return(situation)
        if _on_volume(spec) and np.isnan(self.latest.scales["volume"]).all():
            return Reason("no_volume")
        if channel is not None and channel.id not in self.latest.ecdfs:
            return self._no_past(channel, situation)
        return CONSTANT

    def _no_return(self, situation: AnomalySituation) -> Reason:
        several = len(situation.inputs.bars) > 1
        return AFTER_GAP if several else Reason("too_few_bars", {"needs": 2, "has": 1})

    def _no_past(self, channel: Channel, situation: AnomalySituation) -> Reason:
        """Return why the fit has no distribution of a channel: constant values, or too few before it."""
        line = self._line(channel)
        before = int(np.searchsorted(situation.inputs.bars.close_time, max(situation.fits)))
        known = line[:before][np.isfinite(line[:before])]
        if len(known) > 1 and np.ptp(known) == 0:
            return CONSTANT
        needs = _ranked(situation) + lead_bars(situation.config)
        return too_few(needs, len(known), "too_few_before") or CONSTANT

    def _line(self, channel: Channel) -> Floats:
        if channel.on_volume:
            return self.raw.volume
        return self.raw.basis if channel.family == BASIS else self.raw.returns


def _on_volume(spec: MetricSpec) -> bool:
    return isinstance(spec, ChannelMetric | StatisticMetric) and spec.channel.on_volume


def _ranked(situation: AnomalySituation) -> int:
    needs: int = situation.config.rank_min_bars
    return needs


def _plain_needs(spec: MetricSpec, situation: AnomalySituation) -> int:
    config = situation.config
    is_z = isinstance(spec, PlainMetric) and spec.statistic is ROBUST_Z
    needs: int = config.z_min_bars + 1 if is_z else config.moment_bars
    return needs


def _no_fit(situation: AnomalySituation) -> Reason:
    needs = situation.config.fit_min_bars
    return too_few(needs, len(situation.inputs.bars)) or Reason("no_boundary", {"needs": needs})


def _absent_feature(raw: RawRows, fitted: AnomalyFit) -> str:
    last = {
        "returns": raw.returns[-1],
        "range": raw.ranges[-1],
        "basis": raw.basis[-1],
        "open_interest": raw.open_interest_change[-1],
        "funding": 0.0 if raw.funding_known[-1] else np.nan,
    }
    absent = [name for name in fitted.features if np.isnan(last.get(name, 0.0))]
    return FEATURE_WORDS[absent[0]] if absent else USUAL_SIZE
