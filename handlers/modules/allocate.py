"""How module I, Portfolio Optimisation, looks: weights side by side, and how much of the coins' own risk they shed."""

from handlers.locale.messages import N_
from handlers.modules.allocate_account import rebalancing_blocks
from handlers.modules.allocate_card import allocation_blocks
from handlers.modules.allocate_chart import CHART
from handlers.render.look import Look
from handlers.render.tones import SeverityBands

LOOK = Look(
    chart=CHART,
    bands=SeverityBands(),  # little diversification is neither calm nor an alert
    sides=(N_("Raises it"), N_("Lowers it")),
    groups={"diversification": N_("Diversification")},
    caveats=(
        N_(
            "Sharpe ratios hardly tell the methods apart, their risk does: equal risk is recommended unless another "
            "is better beyond luck."
        ),
        N_(
            "Past figures hang on which coins are asked about: those that survived look better than they were."
        ),
        N_("Weights follow from past days and are no advice; nothing is ever ordered."),
    ),
    blocks=allocation_blocks,
    personal=rebalancing_blocks,
    fitting=N_("Sharing the money"),
)
