"""How module C, Risk, looks."""

from handlers.locale.messages import N_
from handlers.modules.risk_chart import CHART
from handlers.render.look import Look
from handlers.render.tones import SeverityBands

LOOK = Look(
    chart=CHART,
    sides=(N_("Raises it"), N_("Lowers it")),
    # the share of the past year that was calmer: below one half, a quarter and a twentieth of the time above
    bands=SeverityBands(calm=0.5, raised=0.75, alert=0.95),
    groups={
        "volatility": N_("Volatility"),
        "tail": N_("Tail losses"),
        "drawdown": N_("Drawdown"),
        "leverage": N_("Liquidation"),
        "rank": N_("Rank in its year"),
    },
    caveats=(
        N_("It ranks risk among the coin's own past: 0.5 is no safe coin, but an ordinary day of it."),
        N_("Liquidation prices use approximate margin brackets where no exchange key reads the real ones."),
        N_(
            "Where other people's liquidations cluster is a model of open interest; its map stands with sentiment, /s."
        ),
    ),
    explained=frozenset({"approximate_brackets"}),
    fitting=N_("Fitting the loss model"),
)
