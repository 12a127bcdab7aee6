"""Known links are found, and as few of the found ones are false as promised."""

from scripts.figures.corr import recovered


def test_links_are_found_with_the_promised_share_of_false_ones() -> None:
    (power, false), (_, false_cells) = recovered(40)
    assert power >= 0.9
    assert false <= 0.1
    assert false_cells <= 0.15
