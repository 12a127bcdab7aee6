"""How module B, Market Regime, looks: the probability of a trend, neither good nor bad."""

from handlers.locale.messages import N_
from handlers.modules.regime_chart import CHART
from handlers.render.look import Look
from handlers.render.tones import SeverityBands

LOOK = Look(
    chart=CHART,
    sides=(N_("Speaks for a trend"), N_("Speaks for a range")),
    bands=SeverityBands(),
    groups={
        "persistence": N_("Memory"),
        "movement": N_("Movement"),
        "base": N_("Base rate"),
    },
    fitting=N_("Fitting the volatility model"),
)
