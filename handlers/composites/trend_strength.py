"""How composite 1, trend strength, is asked and how it looks: a score that points up or down."""

from composite.declared import BY_NAME
from handlers.composites.score_chart import score_chart
from handlers.composites.topic import CompositeLook, topic_of_score
from handlers.locale.messages import N_

TOPIC = topic_of_score(
    BY_NAME["trend_strength"],
    commands=("ts",),
    explanation=N_(
        "Direction times magnitude around 0.5. The trend leads, positioning and a bar's taker imbalance speak beside "
        "it; magnitude is the root of the trend's strength times the probability that there is a trend."
    ),
    caveats=(
        N_("It says that the market is trending, not that it will rise or fall."),
        N_("± is one sigma of the inputs, no range for the price."),
    ),
    look=CompositeLook(
        chart=score_chart(N_("down"), N_("up")),
        row=N_("Trend"),
        remark=N_("Says that it is trending, not that it will go on."),
        groups={"trend": N_("Trend"), "positioning": N_("Positioning"), "regime": N_("Regime")},
        parts={"direction": N_("Which way"), "strength": N_("Strength")},
    ),
)
