"""How module D, Order Flow & Microstructure, looks: pressure that points up or down, fragility beside it."""

from analysis.sources.live_ticks import LIVE_FLOW
from handlers.locale.messages import N_
from handlers.modules.flow_chart import CHART
from handlers.render.look import Look

LOOK = Look(
    chart=CHART,
    groups={
        "book": N_("Book imbalance"),
        "taker": N_("Taker flow"),
        "cvd": N_("Volume delta"),
        "ofi": N_("Order flow imbalance"),
        "fragility": N_("Fragility"),
    },
    headlines={"fragility": N_("Fragility")},
    caveats=(
        N_("Flow explains the move it is part of and hardly the next one: this describes these seconds."),
        N_(
            "Walls can be withdrawn at any time; a book further away than it is known is left out, never guessed."
        ),
    ),
    beside_score=LIVE_FLOW,
    fitting=N_("Collecting order flow"),
)
