"""Answers and traces of module B over made-up inputs."""

from analysis.framework.answer import compute
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.framework.result import Analysis
from analysis.regime.fit import RegimeFit, fit
from analysis.regime.inputs import RegimeInputs, fit_keys
from analysis.regime.odds import Odds
from analysis.regime.trace import trace
from analysis.volat_regime import MODULE
from config.c_volat import VolatilityConfig

CONFIG = VolatilityConfig()
_FITS: dict[tuple[bytes, bytes, bool, str], dict[int, RegimeFit]] = {}


def fits_of(inputs: RegimeInputs, config: VolatilityConfig = CONFIG) -> dict[int, RegimeFit]:
    """Every fit the inputs need; equal bars are fitted once per test run."""
    bars = inputs.bars
    key = (bars.close.tobytes(), bars.close_time.tobytes(), inputs.scope.is_history, config.digest)
    if key not in _FITS:
        wanted = [one.refit_time for one in fit_keys(inputs, config)]
        _FITS[key] = {at: fit(inputs, config, at) for at in wanted}
    return _FITS[key]


def read(inputs: RegimeInputs, config: VolatilityConfig = CONFIG) -> Analysis:
    """Fit and compute."""
    return compute(MODULE, inputs, fits_of(inputs, config), config)


def traced(inputs: RegimeInputs, config: VolatilityConfig = CONFIG) -> Trace[Odds]:
    """Fit and trace every row."""
    return trace(inputs, fits_of(inputs, config), config, Scope(len(inputs.bars)))
