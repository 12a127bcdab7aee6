"""Ensemble: a trained model in place of the average; without one the method is refused, never replaced."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.framework.reasons import Message, Reason
from composite.asked import TrainedModel
from composite.blend.average import Rows, RowTimes
from composite.input_rows import InputRows
from composite.weights import InputWeights


@dataclass(frozen=True, slots=True, eq=False)
class ModelAverage:
    """2 p - 1 of a model's raw score p; ``places`` (j) are where its inputs stand among the k of the score."""

    values: Floats
    errors: Floats
    model: TrainedModel
    places: tuple[int | None, ...]
    reason: Reason | None = None
    notes: tuple[Message, ...] = ()
    weights: None = None

    def __call__(self, values: Floats, rows: Rows) -> Floats:
        """Return the model's answer on the signed scale, NaN where no input is known.

        What is missing stays so where everything is set to neutral: the model is then asked without it as well.
        """
        known_values = np.where(np.isfinite(self.values[:, rows]), values, np.nan)
        unknown = np.full(values.shape[1], np.nan)
        asked = np.array([unknown if place is None else known_values[place] for place in self.places])
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

    def __call__(self, values: Floats, rows: Rows) -> Floats:
        """Return NaN."""
        del rows
        return np.full(values.shape[1], np.nan)


@dataclass(frozen=True, slots=True)
class EnsembleMethod:
    """The method with a trained model, or with the reason why there is none."""

    model: TrainedModel | Reason

    def __call__(
        self, inputs: InputRows, weights: InputWeights, times: RowTimes
    ) -> ModelAverage | RefusedAverage:
        """Return the model as an average of the inputs it knows."""
        del weights, times
        if isinstance(self.model, Reason):
            return RefusedAverage(inputs.signed, inputs.se, self.model)
        names = [spec.scalar for spec in inputs.specs]
        places = tuple(names.index(name) if name in names else None for name in self.model.inputs)
        return ModelAverage(inputs.signed, inputs.se, self.model, places)
