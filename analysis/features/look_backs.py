"""Values that formulas need at least, apart from the libraries that compute them."""

HT_MIN_BARS = 64
"""TA-Lib's Hilbert transforms look back over 63 bars."""
REI_MIN_BARS = 16
"""The range expansion index sums eight rows that each look eight bars back."""
HAR_PERIODS = (1, 7, 30)
"""Days of Corsi's day, week and month where every day trades."""
