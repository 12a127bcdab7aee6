"""The blending methods by their name in the configuration."""

from collections.abc import Mapping
from typing import Final

from composite.asked import TrainedModel
from composite.blend.average import AverageMaker
from composite.blend.ensemble import EnsembleMethod
from composite.blend.normalised import normalised_mean
from composite.blend.pca import principal_component
from composite.blend.weighted import weighted_mean
from config.c_composite import Method

UNTRAINED: Final[Mapping[Method, AverageMaker]] = {
    "weighted_mean": weighted_mean,
    "normalised_mean": normalised_mean,
    "pca": principal_component,
}


def method_named(name: Method, model: TrainedModel | None) -> AverageMaker:
    """Return a method; ``model`` is what the ensemble uses, where one is trained."""
    return EnsembleMethod(model) if name == "ensemble" else UNTRAINED[name]
