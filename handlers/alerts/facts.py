"""What an answer says of all that alerts can watch, without its charts and its past: a hundredth of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.framework.result import Analysis
from composite.result import Composite
from handlers.composites.registry import look_of_score
from handlers.modules.registry import LOOKS
from handlers.render.look import ScoreLook


@dataclass(frozen=True, slots=True, eq=False)
class AnswerFacts:
    """The ``score`` and the ``word`` beside it, and by name metrics, further numbers and answers in words."""

    score: float | None
    word: str | None
    metrics: Mapping[str, float | None]
    numbers: Mapping[str, float | None]
    labels: Mapping[str, str]


def facts_of(answer: Analysis | Composite, of: str) -> AnswerFacts:
    """Return what the answer of a module or composite, by its id, says."""
    if isinstance(answer, Composite):
        return AnswerFacts(answer.score, _word(look_of_score(of), answer), {}, {}, {})
    return AnswerFacts(
        score=answer.score,
        word=_word(LOOKS[of], answer),
        metrics={metric.id: metric.value for metric in answer.metrics},
        numbers={headline.name: headline.value for headline in answer.headlines},
        labels=dict(answer.labels),
    )


def _word(look: ScoreLook, answer: Analysis | Composite) -> str | None:
    verdict = look.verdict(answer)
    return None if verdict is None else verdict.code
