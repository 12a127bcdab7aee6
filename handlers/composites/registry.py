"""The composite commands: all scores on one card, one command for each, and the scan."""

from collections.abc import Mapping
from typing import Final

from composite.declared import SCORES
from handlers.composites import (
    anomaly_alert,
    buy_opportunity,
    liquidity_pressure,
    macro_sentiment,
    optimal_allocation,
    risk_exposure,
    trend_strength,
)
from handlers.composites.topic import CompositeLook, CompositeTopic, look_of
from handlers.locale.messages import N_

ALL: Final = CompositeTopic(
    kind="all",
    id="score",
    commands=("score",),
    title=N_("All scores"),
    question=N_("How do all seven scores stand?"),
    explanation=N_(
        "Every score on one card, each with its own horizon. Each has a command of its own, and help."
    ),
    caveats=(N_("The scores share inputs: that several agree is one fact seen several times."),),
    reads_live=True,
    quota=2,
)
SCAN: Final = CompositeTopic(
    kind="scan",
    id="scan",
    commands=("scan",),
    title=N_("Scan"),
    question=N_("Which symbols have the highest and lowest score?"),
    explanation=N_(
        "Ranks symbols by one score: the 20 most traded of the chat's quote or as many as a number says (up to 50), "
        "or those that are named: BTC ETH SOL, majors, fav."
    ),
    caveats=(N_("Of many symbols some stand at the top by chance: a rank is no finding."),),
    reads_live=True,
    quota=5,
)
ONE: Final[Mapping[str, CompositeTopic]] = {
    topic.id: topic
    for topic in (
        trend_strength.TOPIC,
        buy_opportunity.TOPIC,
        risk_exposure.TOPIC,
        macro_sentiment.TOPIC,
        liquidity_pressure.TOPIC,
        optimal_allocation.TOPIC,
        anomaly_alert.TOPIC,
    )
}
"""The topic of every single score by its short name."""
TOPICS: Final[tuple[CompositeTopic, ...]] = (ALL, *(ONE[score.name] for score in SCORES), SCAN)
"""Every composite command in the order it is shown."""


def look_of_score(name: str) -> CompositeLook:
    """Return the look of a score by its short name."""
    return look_of(ONE[name])


def score_by_word(word: str) -> CompositeTopic | None:
    """Return the score that a word names, by its short name or a command of it."""
    wanted = word.lstrip("/").casefold()
    return next((topic for topic in ONE.values() if wanted in {topic.id, *topic.commands}), None)
