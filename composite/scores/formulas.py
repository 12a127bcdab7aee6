"""The formula of each score by its short name."""

from collections.abc import Callable, Mapping
from typing import Final

from composite.game import ScoreGame
from composite.scores.anomaly_alert import anomaly_alert
from composite.scores.buy_opportunity import buy_opportunity
from composite.scores.liquidity_pressure import liquidity_pressure
from composite.scores.macro_sentiment import macro_sentiment
from composite.scores.material import Material
from composite.scores.risk_exposure import risk_exposure
from composite.scores.trend_strength import trend_strength

Formula = Callable[[Material], ScoreGame]

FORMULAS: Final[Mapping[str, Formula]] = {
    "trend_strength": trend_strength,
    "buy_opportunity": buy_opportunity,
    "risk_exposure": risk_exposure,
    "macro_sentiment": macro_sentiment,
    "liquidity_pressure": liquidity_pressure,
    "anomaly_alert": anomaly_alert,
}
