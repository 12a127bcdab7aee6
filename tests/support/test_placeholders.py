"""A placeholder is told from an answer."""

from functools import partial

import pytest

from handlers.locale.messages import load_messages
from handlers.render.working import working_message
from tests.support.placeholders import is_placeholder
from utils.waiting import Work, step


@pytest.mark.parametrize("language", ["en", "tr"])
def test_what_the_bot_says_while_it_works_is_a_placeholder(language: str) -> None:
    tr, work = load_messages().of(language), Work()
    said = partial(working_message, work, tr)
    assert is_placeholder(said().plain)
    with work.collecting(), step("history", symbol="BTCUSDT", interval="1h", series="trade"):
        assert "BTCUSDT" in said().plain
        assert is_placeholder(said().plain)


@pytest.mark.parametrize("text", ["", "Intervals: 15m, 1h …; or 1M", "A card\nwith rows\nand more …"])
def test_an_answer_is_none(text: str) -> None:
    assert not is_placeholder(text)
