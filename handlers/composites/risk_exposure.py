"""How composite 3, risk exposure ("armut"), is asked and how it looks: high is risky, not bearish."""

from composite.declared import BY_NAME
from handlers.composites.score_chart import score_chart
from handlers.composites.topic import CompositeLook, topic_of_score
from handlers.locale.messages import N_
from handlers.render.tones import SeverityBands

TOPIC = topic_of_score(
    BY_NAME["risk_exposure"],
    commands=("armut", "exposure"),
    account=True,
    explanation=N_(
        "Half the mean and half the worst of volatility, tail losses, backdrop and surprise; the score is the rank of "
        "that in the past year. 0.5 is an ordinary day of this coin."
    ),
    caveats=(
        N_("High risk is not bearish: it says how much could be lost, either way."),
        N_("It ranks a coin among its own past: a low number is no safe coin."),
    ),
    look=CompositeLook(
        chart=score_chart(N_("calm"), N_("risky")),
        row=N_("Risk"),
        remark=N_("High risk is not bearish."),
        # as module C: below half, a quarter and a twentieth of the past year above
        bands=SeverityBands(calm=0.5, raised=0.75, alert=0.95),
        sides=(N_("Raises it"), N_("Lowers it")),
        groups={
            "volatility": N_("Volatility"),
            "tail": N_("Tail losses"),
            "slow": N_("Backdrop"),
            "surprise": N_("Surprise"),
        },
        parts={"mean_risk": N_("Mean"), "worst_group": N_("Worst group")},
    ),
)
