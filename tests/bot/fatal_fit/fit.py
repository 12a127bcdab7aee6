"""Module A's fit, whose worker is killed the first time, which a folder remembers; it notes who fitted."""

import os
from dataclasses import dataclass
from pathlib import Path

from analysis.trend.fit import fit as real_fit
from analysis.trend.inputs import TrendInputs
from config.c_trend import TrendConfig


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FatalInputs(TrendInputs):
    """Inputs that carry the folder."""

    folder: str


def fit(inputs: FatalInputs, config: TrendConfig, refit_time: int) -> object:
    mark = Path(inputs.folder) / "killed"
    if not mark.exists():
        mark.touch()
        os._exit(9)
    (Path(inputs.folder) / f"fitted-by-{os.getpid()}").touch()
    return real_fit(inputs, config, refit_time)
