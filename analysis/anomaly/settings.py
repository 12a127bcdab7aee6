"""Settings of module J: periods, look-backs and thresholds; the weights follow from its channels."""

from typing import Literal

from config.base import ConfigModel, setting


class AnomalySettings(ConfigModel):
    """Regime Change & Anomaly."""

    rank_days: int = setting(
        365, "past that a channel is ranked among, at most 8,784 bars", unit="days", ge=30, le=1500
    )
    rank_bars_least: int = setting(
        2000, "past bars that a channel is ranked among, at least", unit="bars", ge=200, le=8784
    )
    rank_min_bars: int = setting(
        100, "past values below which there is no p-value", unit="bars", ge=20, le=2000
    )
    refit_days: float = setting(7.0, "time between fits, from the Unix epoch", unit="days", gt=0, le=365)
    refit_bars: int = setting(336, "bars between fits, at most", unit="bars", ge=20, le=5000)
    refit_bars_least: int = setting(84, "bars between fits, at least", unit="bars", ge=1, le=5000)
    volume_bars: int = setting(
        200, "window of the median that the volume is measured against", unit="bars", ge=20, le=1000
    )
    volume_min_bars: int = setting(48, "known bars that this median needs", unit="bars", ge=5, le=1000)
    fit_min_bars: int = setting(
        230, "bars that a young symbol's first fit needs", unit="bars", ge=100, le=2000
    )
    basis_bars: int = setting(
        360, "window of the median that the basis is measured against", unit="bars", ge=20, le=1000
    )
    basis_min_bars: int = setting(48, "known bars that this median needs", unit="bars", ge=5, le=1000)
    deviation_bars: int = setting(24, "bars of the cumulative return", unit="bars", ge=2, le=500)
    deviation_reference_bars: int = setting(
        500, "window before them, for mean and deviation", unit="bars", ge=50, le=2000
    )
    spectral_bars: int = setting(59, "window of the spectral residual", unit="bars", ge=27, le=300)
    cusum_bars: int = setting(200, "bars before a row at which its CUSUM starts", unit="bars", ge=50, le=1000)
    cusum_drift: float = setting(0.25, "half the shift that the CUSUM looks for", unit="sd", ge=0, le=2)
    cusum_run_bars: int = setting(1000, "bars between false alarms of a CUSUM", unit="bars", ge=50, le=5000)
    cusum_block_bars: int = setting(
        24, "block of the bootstrap that sets the thresholds", unit="bars", ge=1, le=200
    )
    cusum_chains: int = setting(300, "chains of this bootstrap", ge=50, le=5000)
    cusum_clip: float = setting(4.0, "standardised returns are clipped at", unit="sd", ge=2, le=20)
    volatility: Literal["ewma", "garch"] = setting(
        "ewma", "volatility forecast that standardises the returns"
    )
    ewma_decay: float = setting(
        0.98, "weight of a squared return against that of the next bar", ge=0.8, le=0.995
    )
    garch_bars: int = setting(1500, "returns that a GARCH fit reads", unit="bars", ge=200, le=5000)
    forest_trees: int = setting(100, "trees of the isolation forest", ge=10, le=500)
    forest_sample: int = setting(256, "rows each tree is grown on", ge=16, le=1024)
    forest_share: float = setting(0.25, "first share of the past that the trees are grown on", gt=0, lt=1)
    forest_known: float = setting(0.8, "share of bars in which a feature must be known", gt=0, le=1)
    forest_min_bars: int = setting(500, "past bars that the forest needs", unit="bars", ge=100, le=5000)
    z_bars: int = setting(250, "window of the robust z", unit="bars", ge=30, le=1000)
    z_min_bars: int = setting(100, "past values that the robust z needs", unit="bars", ge=10, le=1000)
    moment_bars: int = setting(
        250, "window of mean, deviation, skewness, kurtosis", unit="bars", ge=20, le=1000
    )
    gap_bars: int = setting(500, "window in which missing bars are counted", unit="bars", ge=50, le=5000)
    seed: int = setting(7, "seed of the forest and the bootstrap", ge=0)
    min_coverage: float = setting(0.4, "share of channels below which there is no score", ge=0, le=1)
