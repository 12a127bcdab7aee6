"""What workers measure of option chains, by code that is imported where it runs."""

from importlib import import_module

from utils.option_chain import OptionChain
from utils.recorder.option_figures import Beside


def option_gamma(chain: OptionChain, now: int) -> Beside:
    """Return what is recorded of a chain's gamma at ``now`` (UTC ms), as `option_gamma.gamma_to_record` does."""
    measured: Beside = import_module("analysis.sources.option_gamma").gamma_to_record(chain, now)
    return measured
