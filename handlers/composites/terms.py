"""The terms of the sum that makes a composite score: what each input adds, then the steps taken after them."""

from collections.abc import Sequence
from dataclasses import dataclass

from composite.result import Composite
from handlers.composites.inputs import input_title, step_title


@dataclass(frozen=True, slots=True)
class Term:
    """One term: its title (a message id), the input's value (``None`` for a step), and what it adds."""

    title: str
    value: float | None
    contribution: float


def input_terms(composite: Composite) -> list[Term]:
    """Return what the inputs that are there add, the largest first; with neutral they add up to the raw score."""
    found = [
        Term(input_title(one.input), one.value, one.contribution)
        for one in composite.contributions
        if one.value is not None and one.contribution
    ]
    return sorted(found, key=lambda term: -abs(term.contribution))


def step_terms(composite: Composite) -> list[Term]:
    """Return what the steps add in their order; with the raw score they add up to the score."""
    return [Term(step_title(step.id), None, step.contribution) for step in composite.steps]


def for_and_against(composite: Composite) -> tuple[list[Term], list[Term]]:
    """Return the terms on the score's side of neutral and on the other, strongest first; none without a score."""
    if composite.score is None:
        return [], []
    ranked = sorted(
        (term for term in (*input_terms(composite), *step_terms(composite)) if term.contribution),
        key=lambda term: -abs(term.contribution),
    )
    side = 1.0 if composite.score >= composite.neutral else -1.0
    return (
        [term for term in ranked if term.contribution * side > 0],
        [term for term in ranked if term.contribution * side < 0],
    )


def shortened(terms: Sequence[Term], most: int, rest_title: str) -> list[Term]:
    """Return at most ``most`` terms, the smaller ones as one, so that their sum stays."""
    if len(terms) <= most:
        return list(terms)
    rest = sum(term.contribution for term in terms[most - 1 :])
    return [*terms[: most - 1], Term(rest_title, None, rest)]
