"""The blending methods by their name in the configuration."""

from collections.abc import Mapping
from typing import Final

from composite.asked import ScoreContext
from composite.blend.average import AverageMaker
from composite.blend.ensemble import EnsembleMethod
from composite.blend.normalised import min_max_mean, normalised_mean
from composite.blend.pca import principal_component
from composite.blend.weighted import weighted_mean
from composite.ensemble.kept import kept_model
from config.c_composite import CompositeSpec, Method

UNTRAINED: Final[Mapping[Method, AverageMaker]] = {
    "weighted_mean": weighted_mean,
    "normalised_mean": normalised_mean,
    "min_max_mean": min_max_mean,
    "pca": principal_component,
}


def method_of(spec: CompositeSpec, context: ScoreContext, horizon_s: float) -> AverageMaker:
    """Return a score's method; the ensemble uses the model of the context, else the one that is kept for the score."""
    if spec.method != "ensemble":
        return UNTRAINED[spec.method]
    return EnsembleMethod(context.model or kept_model(spec, context.interval, horizon_s))
