"""Spectral residual (Ren et al. 2019, "Time-Series Anomaly Detection Service at Microsoft"), without look-ahead."""

import numpy as np
from scipy.fft import irfft, rfft

from analysis.arrays import Floats
from analysis.features.windows import divide, rolling, varies

SMOOTHED = 3  # q of the paper: frequencies in the average of the log spectrum
LOCAL = 21  # z: saliencies the last one is compared with
ADDED = 5  # kappa: estimated points after the last
SLOPES = 5  # m: earlier points the estimate's gradient is taken over
SILENT = 1e-12  # amplitudes below this share of the largest carry no saliency
MIN_WINDOW = LOCAL + SLOPES + 1


def spectral_residual(values: Floats, n: int) -> Floats:
    """Return how far the last point's saliency stands above its neighbours': (S - mean) / mean of the 21 before it.

    Computed anew on every trailing window of n values, so that nothing after a row enters it; the window is
    extended by 5 points as in the paper, estimated from the points before the last. S = |IFFT(exp(log A -
    smoothed log A + i phase))|; the smoothing is a centred mean of 3 frequencies, round the end of the spectrum.
    -1 or more, no unit; large is anomalous. NaN in the first n-1 rows, where a value is unknown, and where the
    window does not vary; n of 27 or more.
    """
    if n < MIN_WINDOW:
        raise ValueError(f"spectral residual needs a window of {MIN_WINDOW} values or more, not {n}")
    return np.where(varies(values, n), rolling(values, n, _last_score), np.nan)


def _last_score(block: Floats) -> Floats:
    n = block.shape[1]
    saliency = _saliency(_extended(block))[:, :n]
    local = saliency[:, n - 1 - LOCAL : n - 1].mean(axis=1)
    return divide(saliency[:, -1] - local, local)


def _extended(block: Floats) -> Floats:
    """The windows with x + gradient * m appended 5 times, by the points before the last: with the last among them a
    spike would become the edge of a plateau and vanish.

    x is the point m - 1 before their end, gradient the mean slope to their end from each of the m points before.
    """
    before = block[:, :-1]
    end = before[:, -1]
    slopes = [(end - before[:, -1 - back]) / back for back in range(1, SLOPES + 1)]
    estimate = before[:, -SLOPES] + np.mean(slopes, axis=0) * SLOPES
    return np.concatenate([block, np.repeat(estimate[:, None], ADDED, axis=1)], axis=1)


def _saliency(block: Floats) -> Floats:
    """Of real values, from the lower half of the spectrum alone: the upper half is its mirror image."""
    spectrum = rfft(block, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    audible = power > SILENT**2 * power.max(axis=1, keepdims=True)
    smooth = _smoothed(np.log(np.where(audible, power, 1.0)) / 2, even=block.shape[1] % 2 == 0)
    turned = np.where(
        audible, np.exp(-smooth) * spectrum, 0.0
    )  # the log spectrum itself cancels the amplitude
    return np.abs(irfft(turned, block.shape[1], axis=1))


def _smoothed(logs: Floats, *, even: bool) -> Floats:
    """The centred mean of 3 frequencies, continued by the mirror image at both ends."""
    half, width = SMOOTHED // 2, logs.shape[1]
    last = width - 2 if even else width - 1
    wide = np.concatenate([logs[:, half:0:-1], logs, logs[:, last : last - half : -1]], axis=1)
    total = sum((wide[:, shift : shift + width] for shift in range(SMOOTHED)), np.zeros_like(logs))
    return np.asarray(total / SMOOTHED)
