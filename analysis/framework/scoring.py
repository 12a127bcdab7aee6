"""How signals become a score: means inside groups, a weighted mean of groups, exact contributions, coverage.

score = offset + scale * multiplier * sum(W_g * s_g) / sum(W_g), s_g = sum(w_i * s_i) / sum(w_i), both sums over what
is available: a missing metric hands its weight to its group, a missing group to the other groups. A metric's
contribution is its term of that sum, so contributions add up to score - offset. Coverage weighs each metric by
W_g * w_i / sum of w in its group, all groups and multipliers together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import divide


@dataclass(frozen=True, slots=True)
class Vote:
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
class Ballot:
    """Who votes and how much each group counts; groups without a vote of positive weight are left out."""

    votes: tuple[Vote, ...]
    group_weights: Mapping[str, float]

    def members(self, group: str) -> tuple[Vote, ...]:
        """Return the counting votes of one group."""
        return tuple(vote for vote in self.votes if vote.group == group and vote.weight > 0)

    def groups(self) -> tuple[str, ...]:
        """Return the groups that count, in the order of their weights."""
        return tuple(name for name, weight in self.group_weights.items() if weight > 0 and self.members(name))

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
        weights = np.array([vote.weight for vote in members])[:, None]
        return weighted_mean(np.stack([signals[vote.id] for vote in members]), weights)[0]

    def coverage(self, signals: Mapping[str, Floats]) -> Floats:
        """Return the share of all weights whose signal is available, per row."""
        total, held = 0.0, np.zeros(len(next(iter(signals.values()))))
        for group in self.groups():
            members = self.members(group)
            inside = sum(vote.weight for vote in members)
            total += self.group_weights[group]
            for vote in members:
                weight = self.group_weights[group] * vote.weight / inside
                held += weight * np.isfinite(signals[vote.id])
        return np.minimum(held / total, 1.0)

    def shares(self, signals: Mapping[str, float]) -> dict[str, float]:
        """Return each metric's share of the direction for one row; they add up to 1 where anything is available."""
        inside = {name: self._available(name, signals) for name in self.groups()}
        total = sum(self.group_weights[name] for name, weight in inside.items() if weight > 0)
        return {
            vote.id: self.group_weights[name] / total * vote.weight / inside[name]
            for name in inside
            for vote in self.members(name)
            if np.isfinite(signals[vote.id])
        }

    def _available(self, group: str, signals: Mapping[str, float]) -> float:
        return sum(vote.weight for vote in self.members(group) if np.isfinite(signals[vote.id]))


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
