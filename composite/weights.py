"""What each input weighs: configured, shared inside its group, matched by horizon, faded by age, held by quality.

A group's weight is the largest configured one among its members, who share it in proportion to their own: three views
of one fact do not get three votes. structural = shared weight * exp(-|ln(h / H)| / tau), h the horizon of the input and
H that of the score; effective = structural * 2^(-age in half-lives) * quality, 0 where the value is missing.
coverage = sum of effective / sum of structural.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.windows import divide
from composite.input_rows import InputRows
from config.c_composite import InputSpec


@dataclass(frozen=True, slots=True, eq=False)
class InputWeights:
    """Weights of k inputs: ``shared``, ``match`` and ``structural`` (k); the others (k, n)."""

    shared: Floats
    match: Floats
    structural: Floats
    staleness: Floats
    quality: Floats
    effective: Floats

    def only(self, kept: NDArray[np.bool_]) -> "InputWeights":
        """Return those of some of the inputs, told by (k)."""
        return InputWeights(
            self.shared[kept],
            self.match[kept],
            self.structural[kept],
            self.staleness[kept],
            self.quality[kept],
            self.effective[kept],
        )

    def coverage(self) -> Floats:
        """Return the share of the structural weight that is there, per row (n); 0 where nothing counts."""
        total = self.structural.sum()
        held = self.effective.sum(axis=0)
        return np.minimum(held / total, 1.0) if total > 0 else np.zeros_like(held)


def weigh(inputs: InputRows, horizon_s: float, tau: float) -> InputWeights:
    """Return the weights of a score's inputs; one whose horizon is not known weighs as if it matched."""
    shared = shared_weights(inputs.specs)
    match = horizon_match(inputs.horizon_s, horizon_s, tau)
    structural = shared * match
    staleness = np.exp2(-np.nan_to_num(inputs.ages))
    effective = structural[:, None] * staleness * inputs.quality * inputs.present
    return InputWeights(shared, match, structural, staleness, inputs.quality, effective)


def horizon_match(horizons: Floats, horizon_s: float, tau: float) -> Floats:
    """Return exp(-|ln(h / H)| / tau) of each horizon, 1 where it is not known."""
    return np.where(np.isfinite(horizons), np.exp(-np.abs(np.log(horizons / horizon_s)) / tau), 1.0)


def shared_weights(specs: tuple[InputSpec, ...]) -> Floats:
    """Return each input's share of its group's weight (k); a multiplier keeps its own and is in no group."""
    averaged = [spec for spec in specs if spec.role == "averaged"]
    found = []
    for spec in specs:
        members = [one.weight for one in averaged if one.group == spec.group]
        shares = spec.role == "averaged" and sum(members) > 0
        found.append(spec.weight * max(members) / sum(members) if shares else spec.weight)
    return np.array(found)


def groups_present(inputs: InputRows, effective: Floats) -> NDArray[np.int64]:
    """Return how many groups have a member that counts, per row (n)."""
    held = [_any_of(inputs, effective, group) for group in group_names(inputs.specs)]
    return np.sum(held, axis=0, dtype=np.int64) if held else np.zeros(effective.shape[1], np.int64)


def group_names(specs: tuple[InputSpec, ...]) -> tuple[str, ...]:
    """Return the groups in the order of their first members."""
    return tuple(dict.fromkeys(spec.group for spec in specs))


def _any_of(inputs: InputRows, effective: Floats, group: str) -> NDArray[np.bool_]:
    members = [i for i, spec in enumerate(inputs.specs) if spec.group == group]
    return np.asarray((effective[members] > 0).any(axis=0))


def parent_shares(inputs: InputRows, weights: InputWeights) -> dict[str, float]:
    """Return the share of the structural weight that rests on each raw fact.

    An input's weight is spread evenly over its parents; inputs without a column rest on nothing known.
    """
    total, found = float(weights.structural.sum()), dict[str, float]()
    for spec, weight in zip(inputs.specs, weights.structural.tolist(), strict=True):
        column = inputs.columns.get(spec.scalar)
        parents = column.parents if column else ()
        for parent in parents:
            found[parent] = found.get(parent, 0.0) + weight / total / len(parents)
    return found


def group_means(inputs: InputRows, values: Floats, effective: Floats) -> tuple[Floats, Floats]:
    """Return each group's weighted mean of ``values`` and its weight, both (groups, n); NaN where it has nothing."""
    members = [
        [i for i, spec in enumerate(inputs.specs) if spec.group == group]
        for group in group_names(inputs.specs)
    ]
    held = np.array([effective[rows].sum(axis=0) for rows in members])
    known = np.where(effective > 0, values, 0.0)
    sums = np.array([(effective[rows] * known[rows]).sum(axis=0) for rows in members])
    return divide(sums, held), held
