"""How composite 2, buy opportunity ("elma"), is asked and how it looks: low is no call to sell."""

from composite.declared import BY_NAME
from handlers.composites.score_chart import score_chart
from handlers.composites.topic import CompositeLook, topic_of_score
from handlers.locale.messages import N_
from handlers.render.tones import SeverityBands

TOPIC = topic_of_score(
    BY_NAME["buy_opportunity"],
    commands=("elma", "buy"),
    reads_live=True,
    explanation=N_(
        "Two set-ups, a pullback in an up-trend and an oversold reversal, mixed by the probability of a trend; flow, "
        "positioning and leaders speak beside them. A fragile book, a stressed market or old data withhold it."
    ),
    caveats=(
        N_("Low says that there is no good long entry, not: sell. The short side is a number of its own."),
        N_("It describes a set-up; whether set-ups paid stands under “Evidence”."),
    ),
    look=CompositeLook(
        chart=score_chart(N_("no set-up"), N_("set-up")),
        row=N_("Buy"),
        remark=N_("Describes a long set-up; low does not say sell."),
        bands=SeverityBands(),
        sides=(N_("Raises it"), N_("Lowers it")),
        groups={
            "trend": N_("Trend"),
            "flow": N_("Order flow"),
            "positioning": N_("Positioning"),
            "leaders": N_("Leaders"),
            "regime": N_("Regime"),
        },
        parts={
            "short_side": N_("Short side"),
            "pullback": N_("Pullback"),
            "reversal": N_("Reversal"),
        },
        gates={
            "fragile_book": N_("Fragile book"),
            "stressed_regime": N_("Stressed market"),
            "stale_data": N_("Age of the data"),
            "event_near": N_("Event near"),
        },
    ),
)
