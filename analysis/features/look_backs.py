"""Values that formulas need at least, apart from the libraries that compute them."""

SEED_BARS = 50
"""Returns whose mean square is the first variance of a filter; they get no residual."""
