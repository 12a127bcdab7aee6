"""How module C, Derivatives & Sentiment, looks: a tilt between short and long, and how crowded the side is."""

from handlers.locale.messages import N_
from handlers.modules.sentiment_chart import CHART
from handlers.render.look import Look

LOOK = Look(
    chart=CHART,
    groups={
        "funding": N_("Funding"),
        "ratios": N_("Long/short beyond price"),
        "interest": N_("Open interest"),
        "flow": N_("Taker flow"),
        "skew": N_("Option skew"),
    },
    headlines={"crowding": N_("Crowding")},
    headline_sides={"crowding": (N_("longs"), N_("shorts"))},
    caveats=(
        N_("It describes how traders are positioned, not what comes next."),
        N_(
            "Only very low funding was followed by anything, a rise; high funding and crowded longs by nothing."
        ),
        N_("Long/short ratios mirror the last days' return; what counts is what is left without it."),
        N_(
            "The liquidation map is a model of open interest; seen liquidations are a sample, at most one a second."
        ),
        N_("Liquidation prices use approximate margin brackets where no exchange key reads the real ones."),
    ),
    explained=frozenset({"approximate_brackets"}),
)
