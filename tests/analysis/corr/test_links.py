"""Headline and picture of a basket tell of the same test: leads where one stands, else causes."""

from collections.abc import Mapping

import numpy as np
import pytest

from analysis.corr.links import CAUSE, LEAD, standing_links
from analysis.corr.words import strongest_link
from analysis.framework.result import CoinMatrix

COINS = ("AUSDT", "BUSDT", "CUSDT")
Pairs = Mapping[tuple[int, int], float]


def lead(pairs: Pairs) -> CoinMatrix:
    """A matrix of leads in which ``pairs`` stand, by the leader's and the follower's place."""
    cells = np.zeros((3, 3))
    for (row, column), value in pairs.items():
        cells[row, column], cells[column, row] = value, -value
    return CoinMatrix(LEAD, "Lead–lag", "-1/+1", COINS, cells + np.triu(np.full((3, 3), 1e-3), 1), cells != 0)


def causes(pairs: Pairs) -> CoinMatrix:
    """A matrix of corrected p, 0.5 but for ``pairs``."""
    p = np.full((3, 3), 0.5)
    np.fill_diagonal(p, np.nan)
    for place, value in pairs.items():
        p[place] = value
    return CoinMatrix(CAUSE, "Causality", "p", COINS, p, p <= 0.05)


def test_leads_come_first_and_the_strongest_of_them() -> None:
    links = standing_links([lead({(2, 1): 0.2, (2, 0): 0.3}), causes({(0, 1): 1e-9})])
    assert links is not None
    assert (links.kind, links.pairs) == ("lead", ((2, 0), (2, 1)))
    assert links.net == pytest.approx([-0.3 + 0.0, -0.2, 0.5], abs=1e-2)


def test_causes_stand_in_where_no_lead_does() -> None:
    links = standing_links([lead({}), causes({(0, 1): 0.01, (2, 1): 1e-4, (1, 2): 0.04})])
    assert links is not None
    assert (links.kind, links.pairs) == ("cause", ((2, 1), (0, 1), (1, 2)))
    assert links.net.tolist() == [1.0, -1.0, 0.0]


def test_none_found_is_not_none_tested() -> None:
    links = standing_links([lead({}), causes({})])
    assert links is not None
    assert (links.kind, links.pairs) == ("lead", ())
    assert standing_links([]) is None


@pytest.mark.parametrize(
    ("leads", "found", "code", "facts"),
    [
        ({(2, 1): 0.2}, {}, "lead_found", {"leader": "CUSDT", "follower": "BUSDT"}),
        ({(0, 1): 0.2, (0, 2): 0.1}, {}, "leads_found", {"leader": "AUSDT", "follower": "BUSDT", "count": 1}),
        ({}, {(1, 0): 0.01}, "cause_found", {"leader": "BUSDT", "follower": "AUSDT"}),
        (
            {},
            {(1, 0): 0.01, (0, 2): 0.02},
            "causes_found",
            {"leader": "BUSDT", "follower": "AUSDT", "count": 1},
        ),
        ({}, {}, "no_lead", {}),
    ],
)
def test_the_headline_names_the_strongest_pair(leads: Pairs, found: Pairs, code: str, facts: object) -> None:
    message = strongest_link([lead(leads), causes(found)])
    assert message is not None
    assert (message.code, dict(message.params)) == (code, facts)


def test_without_a_test_of_leads_nothing_is_said() -> None:
    assert strongest_link([causes({(1, 0): 0.01})]) is None
