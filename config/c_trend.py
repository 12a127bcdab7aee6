"""Module A: periods, look-backs and the floor of strength; weights follow from its metrics."""

from typing import Self

from pydantic import model_validator

from config.base import ConfigModel, setting


class TrendConfig(ConfigModel):
    """Trend & Momentum."""

    ema_fast: int = setting(20, "fast average", unit="bars", ge=2, le=200)
    ema_mid: int = setting(50, "middle average", unit="bars", ge=5, le=400)
    ema_slow: int = setting(200, "slow average", unit="bars", ge=10, le=400)
    slope_bars: int = setting(5, "bars over which the slope of a line is read", unit="bars", ge=1, le=50)
    rsi_period: int = setting(14, "relative strength index", unit="bars", ge=2, le=100)
    macd_fast: int = setting(12, "fast average of MACD", unit="bars", ge=2, le=100)
    macd_slow: int = setting(26, "slow average of MACD", unit="bars", ge=3, le=200)
    macd_signal: int = setting(9, "signal average of MACD", unit="bars", ge=2, le=100)
    bb_period: int = setting(20, "Bollinger mean", unit="bars", ge=5, le=200)
    bb_width: float = setting(2.0, "Bollinger band distance", unit="sd", gt=0, le=5)
    atr_period: int = setting(14, "average true range", unit="bars", ge=2, le=100)
    adx_period: int = setting(14, "ADX and directional indicators", unit="bars", ge=2, le=100)
    adx_full: float = setting(50.0, "ADX that counts as full strength", ge=10, le=100)
    stoch_period: int = setting(14, "look-back of the stochastic RSI", unit="bars", ge=2, le=100)
    stoch_k: int = setting(3, "smoothing of %K", unit="bars", ge=1, le=20)
    stoch_d: int = setting(3, "smoothing of %D", unit="bars", ge=1, le=20)
    momentum_period: int = setting(10, "MOM and ROC", unit="bars", ge=1, le=100)
    volatility_bars: int = setting(100, "volatility that scales ROC", unit="bars", ge=10, le=500)
    zscore_period: int = setting(50, "z-score mean and deviation", unit="bars", ge=10, le=400)
    kalman_fit_bars: int = setting(500, "bars each Kalman fit reads", unit="bars", ge=100, le=2000)
    kalman_refit_bars: int = setting(
        200, "bars between fits, from the Unix epoch", unit="bars", ge=20, le=2000
    )
    kalman_memory_min: float = setting(10.0, "shortest slope memory 1/sqrt(q)", unit="bars", ge=2, le=500)
    kalman_memory_max: float = setting(100.0, "longest slope memory 1/sqrt(q)", unit="bars", ge=3, le=1000)
    wavelet: str = setting("db4", "wavelet of PyWavelets", pattern=r"^(db[1-9]|sym[2-9]|coif[1-5])$")
    wavelet_window: int = setting(128, "trailing window, a multiple of 2^level", unit="bars", ge=32, le=512)
    wavelet_level: int = setting(3, "levels removed", ge=1, le=5)
    fdi_window: int = setting(64, "fractal dimension window", unit="bars", ge=20, le=300)
    efficiency_period: int = setting(10, "efficiency ratio", unit="bars", ge=2, le=200)
    ols_window: int = setting(50, "window of the log-price slope", unit="bars", ge=20, le=300)
    ols_lags: int = setting(3, "Newey-West lags", unit="bars", ge=0, le=30)
    agreement_bars: int = setting(50, "correlation of spot and perpetual slopes", unit="bars", ge=10, le=300)
    vwap_bars: int = setting(50, "rolling VWAP", unit="bars", ge=2, le=500)
    profile_bars: int = setting(100, "volume profile window", unit="bars", ge=20, le=500)
    profile_bins: int = setting(24, "volume profile rows", ge=8, le=100)
    value_area: float = setting(0.7, "share of volume in the value area", ge=0.5, le=0.95)
    scale_bars: int = setting(250, "look-back of every signal's scale", unit="bars", ge=30, le=1000)
    scale_min_bars: int = setting(60, "values a scale needs", unit="bars", ge=20, le=1000)
    pullback_bars: int = setting(20, "range in which a pullback is measured", unit="bars", ge=5, le=200)
    rank_bars: int = setting(500, "past scores the percentile is taken among", unit="bars", ge=250, le=2000)
    strength_floor: float = setting(0.25, "lowest strength", ge=0, le=1)
    min_coverage: float = setting(0.5, "share of weights a score needs", ge=0, le=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.ema_fast < self.ema_mid < self.ema_slow:
            raise ValueError("expected ema_fast < ema_mid < ema_slow")
        if self.macd_fast >= self.macd_slow:
            raise ValueError("expected macd_fast < macd_slow")
        if self.kalman_memory_min >= self.kalman_memory_max:
            raise ValueError("expected kalman_memory_min < kalman_memory_max")
        if self.wavelet_window % 2**self.wavelet_level:
            raise ValueError("expected wavelet_window to be a multiple of 2^wavelet_level")
        if self.scale_min_bars > self.scale_bars:
            raise ValueError("expected scale_min_bars <= scale_bars")
        return self
