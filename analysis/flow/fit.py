"""What module D estimates at a refit time: nothing."""

from analysis.flow.inputs import FlowInputs
from config.c_order import OrderFlowConfig


def fit(inputs: FlowInputs, config: OrderFlowConfig, refit_time: int) -> None:
    """Estimate nothing; no refit time is ever asked for."""
    del inputs, config, refit_time
