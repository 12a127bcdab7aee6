"""How module A, Trend & Momentum, looks: a score that points up or down."""

from handlers.locale.messages import N_
from handlers.modules.trend_chart import CHART
from handlers.render.look import Look

LOOK = Look(
    chart=CHART,
    groups={
        "slope": N_("Slope"),
        "oscillators": N_("Oscillators"),
        "di": N_("Directional movement"),
        "position": N_("Distance from mean"),
        "strength": N_("Strength"),
    },
    caveats=(
        N_("It says which way the price has been going, not how far it goes next."),
        N_(
            "± is one standard error: where it reaches over the border of neutral, 0.48 to 0.52, the word says so."
        ),
    ),
    fitting=N_("Fitting the Kalman filter"),
)
