"""Configuration of module E, correlation and lead–lag. Its weights follow from the metrics."""

from config.base import MAX_SEED, ConfigModel, setting


class CorrelationConfig(ConfigModel):
    """Windows, lags and tests of correlation and lead–lag; the same on every interval."""

    leaders: tuple[str, ...] = setting(
        ("BTC", "ETH"),
        "coins that one coin alone is compared with; the first is the market",
        min_length=2,
        max_length=8,
    )
    window: int = setting(500, "bars of correlations, tests and tables", ge=200, le=2000, unit="bars")
    min_bars: int = setting(
        200, "known returns that a coin needs in the window", ge=100, le=2000, unit="bars"
    )
    rolling: int = setting(120, "bars of rolling correlation and lead", ge=40, le=500, unit="bars")
    lead_lags: int = setting(5, "lags summed in a cell of the lead–lag matrix", ge=1, le=20, unit="bars")
    peak_lags: int = setting(10, "lags among which the rolling lead is looked for", ge=2, le=20, unit="bars")
    bootstrap_draws: int = setting(499, "draws behind the lead's probability", ge=99, le=5000)
    bootstrap_block: int = setting(10, "mean length of a drawn block", ge=1, le=100, unit="bars")
    seed: int = setting(1, "seed of the draws", ge=0, le=MAX_SEED)
    granger_lags: int = setting(4, "most lags of a causality test", ge=1, le=10, unit="bars")
    var_lags: int = setting(4, "most lags of the vector autoregression", ge=1, le=10, unit="bars")
    horizon: int = setting(10, "steps of spillovers and responses", ge=2, le=50, unit="bars")
    false_share: float = setting(0.05, "share of found pairs that may be false", gt=0, le=0.5)
    thin_share: float = setting(0.05, "unknown returns from which a coin is too thin to rank", ge=0, le=0.5)
    ewma_decay: float = setting(0.94, "weight of the bar before in smoothed covariance", gt=0.5, lt=1)
    warp_radius: int = setting(10, "bars that time warping may wait", ge=1, le=50, unit="bars")
    momentum_bars: int = setting(30, "bars of residual momentum", ge=5, le=200, unit="bars")
    pull_lags: int = setting(3, "most lags of the one-bar forecast", ge=1, le=10, unit="bars")
    fit_bars: int = setting(500, "bars that the one-bar forecast is fitted on", ge=200, le=2000, unit="bars")
    refit_bars: int = setting(100, "bars between two fits", ge=10, le=1000, unit="bars")
    proof_bars: int = setting(500, "forecasts that show what the fit is worth", ge=100, le=2000, unit="bars")
    min_coverage: float = setting(0.5, "share of weights below which there is no score", ge=0, le=1)
