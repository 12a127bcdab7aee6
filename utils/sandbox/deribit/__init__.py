"""A server that answers as Deribit's public API does, about the options of the simulated exchange."""

from utils.sandbox.deribit.server import DeribitSandbox

__all__ = ["DeribitSandbox"]
