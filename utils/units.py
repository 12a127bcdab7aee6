"""Units that numbers are turned into, and how many milliseconds a unit of time has."""

from typing import Final

PERCENT: Final = 100.0
"""What a share is multiplied by to be in percent."""
BASIS_POINTS: Final = 10_000.0
"""What a share is multiplied by to be in basis points."""
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
