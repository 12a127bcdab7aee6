"""How module J looks."""

from handlers.locale.messages import N_
from handlers.modules.redet_chart import CHART
from handlers.render.look import Look
from handlers.render.tones import SeverityBands

LOOK = Look(
    chart=CHART,
    sides=(N_("What drives it"), N_("Holds it back")),
    # a quarter per power of ten: once in 10 and once in 100 bars
    bands=SeverityBands(calm=0.25, raised=0.25, alert=0.5),
    groups={
        "price": N_("Price"),
        "volume": N_("Volume"),
        "positioning": N_("Positioning"),
        "joint": N_("Joint features"),
        "spectral": N_("Spectral residual"),
        "change": N_("Change points"),
    },
    caveats=(
        N_("Unusual is neither good nor bad, and says nothing of what follows."),
        N_("Open interest is known for the last 30 days and for what this bot has recorded."),
    ),
    fitting=N_("Learning what is normal"),
)
