"""The names of the ways to share money among coins, apart from the libraries that compute them."""

from typing import Final

EQUAL: Final = "equal"
INVERSE: Final = "inverse_variance"
HRP: Final = "hrp"
ERC: Final = "erc"
MIN_VARIANCE: Final = "min_variance"
BLACK_LITTERMAN: Final = "black_litterman"
ALLOCATION_METHODS: Final = (ERC, HRP, MIN_VARIANCE, BLACK_LITTERMAN, INVERSE, EQUAL)
"""In the order they are shown: what may be recommended first, the benchmarks last."""
BAND_SHARE: Final = 0.95
"""Of the draws that the band of a weight holds."""
