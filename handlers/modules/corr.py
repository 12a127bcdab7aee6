"""How module E looks."""

from analysis.corr.metrics import COINS
from handlers.locale.messages import N_
from handlers.modules.corr_chart import CHART
from handlers.render.look import Look

LOOK = Look(
    chart=CHART,
    groups={"pull": N_("Leader pull")},
    caveats=(
        N_(
            "Of a basket, numbers against the market are the mean of its coins; the market is BTC where it is in it."
        ),
        N_("Moving together is no lead, and a lead of the past need not go on."),
        N_("Most leads that are found by trying many lags are chance: only corrected ones are named."),
    ),
    beside_score=frozenset({"no_lead", "lead_found", "leads_found", "cause_found", "causes_found"}),
    fitting=N_("Fitting the forecast"),
    table=COINS.id,
    table_heads={
        "correlation": N_("Corr."),
        "beta": N_("Beta"),
        "residual_momentum": N_("Own"),
        "lead_net": N_("Leads"),
    },
)
"""The look of module E."""
