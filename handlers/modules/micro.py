"""How module H, Market Micro Alpha, looks: a score that points up or down for seconds."""

from analysis.sources.live_ticks import LIVE_FLOW
from handlers.locale.messages import N_
from handlers.modules.micro_chart import CHART
from handlers.render.look import Look

LOOK = Look(
    chart=CHART,
    groups={
        "state": N_("Best quotes"),
        "order_flow": N_("Quote flow"),
        "move": N_("Last move"),
        "takers": N_("Market orders"),
    },
    caveats=(
        N_("It speaks of the next seconds; a round trip usually costs more than they bring."),
        N_("On recorded streams half of the score is gone after two seconds."),
        N_("How often each factor was right is measured while the streams are open, and only then."),
        N_("What order flow explains of the same second has happened already."),
    ),
    explained=frozenset({"factor_record"}),
    beside_score=LIVE_FLOW,
)
