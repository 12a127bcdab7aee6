"""Searches side by side end, to the last bit, where scipy's ``minimize`` ends alone."""

import numpy as np
from numpy.testing import assert_array_equal
from scipy.optimize import minimize, rosen, rosen_der

from analysis.arrays import Floats
from analysis.features.lockstep import Places, search_all

BOUNDS = ((-2.0, 0.8), (-1.0, 2.0), (0.5, 3.0))
STARTS = np.random.default_rng(2).uniform(-3, 3, (12, 3))


def tilted(theta: Floats, tilt: int) -> tuple[float, Floats]:
    """Rosenbrock's valley on a slope that differs by search."""
    return float(rosen(theta)) + tilt * theta[0], rosen_der(theta) + np.array([tilt, 0.0, 0.0])


def test_each_search_is_that_of_minimize() -> None:
    asked: list[int] = []

    def every(places: Places, theta: Floats) -> tuple[Floats, Floats]:
        asked.append(len(places))
        found = [tilted(point, int(place)) for place, point in zip(places, theta, strict=True)]
        return np.array([loss for loss, _ in found]), np.stack([slope for _, slope in found])

    ends = search_all(every, STARTS, BOUNDS, ftol=1e-10, gtol=1e-6)
    evaluations = 0
    for place, start in enumerate(STARTS):
        alone = minimize(
            tilted,
            start,
            (place,),
            "L-BFGS-B",
            jac=True,
            bounds=BOUNDS,
            options={"ftol": 1e-10, "gtol": 1e-6},
        )
        assert_array_equal(ends.theta[place], alone.x)
        assert (ends.loss[place], ends.slope[place].tolist()) == (alone.fun, alone.jac.tolist())
        evaluations += alone.nfev
    assert sum(asked) == evaluations  # a search that has ended is asked no more
    assert asked[0] == len(STARTS) > asked[-1]
