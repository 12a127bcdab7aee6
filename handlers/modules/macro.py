"""How module F, On-chain & Macro, looks: a slow backdrop between adverse and supportive."""

from handlers.locale.messages import N_
from handlers.modules.macro_chart import CHART
from handlers.render.look import Look

LOOK = Look(
    chart=CHART,
    sides=(N_("Supportive"), N_("Adverse")),
    groups={
        "flows": N_("Money flows"),
        "valuation": N_("Valuation"),
        "realised": N_("Realised profit"),
    },
    caveats=(
        N_("ETF flow follows the price of its day and the day before; what they do not explain counts."),
        N_("The supply of stablecoins follows the price too; 30-day changes are 12 observations a year."),
        N_(
            "Valuation counts by its rank in the past; in the lowest and highest tenth it speaks the other way."
        ),
        N_("The text names the provider and the day of every value, and what a missing key would add."),
    ),
    explained=frozenset(
        {
            "glassnode_key",
            "cryptoquant_key",
            "coinglass_key",
            "from_stablecoins",
            "from_flows",
            "from_balances",
            "from_etf",
            "from_whales",
            "from_valuation",
            "from_profit",
            "from_sopr",
        }
    ),
)
