"""How sure an interval around a measured value is."""

from typing import Final

CONFIDENCE: Final = 0.95
"""Share of drawn values inside the intervals of a track record."""
