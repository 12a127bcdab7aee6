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
        N_("Only very low funding was followed by anything, a rise; crowded longs by nothing."),
        N_("Long/short ratios mirror the last days' return; what is left without it counts."),
        N_(
            "The liquidation map is a model, its brackets approximate without a key; what was seen is a sample."
        ),
    ),
    explained=frozenset({"approximate_brackets"}),
)
