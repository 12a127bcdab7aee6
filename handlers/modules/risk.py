"""How module C, Risk, looks."""

from handlers.locale.messages import N_
from handlers.modules.risk_chart import CHART
from handlers.render.look import Look
from handlers.render.tones import SeverityBands

LOOK = Look(
    chart=CHART,
    sides=(N_("Raises it"), N_("Lowers it")),
    # the share of the past year that was calmer: below one half, a quarter and a twentieth of the time above
    bands=SeverityBands(calm=0.5, raised=0.75, alert=0.95),
    groups={
        "volatility": N_("Volatility"),
        "tail": N_("Tail losses"),
        "drawdown": N_("Drawdown"),
        "leverage": N_("Liquidation"),
        "rank": N_("Rank in its year"),
    },
    fitting=N_("Fitting the loss model"),
)
