"""Values that formulas need at least, apart from the libraries that compute them."""

HT_MIN_BARS = 64
"""TA-Lib's Hilbert transforms look back over 63 bars."""
REI_MIN_BARS = 16
"""The range expansion index sums eight rows that each look eight bars back."""
HAR_PERIODS = (1, 7, 30)
"""Days of Corsi's day, week and month where every day trades."""
HURST_RETURNS = 256
"""Returns that the Hurst exponents are measured on."""
SEED_BARS = 50
"""Returns whose mean square is the first variance of a filter; they get no residual."""
MIN_COUNT = 500
"""Observations a value-at-risk needs."""
MIN_COUNT_INTRADAY_99 = 2000
"""Those of 99 % on bars shorter than a day: 20 losses lie beyond the level, of 500 there would be 5."""
DAY_MINUTES = 1440


def observations_needed(confidence: float, bar_minutes: float) -> int:
    """Return how many past bars a level asks for: 500, but 2,000 for 99 % or more on bars shorter than a day."""
    return MIN_COUNT_INTRADAY_99 if confidence >= 0.99 and bar_minutes < DAY_MINUTES else MIN_COUNT
