"""Known links are found, and as few of the found ones are false as promised."""

from scripts.figures.corr import recovered


def test_links_are_found_with_the_promised_share_of_false_ones() -> None:
    causes, cells = recovered(60)
    assert causes.power >= 0.9
    assert causes.rate <= 0.065
    assert cells.rate <= 0.065
