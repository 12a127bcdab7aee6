"""Module A's trace, unchanged."""

from analysis.trend.trace import trace

__all__ = ["trace"]
