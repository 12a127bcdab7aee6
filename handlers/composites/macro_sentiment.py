"""How composite 4, macro and sentiment, is asked and how it looks: a lean over days."""

from composite.declared import BY_NAME
from handlers.composites.score_chart import score_chart
from handlers.composites.topic import CompositeLook, topic_of_score
from handlers.locale.messages import N_

TOPIC = topic_of_score(
    BY_NAME["macro_sentiment"],
    commands=("ms",),
    interval="1d",
    other_timeframes=(),
    explanation=N_(
        "The slow backdrop of money on chain and in funds, positioning against the crowd where it is extreme, and what "
        "leading coins did over days. Backdrop and positioning are shown apart too."
    ),
    caveats=(
        N_("It leans over one to seven days and says nothing of the next hours."),
        N_("Positioning counts only beyond the outer tenths of its past."),
    ),
    look=CompositeLook(
        chart=score_chart(N_("down"), N_("up")),
        row=N_("Macro"),
        remark=N_("A lean over days; it describes, it forecasts no price."),
        groups={"slow": N_("Backdrop"), "positioning": N_("Positioning"), "leaders": N_("Leaders")},
        parts={"slow": N_("Backdrop"), "positioning": N_("Positioning")},
    ),
)
