"""Approximate margin brackets, a large coin's, for where the exchange's own cannot be read without a key."""

from typing import Final

BRACKET_CAPS: Final = (20_000.0, 100_000.0, 800_000.0, 4_000_000.0, 8_000_000.0, 40_000_000.0)
"""Upper ends of notional, USDT."""
BRACKET_RATES: Final = (0.005, 0.0065, 0.01, 0.02, 0.025, 0.05)
"""Maintenance margin of each as a share of notional."""
BRACKET_LEVERAGES: Final = (100.0, 75.0, 50.0, 25.0, 20.0, 10.0)
"""Highest leverage of each."""
HIGHEST_LEVERAGE: Final = 200
"""No exchange offers more."""
