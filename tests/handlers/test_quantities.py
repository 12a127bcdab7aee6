"""Quantities of coins are written as the language writes numbers, with the decimals that they need."""

import pytest

from handlers.render.words import coins


@pytest.mark.parametrize(
    ("quantity", "language", "written"),
    [
        (0.03312, "en", "0.03312"),
        (0.03312, "tr", "0,03312"),
        (1_234_567.5, "en", "1,234,567.5"),
        (1_234_567.5, "tr", "1.234.567,5"),
        (1_200.0, "en", "1,200"),
        (1_200.0, "tr", "1.200"),
        (0.00000001, "tr", "0,00000001"),
    ],
)
def test_a_quantity(quantity: float, language: str, written: str) -> None:
    assert coins(quantity, language) == written
    assert coins(-quantity, language, signed=True) == f"-{written}"
    assert coins(quantity, language, signed=True) == f"+{written}"
