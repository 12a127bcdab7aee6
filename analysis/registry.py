"""The analysis modules, each declared in its own file; a new one is one line here."""

from analysis import (
    corr_lead,
    deriv_sentim,
    microalpha,
    onchain,
    order_micros,
    port_alloc,
    regime_anomal,
    risk_expos,
    trend_moment,
    volat_regime,
)
from analysis.framework.module import AnyModule

MODULES: tuple[AnyModule, ...] = (
    trend_moment.MODULE,
    volat_regime.MODULE,
    deriv_sentim.MODULE,
    order_micros.MODULE,
    risk_expos.MODULE,
    microalpha.MODULE,
    regime_anomal.MODULE,
    onchain.MODULE,
    corr_lead.MODULE,
    port_alloc.MODULE,
)
