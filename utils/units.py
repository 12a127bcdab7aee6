"""Units that numbers are turned into."""

from typing import Final

PERCENT: Final = 100.0
"""What a share is multiplied by to be in percent."""
