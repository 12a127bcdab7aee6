"""Why a value of module J's last bar is missing, in words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from analysis.anomaly.fit import AnomalyFit, lead_bars
from analysis.anomaly.inputs import RawRows, RegimeAnomalyInputs
from analysis.anomaly.metrics import IDS, p_metric
from analysis.arrays import Floats
from analysis.framework.reasons import Reason

if TYPE_CHECKING:
    from analysis.regime_anomal import RegimeAnomalyConfig

CONSTANT = Reason("constant")
AFTER_GAP = Reason("after_gap")
BASIS = ("basis_bps", "p_basis")
JOINT = ("p_joint", "isolation_score", "isolation_features")
CHANGE_DATES = ("change_bars_ago", "change_side", "volatility_change_bars_ago", "volatility_change_side")
RETURNS = ("returns", "deviation", "price_wave", "change")


def missing_reasons(
    inputs: RegimeAnomalyInputs,
    raw: RawRows,
    fits: Mapping[int, AnomalyFit],
    values: Mapping[str, Floats],
    config: "RegimeAnomalyConfig",
) -> dict[str, Reason]:
    """Return a reason for every metric that is NaN in the last row."""
    fitted = fits[max(fits)] if fits else None
    asked = _Asked(inputs, raw, fitted, config)
    return {name: asked.reason(name) for name, column in values.items() if np.isnan(column[-1])}


class _Asked:
    """One answer's facts, asked metric by metric."""

    def __init__(
        self,
        inputs: RegimeAnomalyInputs,
        raw: RawRows,
        fitted: AnomalyFit | None,
        config: "RegimeAnomalyConfig",
    ) -> None:
        self._inputs, self._raw, self._fitted, self._config = inputs, raw, fitted, config

    def reason(self, name: str) -> Reason:
        """Return why this metric of the last row is missing."""
        if "open_interest" in name:
            return self._positioning(name, self._inputs.open_interest_reason, self._raw.open_interest_change)
        if "funding" in name:
            return self._positioning(name, self._inputs.funding_reason, self._raw.funding_change)
        if name in BASIS and np.isnan(self._raw.basis[-1]):
            return self._inputs.pair.other_reason or Reason("no_data", {"what": "bar of the other market"})
        if name.endswith(("_z", "_mean", "_mean_se", "_sd", "_sd_se")) or name.startswith("return_"):
            return self._plain(name)
        if name == "cumulative_deviation":
            if np.isnan(self._raw.returns[-1]):
                return self._no_return()
            wanted = self._config.deviation_bars + self._config.deviation_reference_bars
            return self._few(wanted, "too_few_bars", self._known_returns()) or CONSTANT
        return self._fitted_reason(name)

    def _known_returns(self) -> int:
        return int(np.isfinite(self._raw.returns).sum())

    def _few(self, needs: int, code: str, has: int) -> Reason | None:
        return Reason(code, {"needs": needs, "has": has}) if has < needs else None

    def _positioning(self, name: str, absent: Reason | None, changes: Floats) -> Reason:
        if absent is not None:
            return absent
        has = int(np.isfinite(changes).sum())
        needs = self._plain_needs(name) if not name.startswith("p_") else self._config.rank_min_bars
        few = self._few(needs, "few_past_values", has)
        if few is not None:
            return few
        what = "open interest at this close" if "open_interest" in name else "settled funding"
        return CONSTANT if np.isfinite(changes[-1]) else Reason("no_data", {"what": what})

    def _no_return(self) -> Reason:
        return AFTER_GAP if len(self._inputs.bars) > 1 else Reason("too_few_bars", {"needs": 2, "has": 1})

    def _plain_needs(self, name: str) -> int:
        return self._config.z_min_bars + 1 if name.endswith("_z") else self._config.moment_bars

    def _plain(self, name: str) -> Reason:
        if name == "return_z" and np.isnan(self._raw.returns[-1]):
            return self._no_return()
        series = {"range": self._raw.ranges, "volume": self._raw.volume}
        has = int(np.isfinite(series.get(name.split("_", maxsplit=1)[0], self._raw.returns)).sum())
        return self._few(self._plain_needs(name), "too_few_bars", has) or CONSTANT

    def _fitted_reason(self, name: str) -> Reason:
        fitted = self._fitted
        if fitted is None:
            needs, has = self._config.fit_min_bars, len(self._inputs.bars)
            return self._few(needs, "too_few_bars", has) or Reason("no_boundary", {"needs": needs})
        if name in JOINT and fitted.forest is None:
            return Reason(
                "too_few_bars", {"needs": self._config.forest_min_bars, "has": len(self._inputs.bars)}
            )
        if name in JOINT:
            return Reason("no_data", {"what": _absent_feature(self._raw, fitted)})
        if name in CHANGE_DATES:
            return Reason("no_change", {"bars": self._config.cusum_bars})
        channel = name.removeprefix("p_")
        if channel in RETURNS and np.isnan(self._raw.returns[-1]):
            return self._no_return()
        if "volume" in name and np.isnan(fitted.usual["volume"]).all():
            return Reason("no_volume")
        if channel in IDS and p_metric(channel) == name and channel not in fitted.past:
            return self._no_past(channel)
        return CONSTANT

    def _no_past(self, channel: str) -> Reason:
        """A channel that no fit could rank: its series stands still, or is too short behind what it is measured by."""
        series = {"basis": self._raw.basis, "volume": self._raw.volume, "volume_wave": self._raw.volume}
        line = series.get(channel, self._raw.returns)
        known = line[np.isfinite(line)]
        if len(known) > 1 and np.ptp(known) == 0:
            return CONSTANT
        ready = max(0, len(known) - lead_bars(self._config))
        needs = self._config.rank_min_bars
        return Reason("few_past_values", {"needs": needs, "has": min(ready, needs - 1)})


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


FEATURE_WORDS = {
    "returns": "return over one bar",
    "range": "range",
    "volume": "volume",
    "basis": "basis",
    "open_interest": "open interest at this close",
    "funding": "settled funding",
}
"""What the isolation forest reads, in words."""
USUAL_SIZE = "usual size to compare with"
