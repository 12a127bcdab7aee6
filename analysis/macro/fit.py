"""What module F estimates at a refit time: nothing."""

from analysis.macro.inputs import MacroInputs
from config.c_onchain import OnChainConfig


def fit(inputs: MacroInputs, config: OnChainConfig, refit_time: int) -> None:
    """Estimate nothing; no refit time is ever asked for."""
    del inputs, config, refit_time
