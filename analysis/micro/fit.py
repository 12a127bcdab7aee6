"""What module H estimates at a refit time: nothing."""

from analysis.micro.inputs import MicroInputs
from config.c_micro import MicroAlphaConfig


def fit(inputs: MicroInputs, config: MicroAlphaConfig, refit_time: int) -> None:
    """Estimate nothing; no refit time is ever asked for."""
    del inputs, config, refit_time
