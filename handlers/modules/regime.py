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
    caveats=(
        N_("A trend may go either way: the score has no direction."),
        N_("It names a trend late: about 15 to 35 bars after the first one, by its record."),
        N_("What comes next is nearly no forecast: its chance stays near one half."),
        N_("The next day's volatility is by the model that has forecast best lately; the text names it."),
    ),
    explained=frozenset({"best_forecast"}),
    fitting=N_("Fitting the volatility model"),
)
