"""Rich messages out of the blocks of a text: what becomes of each piece, and Telegram's limits."""

from typing import Any

import pytest

from handlers.render.html import (
    Block,
    Grid,
    Html,
    Row,
    bold,
    code,
    esc,
    grid,
    italic,
    laid_out,
    pre,
    time_tag,
)
from handlers.render.rich import (
    CHART,
    MAX_BLOCKS,
    MAX_COLUMNS,
    MAX_UNITS,
    Fold,
    RichCard,
    chart_replaced,
    has_chart,
    rich_blocks,
)
from handlers.render.rich_text import rich_text
from tests.support.rich import flat, read

TABLE = grid(
    [
        Row("         a     b", ("", "a", "b")),
        Row("Long ti… 1     2", ("Long title", "1", "2")),
        Row("Sum            3", ("Sum", None, "3")),
    ],
    headed=True,
)


def made(*blocks: Block, folds: tuple[Fold, ...] = ()) -> list[dict[str, Any]]:
    """The blocks of a card, as Telegram shows them."""
    blocks_of_card = rich_blocks(RichCard(blocks, folds))
    assert blocks_of_card is not None
    return read(blocks_of_card)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (esc("a < b & c"), "a < b & c"),
        (bold("x"), {"type": "bold", "text": "x"}),
        (Html(f"{italic('x')} y"), [{"type": "italic", "text": "x"}, " y"]),
        (
            Html(f"<b>a {code('&amp;')}</b>"),
            {"type": "bold", "text": ["a ", {"type": "code", "text": "&amp;"}]},
        ),
        (
            time_tag("1 Jan", 86_400_000),
            {"type": "date_time", "text": "1 Jan", "unix_time": 86_400, "date_time_format": "Dt"},
        ),
    ],
)
def test_markup_becomes_a_rich_text(markup: Html, text: Any) -> None:
    assert rich_text(markup) == text


@pytest.mark.parametrize("markup", ["<a>x</a>", "<b>x</i>"])
def test_markup_that_is_not_ours_is_an_error(markup: str) -> None:
    with pytest.raises(ValueError, match=r"rich text|closes"):
        rich_text(markup)


def test_a_grid_becomes_a_table_whose_titles_are_whole() -> None:
    (table,) = made(laid_out([TABLE]))
    assert (table["type"], table["is_striped"], table["is_compact"]) == ("table", True, True)
    head, row, total = table["cells"]
    assert [cell.get("is_header") for cell in head] == [True, True, True]
    assert "text" not in head[0]  # an invisible cell
    assert [cell["text"] for cell in row] == ["Long title", "1", "2"]
    assert [cell["align"] for cell in row] == ["left", "right", "right"]
    assert [(cell["text"], cell.get("colspan")) for cell in total] == [("Sum", 2), ("3", None)]


def test_a_head_has_a_heading_and_lines_between_tables_are_one_paragraph() -> None:
    head = Block(Html(f"{bold('BTC')}\n70,000\nup"), role="head")
    blocks = made(head, laid_out([bold("For"), TABLE, esc("× 1"), esc("× 2")]))
    kinds = [block["type"] for block in blocks]
    assert kinds == ["heading", "paragraph", "paragraph", "table", "paragraph"]
    assert flat(blocks[:2]) == "BTC\n70,000\nup"
    assert flat(blocks[-1:]) == "× 1\n× 2"


def test_what_folds_is_opened_by_its_first_line() -> None:
    fold = Block(Html(f"{bold('Missing')}\n– a: b"), role="fold")
    alone = Block(esc("one line"), role="fold")
    closed, line = made(fold, alone)
    assert (closed["type"], flat(closed["summary"]), flat(closed["blocks"])) == (
        "details",
        "Missing",
        "– a: b",
    )
    assert line == {"type": "paragraph", "text": "one line"}
    below = made(alone, folds=(Fold("Why?", [laid_out([TABLE])]), Fold("Nothing", [Block(Html(""))])))
    assert [block["type"] for block in below] == ["paragraph", "details"]


def test_an_aside_is_an_expandable_quotation_of_blocks() -> None:
    (quote,) = made(Block(italic("a note"), role="aside"))
    assert quote["type"] == "expandable_blockquote"
    assert quote["blocks"] == [{"type": "paragraph", "text": {"type": "italic", "text": "a note"}}]


def test_monospace_without_cells_stays_monospace() -> None:
    blocks = made(Block(Html(f"a\n{pre('x < y')}\nb")))
    assert [(block["type"], block["text"]) for block in blocks] == [
        ("paragraph", "a"),
        ("pre", "x < y"),
        ("paragraph", "b"),
    ]


def test_the_chart_stands_first_and_another_file_or_none_can_take_its_place() -> None:
    blocks = rich_blocks(RichCard([Block(esc("x"))]), chart=True)
    assert blocks is not None
    assert blocks[0]["photo"]["media"] == CHART
    assert chart_replaced(blocks, "file")[0]["photo"]["media"] == "file"
    assert (has_chart(blocks), has_chart(chart_replaced(blocks, None))) == (True, False)


@pytest.mark.parametrize(
    ("blocks", "fits"),
    [
        ([Block(esc("x"))] * MAX_BLOCKS, True),
        ([Block(esc("x"))] * (MAX_BLOCKS + 1), False),
        ([Block(esc("x" * MAX_UNITS))], True),
        ([Block(esc("😀" * (MAX_UNITS // 2 + 1)))], False),
        ([laid_out([Grid(Html("x"), (("x",) * MAX_COLUMNS,))])], True),
        ([laid_out([Grid(Html("x"), (("x", *(None,) * MAX_COLUMNS),))])], False),
    ],
)
def test_a_card_beyond_telegrams_limits_has_no_rich_form(blocks: list[Block], fits: bool) -> None:
    found = rich_blocks(RichCard(blocks))
    assert (found is not None) is fits
    if found is not None:
        read(found)
