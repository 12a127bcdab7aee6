"""The published spillover table of four asset classes is reproduced."""

import numpy as np
import pytest

from analysis.features.spillover import spillover
from analysis.features.vector_autoregression import Autoregression

# Diebold and Yilmaz (2012): daily log variances of US stocks, bonds, commodities and the dollar, 1999-01 to 2010-01
# (2,771 days), four lags, ten steps. The weights and the covariance are the least-squares estimates on the data set
# `dy2012` of the R package ConnectednessApproach, to five significant digits.
LAGS = np.array(
    [
        [
            [0.18351, -0.024249, -0.0036337, 0.021999],
            [0.068141, 0.16377, 0.052593, 0.004319],
            [-0.022756, 0.098201, 0.18333, 0.048299],
            [0.064672, -0.019307, 0.025175, 0.069964],
        ],
        [
            [0.27414, 0.0027926, -0.010804, 0.0040317],
            [0.025511, 0.17472, 0.024937, 0.013962],
            [-0.013292, -0.013133, 0.20741, 0.044189],
            [0.035902, -0.020733, 0.010663, 0.20847],
        ],
        [
            [0.20252, 0.036074, -0.015802, 0.00079389],
            [0.041353, 0.12989, -0.043137, 0.011845],
            [-0.049828, 0.0045923, 0.1852, -0.037524],
            [-0.012492, 0.037802, -0.003938, 0.18185],
        ],
        [
            [0.16205, 0.033373, -0.0029609, -0.00073847],
            [-0.026076, 0.2186, 0.039128, -0.027492],
            [-0.030252, 0.060251, 0.15605, 0.038706],
            [-0.015525, 0.050725, 0.016671, 0.11444],
        ],
    ]
)
SIGMA = np.array(
    [
        [0.69406, 0.19866, 0.075429, 0.12525],
        [0.19866, 0.88773, 0.066796, 0.19003],
        [0.075429, 0.066796, 1.4272, 0.06423],
        [0.12525, 0.19003, 0.06423, 0.722],
    ]
)
# Table 2 of the paper in percent, with the second decimal that the package's replication prints.
PUBLISHED = [
    [88.76, 7.29, 0.35, 3.61],
    [10.21, 81.45, 2.73, 5.61],
    [0.47, 3.70, 93.69, 2.14],
    [5.69, 7.03, 1.55, 85.73],
]
PUBLISHED_NET = [5.13, -0.54, -1.69, -2.90]
PUBLISHED_TOTAL = 12.59
HALF_A_DIGIT = 0.0055
"""Half of the last published digit, and what five digits of the estimates leave open."""


def test_the_published_table_is_reproduced() -> None:
    fitted = Autoregression(np.zeros(4), LAGS, SIGMA, np.zeros(4))
    found = spillover(fitted.moving_average(9), fitted.sigma)
    np.testing.assert_allclose(100 * found.table, PUBLISHED, rtol=0, atol=HALF_A_DIGIT)
    np.testing.assert_allclose(100 * found.net, PUBLISHED_NET, rtol=0, atol=HALF_A_DIGIT)
    assert 100 * found.total == pytest.approx(PUBLISHED_TOTAL, abs=HALF_A_DIGIT)
