"""How composite 5, liquidity pressure, is asked and how it looks: who takes liquidity now."""

from composite.declared import BY_NAME
from handlers.composites.score_chart import score_chart
from handlers.composites.topic import CompositeLook, topic_of_score
from handlers.locale.messages import N_

TOPIC = topic_of_score(
    BY_NAME["liquidity_pressure"],
    commands=("lp",),
    interval="1m",
    other_timeframes=(),
    reads_live=True,
    explanation=N_(
        "Who takes liquidity by order flow, and what the best prices say beyond that. How thin the book is stands "
        "beside it and takes no side. A book out of sync is missing, not neutral."
    ),
    caveats=(
        N_("It is about the last minute and has no history: a past moment cannot be asked."),
        N_("Pressure is who is impatient, not who is right."),
    ),
    look=CompositeLook(
        chart=score_chart(N_("sellers"), N_("buyers")),
        row=N_("Pressure"),
        remark=N_("Says who takes liquidity now, not where the price goes."),
        groups={"flow": N_("Order flow"), "micro": N_("Best prices")},
        parts={
            "pressure": N_("Flow"),
            "residual": N_("Beyond it"),
            "alpha": N_("Best prices"),
            "fragility": N_("Fragility"),
        },
    ),
)
