"""Module H: windows in seconds and how long streams stay open; weights follow from its metrics."""

from typing import Self

from pydantic import model_validator

from config.base import ConfigModel, setting


class MicroAlphaConfig(ConfigModel):
    """Market Micro Alpha."""

    move_s: int = setting(2, "seconds over which the last move is taken", unit="s", ge=1, le=30)
    flow_s: int = setting(10, "window of order flow and direction ratio", unit="s", ge=2, le=120)
    cvd_s: int = setting(60, "window of the volume delta and of rates", unit="s", ge=10, le=600)
    scale_s: int = setting(900, "past that factors are scaled by and checked on", unit="s", ge=120, le=900)
    scale_min_s: int = setting(30, "live seconds from which factors are scaled", unit="s", ge=10, le=600)
    z_min_s: int = setting(300, "seconds of the past hour a z-score needs", unit="s", ge=60, le=3600)
    impact_lags: int = setting(5, "Newey-West lags of the impact regression", unit="steps", ge=0, le=30)
    lives_s: int = setting(900, "window of quote lives", unit="s", ge=60, le=3600)
    horizon_s: int = setting(10, "move ahead that each factor is checked against", unit="s", ge=1, le=120)
    keep_s: int = setting(900, "how long streams stay open after a question", unit="s", ge=60, le=86400)
    max_delay_ms: int = setting(
        2000, "median delay beyond which live figures are not used", unit="ms", ge=100, le=15000
    )
    min_coverage: float = setting(0.5, "share of weights a score needs", ge=0, le=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.flow_s < self.scale_min_s <= self.scale_s:
            raise ValueError("expected flow_s < scale_min_s <= scale_s")
        if not self.flow_s < self.z_min_s:
            raise ValueError("expected flow_s < z_min_s")
        return self
