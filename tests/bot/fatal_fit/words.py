"""Module A's words, unchanged."""

from analysis.trend.words import words

__all__ = ["words"]
