"""Ensemble: a trained model in place of the average; without one the method is refused, never replaced."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.framework.reasons import Message, Reason
from composite.asked import TrainedModel
from composite.blend.average import RowTimes
from composite.input_rows import InputRows
from composite.weights import InputWeights

TRAIN_COMMAND = "scripts/train_ensemble"


@dataclass(frozen=True, slots=True, eq=False)
class ModelAverage:
    """2 P - 1 of a model's probability; ``places`` (j) are where its inputs stand among the k of the score."""

    values: Floats
    errors: Floats
    model: TrainedModel
    places: tuple[int | None, ...]
    reason: Reason | None = None
    notes: tuple[Message, ...] = ()
    weights: None = None

    def __call__(self, values: Floats, rows: slice) -> Floats:
        """Return the model's answer on the signed scale, NaN where no input is known."""
        del rows
        unknown = np.full(values.shape[1], np.nan)
        asked = np.array([unknown if place is None else values[place] for place in self.places])
        known = np.isfinite(asked).any(axis=0)
        found = np.full(values.shape[1], np.nan)
        if known.any():
            found[known] = 2 * self.model.predict(asked[:, known].T) - 1
        return found


@dataclass(frozen=True, slots=True, eq=False)
class RefusedAverage:
    """No average, with the reason."""

    values: Floats
    errors: Floats
    reason: Reason
    notes: tuple[Message, ...] = ()
    weights: None = None

    def __call__(self, values: Floats, rows: slice) -> Floats:
        """Return NaN."""
        del rows
        return np.full(values.shape[1], np.nan)


@dataclass(frozen=True, slots=True)
class EnsembleMethod:
    """The method with the model at hand, if any."""

    model: TrainedModel | None

    def __call__(
        self, inputs: InputRows, weights: InputWeights, times: RowTimes
    ) -> ModelAverage | RefusedAverage:
        """Return the model as an average of the inputs it knows."""
        del weights, times
        if self.model is None:
            refused = Reason("no_ensemble", {"command": TRAIN_COMMAND})
            return RefusedAverage(inputs.signed, inputs.se, refused)
        names = [spec.scalar for spec in inputs.specs]
        places = tuple(names.index(name) if name in names else None for name in self.model.inputs)
        return ModelAverage(inputs.signed, inputs.se, self.model, places)
