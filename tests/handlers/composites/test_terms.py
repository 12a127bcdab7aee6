"""The smaller terms of a sum as one: the sum stays."""

import pytest

from handlers.composites.terms import Term, shortened

TERMS = [Term(f"t{place}", 0.5, 0.5**place) for place in range(6)]


@pytest.mark.parametrize("most", [1, 3, 5])
def test_the_smaller_terms_become_one_and_the_sum_stays(most: int) -> None:
    found = shortened(TERMS, most, "others")
    assert (len(found), found[-1].title) == (most, "others")
    assert sum(term.contribution for term in found) == pytest.approx(sum(one.contribution for one in TERMS))


def test_terms_that_fit_stay_as_they_are() -> None:
    assert shortened(TERMS, len(TERMS), "others") == TERMS
