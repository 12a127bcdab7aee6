"""The rich card of every module: Telegram takes it, and it says all that the text and the caption say."""

import re
from collections.abc import Sequence

import pytest

from analysis.registry import MODULES
from handlers.chat.cards import rich_card
from handlers.render.card import card_caption, card_text
from handlers.render.html import plain
from handlers.render.rich import RichCard, rich_blocks
from handlers.render.view import ReaderView
from handlers.render.why import why_blocks, why_text
from tests.modules.test_cards import views
from tests.support.rich import flat, numbers, read, types


@pytest.fixture(scope="module", params=MODULES, ids=lambda module: module.id)
def cards(request: pytest.FixtureRequest) -> Sequence[ReaderView]:
    return list(views(request.param))


def said(card: RichCard) -> str:
    """All that a rich card says, as Telegram shows it."""
    blocks = rich_blocks(card, chart=True)
    assert blocks is not None
    return flat(read(blocks))


def test_every_number_of_the_text_stands_in_the_rich_card(cards: Sequence[ReaderView]) -> None:
    for view in cards:
        rich = numbers(said(rich_card(view)))
        assert numbers(plain(card_text(view))) - rich == {}
        assert numbers(plain(why_text(view))) - numbers(said(RichCard(why_blocks(view)))) == {}


def test_every_number_of_the_caption_stands_in_the_rich_card(cards: Sequence[ReaderView]) -> None:
    for view in cards:
        more = view.tr.ngettext("and {count} more", "and {count} more", 7).replace("7", r"\d+")
        caption = re.sub(more, "", plain(card_caption(view)))
        assert set(numbers(caption)) - set(numbers(said(rich_card(view)))) == set()


def test_every_word_of_the_text_that_was_not_cut_stands_in_the_rich_card(cards: Sequence[ReaderView]) -> None:
    for view in cards:
        rich = set(said(rich_card(view)).split())
        words = {word for word in plain(card_text(view)).split() if "…" not in word}
        cut = {line.split("…")[0].split()[-1] for line in plain(card_text(view)).split("\n") if "…" in line}
        assert words - cut - rich == set()


def test_a_card_has_a_heading_tables_and_what_folds(cards: Sequence[ReaderView]) -> None:
    for view in cards:
        blocks = rich_blocks(rich_card(view), chart=True)
        assert blocks is not None
        assert types(blocks) >= {"photo", "heading", "paragraph", "details"}
        assert ("table" in types(blocks)) == ("<pre>" in card_text(view) + why_text(view))
        assert [block["type"] for block in blocks][:2] == ["photo", "heading"]
        assert "pre" not in types(blocks)
