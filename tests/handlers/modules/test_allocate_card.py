"""What module I's card says of the bands of its weights."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.allocate.table_specs import BAND, WEIGHTS
from analysis.framework.result import Analysis, Table
from handlers.modules.allocate_card import allocation_blocks
from handlers.render.html import plain
from tests.handlers.harness import MESSAGES
from tests.modules.samples import allocate

COINS = ("BTC", "ETH", "NEW")


def answer() -> Analysis:
    weights = Table(WEIGHTS, (*COINS, "USDT"), ("",), np.array([[0.3], [0.45], [0.0], [0.25]]))
    band = Table(BAND, COINS, ("low", "high"), np.array([[0.27, 0.34], [0.451, 0.452], [np.nan, np.nan]]))
    sample = allocate.sample()
    return replace(sample, tables=(*sample.tables, weights, band))


def said(of: Analysis, language: str) -> str:
    return "\n".join(plain(block.markup) for block in allocation_blocks(of, MESSAGES.of(language)))


@pytest.mark.parametrize(
    ("language", "title", "rows"),
    [
        (
            "en",
            "Weight and its 95% band",
            ["ETH          45%     45.1–45.2", "BTC          30%         27–34"],
        ),
        (
            "tr",
            "Ağırlık ve %95 aralığı",
            ["ETH          %45     45,1–45,2", "BTC          %30         27–34"],
        ),
    ],
)
def test_the_held_coins_stand_with_their_bands_the_largest_first(
    language: str, title: str, rows: list[str]
) -> None:
    lines = said(answer(), language).split("\n")
    place = lines.index(title)
    assert lines[place + 1 : place + 3] == rows
    assert not any(line.startswith("NEW") for line in lines)


def test_without_bands_there_is_no_such_block() -> None:
    assert "95" not in said(allocate.sample(), "en")
