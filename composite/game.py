"""A score as a function of its inputs, so that one way of explaining and of measuring uncertainty serves all seven."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.framework.reasons import Message, Reason
from composite.blend.average import Rows
from composite.input_rows import InputRows
from composite.weights import InputWeights

Worth = Callable[[Floats, Rows], Floats]
"""Values (k, m) of all inputs and which m rows they are, to the raw score (m)."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedPart:
    """A number beside the score per row (n), with its scale and why the last one is missing, if it is."""

    values: Floats
    low: float
    high: float
    neutral: float
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ScoreGame:
    """A raw score of n rows: ``worth`` of the ``values`` (k, n) of all counted inputs, with their ``errors`` (k, n).

    ``inputs`` and ``weights`` are those that the score is made of; ``missing`` says by scalar why the last value of one
    is missing although the panel has it.
    Inputs of role ``averaged`` are explained, each against its value ``neutral``; multipliers stay as they are. An
    ``additive`` worth is a sum of one term per input. ``spreads`` says that groups that disagree make it uncertain, by
    what each adds to ``mean``, which is in the unit of the raw score; to ``worth`` where there is none.
    ``ranked`` scores are the trailing rank of the raw one. ``reason`` says why the last row has no raw score although
    its floors are met.
    """

    inputs: InputRows
    weights: InputWeights
    values: Floats
    errors: Floats
    worth: Worth
    additive: bool = True
    neutral: float = 0.0
    spreads: bool = True
    mean: Worth | None = None
    ranked: bool = False
    parts: Mapping[str, NamedPart] = field(default_factory=dict)
    missing: Mapping[str, Reason] = field(default_factory=dict)
    reason: Reason | None = None
    notes: tuple[Message, ...] = ()
    verdict: Message | None = None

    @property
    def explained(self) -> NDArray[np.bool_]:
        """Say which inputs (k) take part in the explanation."""
        return np.array([spec.role == "averaged" for spec in self.inputs.specs], dtype=np.bool_)

    @property
    def groups(self) -> tuple[NDArray[np.intp], ...]:
        """The places of the explained inputs, group by group."""
        names = [
            spec.group if averaged else ""
            for spec, averaged in zip(self.inputs.specs, self.explained, strict=True)
        ]
        return tuple(np.flatnonzero([one == name for one in names]) for name in dict.fromkeys(names) if name)

    def raw(self) -> Floats:
        """Return the raw score of every row."""
        return self.worth(self.values, slice(None))

    def at_neutral(self, rows: Rows) -> Floats:
        """Return the raw score of some rows with every explained input that is there at its neutral value."""
        return self.worth(self.neutral_values(rows), rows)

    def neutral_values(self, rows: Rows) -> Floats:
        """Return the values (k, m) of some rows with every explained input that is there at its neutral value."""
        values = self.values[:, rows]
        return np.where(self.explained[:, None] & np.isfinite(values), self.neutral, values)
