"""How composite 6, optimal allocation, is asked and how it looks: weights of a basket with their bands."""

from analysis.account.result import AccountRisk
from analysis.framework.reasons import Reason
from composite.declared import BY_NAME
from composite.result import Composite
from handlers.composites.topic import CompositeLook, topic_of_score
from handlers.composites.weights_chart import WEIGHTS_CHART
from handlers.locale.messages import N_, Translator
from handlers.modules.allocate_account import account_changes
from handlers.render.html import Block
from handlers.render.tones import SeverityBands


def owned_blocks(composite: Composite, account: AccountRisk | Reason, tr: Translator) -> tuple[Block, ...]:
    """Return the owner's way from the account to the weights, or why there is none; nothing without weights."""
    return account_changes(composite.weights, composite, account, tr) if composite.weights else ()


TOPIC = topic_of_score(
    BY_NAME["optimal_allocation"],
    commands=("oa",),
    interval="1d",
    other_timeframes=(),
    explanation=N_(
        "Equal risk contributions unless another method is better beyond luck. Gross exposure is capped where forecast "
        "volatility is above its target, and the rest stays in USDT."
    ),
    caveats=(
        N_(
            "The band holds 95% of a weight when the past days are drawn anew in runs: how far it hangs on luck."
        ),
        N_("Stability: share of the money that stays in its coin from weights to those 90 days later."),
        N_(
            "Traded and cost lead from equal weight; an owner sees in private what leads there from the account."
        ),
        N_("Weights follow from past days and are no advice; nothing is ever ordered."),
    ),
    look=CompositeLook(
        chart=WEIGHTS_CHART,
        personal=owned_blocks,
        row=N_("Weights"),
        remark=N_("Nothing is ordered; no advice."),
        bands=SeverityBands(),
        groups={"concentration": N_("Concentration")},
        parts={
            "concentration": N_("Concentration"),
            "gross": N_("Gross exposure"),
            "stability": N_("Stability"),
            "turnover": N_("Turnover"),
            "cost": N_("Cost"),
            "fee": N_("Fee"),
            "volatility": N_("Volatility"),
            "target_volatility": N_("Target volatility"),
        },
    ),
)
