"""How signals become a score: means inside groups, a weighted mean of groups, exact contributions, coverage.

score = offset + scale * multiplier * sum(W_g * s_g) / sum(W_g), s_g = sum(w_i * s_i) / sum(w_i), both sums over what
is available: a missing metric hands its weight to its group, a missing group to the other groups. A metric's
contribution is its term of that sum, so contributions add up to score - offset. Coverage weighs each metric by
W_g * w_i / sum of w in its group, all groups and multipliers together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import divide
from analysis.framework.metric import MetricSpec


@dataclass(frozen=True, slots=True)
class WeightedSignal:
    """One metric's place: its id, its group and its weight inside it (0: shown, not counted)."""

    id: str
    group: str
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """Per row (n): each group's mean signal, their weighted mean, its standard error over groups; NaN if missing."""

    groups: Mapping[str, Floats]
    direction: Floats
    standard_error: Floats


@dataclass(frozen=True, slots=True)
class SignalWeights:
    """Who signals and how much each group counts; groups without a member of positive weight are left out."""

    signals: tuple[WeightedSignal, ...]
    group_weights: Mapping[str, float]

    def members(self, group: str) -> tuple[WeightedSignal, ...]:
        """Return the signals of positive weight in one group."""
        return tuple(member for member in self.signals if member.group == group and member.weight > 0)

    def groups(self) -> tuple[str, ...]:
        """Return the groups that count, in the order of their weights."""
        return tuple(name for name, weight in self.group_weights.items() if weight > 0 and self.members(name))

    def without(self, group: str) -> "SignalWeights":
        """Return the same weights without one group, such as a multiplier."""
        kept = {name: weight for name, weight in self.group_weights.items() if name != group}
        return SignalWeights(self.signals, kept)

    def by_metric(self) -> dict[str, float]:
        """Return the weight of each metric inside its group."""
        return {member.id: member.weight for member in self.signals}

    def blend(self, signals: Mapping[str, Floats]) -> Blend:
        """Return group means and direction for signals of n rows each; NaN is a missing signal."""
        means = {name: self.group_mean(name, signals) for name in self.groups()}
        stack = np.stack(list(means.values()))
        weights = np.array([self.group_weights[name] for name in means])[:, None]
        direction, _ = weighted_mean(stack, weights)
        return Blend(means, direction, error_of_mean(stack, weights, direction))

    def group_mean(self, group: str, signals: Mapping[str, Floats]) -> Floats:
        """Return the weighted mean of one group's available signals."""
        members = self.members(group)
        weights = np.array([member.weight for member in members])[:, None]
        return weighted_mean(np.stack([signals[member.id] for member in members]), weights)[0]

    def coverage(self, signals: Mapping[str, Floats]) -> Floats:
        """Return the share of all weights whose signal is available, per row."""
        total, held = 0.0, np.zeros(len(next(iter(signals.values()))))
        for group in self.groups():
            members = self.members(group)
            inside = sum(member.weight for member in members)
            total += self.group_weights[group]
            for member in members:
                weight = self.group_weights[group] * member.weight / inside
                held += weight * np.isfinite(signals[member.id])
        return np.minimum(held / total, 1.0)

    def shares(self, signals: Mapping[str, float]) -> dict[str, float]:
        """Return each metric's share of the direction for one row; they add up to 1 where anything is available."""
        inside = {name: self._available(name, signals) for name in self.groups()}
        total = sum(self.group_weights[name] for name, weight in inside.items() if weight > 0)
        return {
            member.id: self.group_weights[name] / total * member.weight / inside[name]
            for name in inside
            for member in self.members(name)
            if np.isfinite(signals[member.id])
        }

    def _available(self, group: str, signals: Mapping[str, float]) -> float:
        return sum(member.weight for member in self.members(group) if np.isfinite(signals[member.id]))


def configured_weights(metrics: Iterable[MetricSpec], config: Any) -> SignalWeights:
    """Return the weights in force of everything that is declared with a group: sections ``weights`` and ``groups``."""
    weights = config.weights.model_dump()
    signals = (
        WeightedSignal(spec.id, spec.group, weights[spec.key]) for spec in metrics if spec.group is not None
    )
    return SignalWeights(tuple(signals), config.groups.model_dump())


def weighted_mean(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return mean over axis 0 of the finite ``values`` (k, n) with ``weights`` (k, 1), and the weights held (n)."""
    known = np.isfinite(values)
    held = (weights * known).sum(axis=0)
    return divide((weights * np.where(known, values, 0.0)).sum(axis=0), held), held


def error_of_mean(values: Floats, weights: Floats, mean: Floats) -> Floats:
    """Return the standard error of ``weighted_mean`` over its k members, per row; NaN with fewer than two."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    spread, _ = weighted_mean((values - mean) ** 2, weights)
    return np.where(count > 1, np.sqrt(divide(spread, np.maximum(count - 1, 1).astype(np.float64))), np.nan)


def jackknife_error(whole: Floats, without: Floats, shares: Floats) -> Floats:
    """Return the standard error of a statistic (n) over k groups of unequal weight, by leaving each out in turn.

    ``without`` (k, n) is the statistic without each group, NaN where that group is not available; ``shares`` (k, 1)
    are the weights. Busing, Meijer and van der Leeden's (1999) delete-m_j jackknife: h_j = sum(w) / w_j,
    variance = mean_j((h_j whole - (h_j - 1) without_j - centre)^2 / (h_j - 1)), centre = k whole -
    sum_j((1 - 1 / h_j) without_j). For a mean it is the error of the mean. NaN with fewer than two groups.
    """
    known = np.isfinite(without)
    count = known.sum(axis=0)
    share = divide(shares * known, (shares * known).sum(axis=0))
    rest = np.where(known, 1 - share, 0.0)
    left_out = np.where(known, without, 0.0)
    centre = count * whole - (rest * left_out).sum(axis=0)
    pseudo = divide(whole - rest * left_out, share)
    squares = np.where(known, divide((pseudo - centre) ** 2 * share, rest), 0.0)
    variance = divide(squares.sum(axis=0), count.astype(np.float64))
    return np.where(count > 1, np.sqrt(variance), np.nan)
