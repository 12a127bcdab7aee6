"""How composite 7, anomaly alert, is asked and how it looks: how unusual now is."""

from composite.declared import BY_NAME
from handlers.composites.score_chart import score_chart
from handlers.composites.topic import CompositeLook, topic_of_score
from handlers.locale.messages import N_
from handlers.render.tones import SeverityBands

TOPIC = topic_of_score(
    BY_NAME["anomaly_alert"],
    commands=("an",),
    explanation=N_(
        "A test, no mean: how rarely the rarest of three channels has been like this, corrected for their number and "
        "for hours and funding times that are always busy. 0.25 is once in 10 bars, 0.5 in 100, 0.75 in 1,000."
    ),
    caveats=(
        N_("Unusual is neither good nor bad, and says nothing of what follows."),
        N_("Holes in the data are reported apart from what the market did."),
    ),
    look=CompositeLook(
        chart=score_chart(N_("ordinary"), N_("rare")),
        row=N_("Anomaly"),
        remark=N_("Unusual is neither good nor bad."),
        # a quarter per power of ten: once in 10 and once in 100 bars
        bands=SeverityBands(calm=0.25, raised=0.25, alert=0.5),
        sides=(N_("What drives it"), N_("Holds it back")),
        groups={"surprise": N_("Rarity"), "positioning": N_("Positioning"), "tail": N_("Tail losses")},
        parts={"p_value": N_("P-value"), "false_alarms_per_day": N_("False alarms a day")},
    ),
)
