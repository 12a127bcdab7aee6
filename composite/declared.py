"""The seven composite scores as routes, commands, alerts and storage name them, with the scale of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from analysis.framework.module import TakesBasket


@dataclass(frozen=True, slots=True)
class DeclaredScore:
    """A composite score: its short ``name``, its key in JSON (``score_name``), and what it answers.

    ``low``, ``high`` and ``neutral`` are its scale. ``basket`` says how many symbols it takes at once, ``None`` for
    one; the score of a basket is weights by coin, which sum to one, and no number. ``account`` says whether an owner
    sees the danger of the own account beside it. A ``directed`` score points up or down, and its answer says which.
    ``remembers`` names the scalars without a past of their own whose earlier readings it needs, each by the part that
    is published with it.
    """

    name: str
    score_name: str
    title: str
    question: str
    low: float = 0.0
    high: float = 1.0
    neutral: float = 0.5
    basket: TakesBasket | None = None
    account: bool = False
    directed: bool = False
    remembers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_weights(self) -> bool:
        """Whether it is weights and no number."""
        return self.basket is not None

    @property
    def fewest_symbols(self) -> int:
        """How many symbols it needs."""
        return 1 if self.basket is None or self.basket.single else self.basket.fewest


SCORES: Final[tuple[DeclaredScore, ...]] = (
    DeclaredScore(
        "trend_strength",
        "trend_strength_score",
        "Trend strength",
        "Which way does the market go over the interval's horizon, and how persistently?",
        directed=True,
    ),
    DeclaredScore(
        "buy_opportunity",
        "buy_opportunity_score",
        "Buy opportunity",
        "How good is a long entry in the present set-up?",
        neutral=0.0,
    ),
    DeclaredScore(
        "risk_exposure",
        "risk_exposure_score",
        "Risk exposure",
        "How much could be lost, and how fragile is the market? High is not bearish; 0.5 is an ordinary day.",
        account=True,
    ),
    DeclaredScore(
        "macro_sentiment",
        "macro_sentiment_score",
        "Macro and sentiment",
        "Which way do backdrop and positioning lean over one to seven days?",
        directed=True,
    ),
    DeclaredScore(
        "liquidity_pressure",
        "liquidity_pressure_index",
        "Liquidity pressure",
        "Who consumes liquidity now, and how thin is the book?",
        directed=True,
        remembers={"flow.pressure": "pressure", "micro.alpha": "alpha"},
    ),
    DeclaredScore(
        "optimal_allocation",
        "optimal_allocation_weights",
        "Optimal allocation",
        "How should a basket be spread?",
        basket=TakesBasket(fewest=2, most=40, single=False, unnamed="holdings"),
    ),
    DeclaredScore(
        "anomaly_alert",
        "anomaly_alert_score",
        "Anomaly alert",
        "Is this unusual enough to look at?",
        neutral=0.0,
    ),
)
"""In the order they are shown."""

BY_NAME: Final[Mapping[str, DeclaredScore]] = {declared.name: declared for declared in SCORES}
