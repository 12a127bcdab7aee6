"""Known links are found, and as few of the found ones are false as promised."""

from scripts.figures.corr import recovered

TWO_ERRORS_ABOVE = 0.075
"""The rate that is set, 5 %, and two standard errors of 60 samples."""


def test_links_are_found_with_the_promised_share_of_false_ones() -> None:
    causes, cells = recovered(60)
    assert causes.power >= 0.9
    assert causes.rate <= TWO_ERRORS_ABOVE
    assert cells.rate <= TWO_ERRORS_ABOVE
