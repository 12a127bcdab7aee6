"""Values that formulas need at least, apart from the libraries that compute them."""

HT_MIN_BARS = 64
"""TA-Lib's Hilbert transforms look back over 63 bars."""
