"""Structure of a series by the order and the signs of its values: entropies of patterns over trailing windows.

Entropies say how much structure there is, not on which side. Counts are exact integers, so nothing is carried from
window to window. A finite sample reads low by about (patterns - 1) / (2 n ln patterns) on pure noise.
"""

from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.windows import divide, trailing, varies

MIN_KNOWN_WORDS = 0.5  # share of a window's sign words that must hold no zero return


def permutation_entropy(values: Floats, n: int, order: int) -> Floats:
    """Return Bandt and Pompe's (2002) entropy of the ordinal patterns in the last n values, 0..1 of ln(order!).

    Consecutive values, delay 1; ties are ranked by time. 1 is noise. NaN before n values, where one is missing, and
    where the window does not vary. ``ValueError`` unless 2 <= order <= n.
    """
    _check(n, order)
    if len(values) < n:
        return np.full(len(values), np.nan)
    kinds, code = np.unique(_patterns(values, order), return_inverse=True)
    counts = _counts(code, n - order + 1, len(kinds))
    entropy = _entropy(counts) / np.log(factorial(order))
    return np.where(varies(values, n), _after(entropy, len(values)), np.nan)


def _patterns(values: Floats, order: int) -> NDArray[np.int64]:
    """A number for each pattern: one bit for each pair of its values, set unless the later one is smaller."""
    rows = len(values) - order + 1
    code = np.zeros(rows, np.int64)
    for bit, (left, right) in enumerate(combinations(range(order), 2)):
        code |= (values[left : left + rows] <= values[right : right + rows]).astype(np.int64) << bit
    return code


def monotone_share(values: Floats, n: int, order: int) -> Floats:
    """Return the share of the last n - order + 1 patterns that only rise or only fall, 0..1; a tie is neither.

    Independent noise reads 2/order!, the levels of a symmetric random walk 2^(2 - order). NaN as above.
    """
    _check(n, order)
    if len(values) < n:
        return np.full(len(values), np.nan)
    steps = trailing(np.diff(values), order - 1)
    one_way = np.asarray((steps > 0).all(axis=1) | (steps < 0).all(axis=1))
    share = _moving_sum(one_way, n - order + 1) / (n - order + 1)
    return np.where(varies(values, n), _after(share, len(values)), np.nan)


def sign_word_entropy(returns: Floats, n: int, length: int) -> Floats:
    """Return the Shannon entropy of the words of ``length`` signs in the last n returns, 0..1 of ln(2^length).

    A word that holds a zero return has no side and is left out; below half the words known the row is NaN, as it is
    before n returns and where one is missing. ``ValueError`` unless 1 <= length <= n.
    """
    if not 1 <= length <= n:
        raise ValueError(f"sign words need 1 <= length <= n, was length = {length}, n = {n}")
    if len(returns) < n:
        return np.full(len(returns), np.nan)
    view, words = trailing(returns, length), n - length + 1
    code = (view > 0) @ (1 << np.arange(length))
    counts = _counts(np.where((view == 0).any(axis=1), 1 << length, code), words, (1 << length) + 1)[:-1]
    known = counts.sum(axis=0) >= MIN_KNOWN_WORDS * words
    gaps = _moving_sum(np.asarray(np.isnan(view).any(axis=1)), words)
    entropy = np.where(known & (gaps == 0), _entropy(counts) / (length * np.log(2)), np.nan)
    return _after(entropy, len(returns))


def _check(n: int, order: int) -> None:
    if not 2 <= order <= n:
        raise ValueError(f"ordinal patterns need 2 <= order <= n, was order = {order}, n = {n}")


def _counts(code: NDArray[np.intp], width: int, kinds: int) -> NDArray[np.int64]:
    """Return how often each of ``kinds`` codes stands in each trailing window, (kinds, rows - width + 1)."""
    if len(code) == width:  # one window
        return np.bincount(code, minlength=kinds).reshape(kinds, 1)
    return _moving_sum(code == np.arange(kinds)[:, None], width)


def _moving_sum(hits: NDArray[np.generic], width: int) -> NDArray[np.int64]:
    total = np.asarray(np.cumsum(hits, axis=-1, dtype=np.int64))
    total[..., width:] -= total[..., :-width].copy()
    return total[..., width - 1 :]


def _entropy(counts: NDArray[np.int64]) -> Floats:
    share = divide(
        counts.astype(np.float64), np.broadcast_to(counts.sum(axis=0), counts.shape).astype(np.float64)
    )
    logs = np.log(np.where(share > 0, share, 1.0))
    return np.asarray(np.abs((share * logs).sum(axis=0)), dtype=np.float64)


def _after(body: Floats, rows: int) -> Floats:
    return np.concatenate([np.full(rows - len(body), np.nan), body])
