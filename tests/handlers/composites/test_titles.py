"""Everything that the shipped scores name has a title on their cards."""

import pytest

from composite.defaults import default_specs
from composite.evidence.measured import shipped_records
from composite.result import RANK, Composite
from handlers.composites import record_card
from handlers.composites.inputs import STEPS
from handlers.composites.registry import look_of_score
from handlers.locale.messages import load_messages
from tests.composite.panels import random_panel, scored
from tests.composite.test_allocation import made, main

SCORED = [name for name in default_specs() if name != "optimal_allocation"]


@pytest.mark.parametrize("name", SCORED)
def test_every_number_beside_a_score_has_a_title(name: str) -> None:
    spec = default_specs()[name]
    rows = scored(spec, random_panel(sorted(set(spec.scalars())), 3, 1))
    assert rows.parts.keys() <= look_of_score(name).parts.keys()


def test_every_number_beside_an_allocation_has_a_title() -> None:
    found: Composite = made(main())
    assert {part.name for part in found.parts} <= look_of_score("optimal_allocation").parts.keys()


@pytest.mark.parametrize("name", SCORED)
def test_every_gate_and_group_has_a_title(name: str) -> None:
    spec, look = default_specs()[name], look_of_score(name)
    assert {gate.name for gate in spec.gates} <= look.gates.keys()
    assert {one.group for one in spec.inputs} <= look.groups.keys()


def test_every_step_has_a_title() -> None:
    assert RANK in STEPS


@pytest.mark.parametrize("language", ["en", "tr"])
def test_everything_that_was_measured_has_a_title_that_fits(language: str) -> None:
    tr = load_messages().of(language)
    measured = {one.id for record in shipped_records() for one in record.measurements}
    assert max(len(tr.gettext(record_card.TITLES[one])) for one in measured) <= record_card.TITLE
