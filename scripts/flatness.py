"""Whether memory that was measured at equal distances came to rest."""

from collections.abc import Sequence
from typing import Final

FLAT_SHARE: Final = 0.05
FLAT_MB: Final = 10.0
"""What memory may be above its highest in the third quarter in the last one: a share of it, and so many MB more."""
LEAST_LOOKS: Final = 8


def growth(memory_mb: Sequence[float]) -> str | None:
    """Say that memory grew where it did; ``None`` where it did not, or where it was looked at too rarely to know."""
    if len(memory_mb) < LEAST_LOOKS:
        return None
    half, last = len(memory_mb) // 2, 3 * len(memory_mb) // 4
    before, after = max(memory_mb[half:last]), max(memory_mb[last:])
    if after <= before * (1 + FLAT_SHARE) + FLAT_MB:
        return None
    return f"memory grew from {before:.0f} to {after:.0f} MB in the second half"
