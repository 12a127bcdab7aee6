"""A server that answers as the on-chain providers do, about chains that follow the simulated exchange's prices."""

from utils.sandbox.onchain.server import OnchainSandbox

__all__ = ["OnchainSandbox"]
