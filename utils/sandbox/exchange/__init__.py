"""A Binance-compatible exchange on loopback: spot, USD-M futures and options, simulated or replayed."""

from utils.sandbox.exchange.server import ExchangeSandbox

__all__ = ["ExchangeSandbox"]
