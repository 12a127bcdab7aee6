"""The blending methods by their name in the configuration."""

from composite.asked import TrainedModel
from composite.blend.average import AverageMaker
from composite.blend.ensemble import EnsembleMethod
from composite.blend.weighted import weighted_mean
from config.c_composite import Method


def method_named(name: Method, model: TrainedModel | None) -> AverageMaker:
    """Return a method; ``model`` is what the ensemble uses, where one is trained."""
    return EnsembleMethod(model) if name == "ensemble" else weighted_mean
