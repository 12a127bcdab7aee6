"""The rich cards about composite scores: Telegram takes them, and they say all that the texts say."""

from collections.abc import Callable

import pytest

from composite.declared import SCORES
from handlers.chat.composite_cards import rich_score_card
from handlers.composites.board_card import board_blocks, board_caption, board_text
from handlers.composites.record_card import record_blocks, record_text
from handlers.composites.scan_card import scan_blocks, scan_caption, scan_text
from handlers.composites.score_card import score_text
from handlers.composites.score_why import score_why_blocks, score_why_text
from handlers.render.html import Html, plain
from handlers.render.rich import RichCard, rich_blocks
from tests.handlers.composites.sample import RECORD, WITHHELD
from tests.handlers.composites.views import board_view, scan_view, score_view
from tests.handlers.harness import MESSAGES
from tests.support.rich import flat, numbers, read, types

Made = tuple[Html, RichCard]
CARDS: dict[str, Callable[[str], Made]] = {
    "all": lambda language: (board_text(board_view(language)), RichCard(board_blocks(board_view(language)))),
    "scan": lambda language: (scan_text(scan_view(language)), RichCard(scan_blocks(scan_view(language)))),
    "record": lambda language: (
        record_text(score_view("trend_strength", language), (RECORD,)),
        RichCard(record_blocks(score_view("trend_strength", language), (RECORD,))),
    ),
    "withheld": lambda language: (
        score_text(score_view("buy_opportunity", language, **WITHHELD)),
        rich_score_card(score_view("buy_opportunity", language, **WITHHELD)),
    ),
}
for score in SCORES:
    CARDS[score.name] = lambda language, name=score.name: (  # type: ignore[misc]
        score_text(score_view(name, language)),
        rich_score_card(score_view(name, language)),
    )
    CARDS[f"{score.name}_why"] = lambda language, name=score.name: (  # type: ignore[misc]
        score_why_text(score_view(name, language)),
        RichCard(score_why_blocks(score_view(name, language))),
    )


@pytest.mark.parametrize("language", MESSAGES.languages)
@pytest.mark.parametrize("card", CARDS)
def test_every_number_of_the_text_stands_in_the_rich_card(card: str, language: str) -> None:
    text, rich = CARDS[card](language)
    blocks = rich_blocks(rich, chart=True)
    assert blocks is not None
    said = flat(read(blocks))
    assert numbers(plain(text)) - numbers(said) == {}
    assert [block["type"] for block in blocks][:2] == ["photo", "heading"]
    assert "table" in types(blocks) or card == "withheld"
    assert "pre" not in types(blocks)


@pytest.mark.parametrize("language", MESSAGES.languages)
def test_every_number_of_a_caption_of_several_scores_stands_in_the_rich_card(language: str) -> None:
    board, scan = board_view(language), scan_view(language)
    pairs = ((board_caption(board), board_blocks(board)), (scan_caption(scan), scan_blocks(scan)))
    for caption, blocks in pairs:
        made = rich_blocks(RichCard(blocks))
        assert made is not None
        assert set(numbers(plain(caption))) - set(numbers(flat(read(made)))) == set()
