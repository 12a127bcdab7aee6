"""The correction equals the library's on what can be tested."""

import numpy as np
from scipy.stats import false_discovery_control

from analysis.features.multiple_tests import benjamini_hochberg


def test_it_equals_the_library_and_ignores_what_is_no_test() -> None:
    rng = np.random.default_rng(1)
    p = np.concatenate([rng.uniform(size=20), 0.001 * rng.uniform(size=5), [0.5, 0.5]])
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p), rtol=1e-12)
    with_holes = np.insert(p, [0, 7, 27], np.nan)
    adjusted = benjamini_hochberg(with_holes)
    np.testing.assert_allclose(adjusted[np.isfinite(adjusted)], false_discovery_control(p), rtol=1e-12)
    assert np.isnan(benjamini_hochberg(np.full((2, 2), np.nan))).all()
