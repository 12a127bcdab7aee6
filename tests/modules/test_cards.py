"""The card of every module on a phone of 390 by 844 points: the score in sight when it comes, a picture above it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from analysis.framework.module import AnyModule
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, CostToAct, OtherTimeframe
from analysis.registry import MODULES
from handlers.modules.registry import LOOKS
from handlers.render.card import COLUMNS, card_caption, card_text
from handlers.render.html import CAPTION_LIMIT, ROWS, plain, rows_of, visible_units
from handlers.render.score_lines import score_lines
from handlers.render.theme import HEIGHT, WIDTH
from handlers.render.view import ReaderView
from handlers.render.words import message_text
from tests.handlers.harness import MESSAGES
from tests.modules.inputs import inputs_of
from tests.modules.test_contract import Case

SCREEN = (390, 844)
BARS = 47 + 44 + 83
"""Points of a phone's status line, the chat's title and the field to write in."""
BUBBLE, LINE, BUTTONS = 360, 20.5, 2 * 46
COST = CostToAct(0.2, 0.4, 20.0, 0.31, None, {"gross_edge": Reason("no_edge_measured")})
PAST_COST = CostToAct(
    None,
    None,
    20.0,
    0.31,
    None,
    dict.fromkeys(("spread", "slippage_10k"), Reason("no_history", {"what": "x"})),
)


def answers(module: AnyModule) -> tuple[Analysis, ...]:
    """The module's answer with every source, and with the bars alone."""
    case = Case(module, inputs_of(module.id))
    return case.answer, case.read(case.inputs.bare())


def views(module: AnyModule) -> Iterator[ReaderView]:
    """Cards live and past, in every language, as the runner completes them."""
    for answer in answers(module):
        others = tuple(OtherTimeframe(name, answer.score) for name in module.other_timeframes)
        for past, language in ((False, "en"), (True, "en"), (False, "tr"), (True, "tr")):
            cost = (PAST_COST if past else COST) if module.score.directional else None
            asked = replace(answer, symbol="1000SHIBUSDT", market="futures", interval="4h")
            shown = replace(asked, other_timeframes=others, cost=cost)
            now = answer.as_of + 3_600_000
            look = LOOKS[module.id]
            yield ReaderView(shown, module, look, MESSAGES.of(language), "Europe/Istanbul", now, past)


@pytest.fixture(scope="module", params=MODULES, ids=lambda module: module.id)
def cards(request: pytest.FixtureRequest) -> list[ReaderView]:
    return list(views(request.param))


def test_a_caption_leaves_the_score_in_sight_and_fits_one_and_a_half_screens(cards: list[ReaderView]) -> None:
    for view in cards:
        caption = card_caption(view)
        height = rows_of(caption) * LINE + BUTTONS
        assert rows_of(caption) <= ROWS
        assert height <= SCREEN[1] - BARS
        assert BUBBLE * HEIGHT / WIDTH + height <= 1.5 * SCREEN[1]
        assert visible_units(caption) <= CAPTION_LIMIT


def test_the_score_stands_third_with_its_bar_below(cards: list[ReaderView]) -> None:
    for view in cards:
        lines = plain(card_caption(view)).split("\n")
        score = plain(score_lines(view)).split("\n")
        assert lines[2 : 2 + len(score)] == score


def test_a_caption_keeps_what_a_card_is_for(cards: list[ReaderView]) -> None:
    for view in cards:
        caption, tr = plain(card_caption(view)), view.tr
        assert (
            view.analysis.score is None
            or tr.gettext(view.look.side_titles(above=True)[0]) in caption
            or (tr.gettext(view.look.side_titles(above=False)[0]) in caption)
        )
        on_card = [tr.gettext(spec.title) for spec in view.module.metrics if spec.on_card]
        known = [title for title in on_card if title in plain(card_text(view))]
        assert sum(title in caption for title in known) >= min(2, len(known))
        if not any(metric.weight for metric in view.analysis.missing):
            assert tr.gettext("More under “Text”.") not in caption


def test_what_is_always_the_same_stands_in_help_and_behind_the_text_alone(cards: list[ReaderView]) -> None:
    for view in cards:
        caption, text = plain(card_caption(view)), plain(card_text(view))
        for note in view.analysis.notes:
            said = message_text(note, view.tr)
            assert said in text
            assert (said in caption) <= (note.code not in view.look.explained)
        assert view.tr.gettext("no measured record yet") not in caption


def test_monospace_is_no_wider_than_the_screen(cards: list[ReaderView]) -> None:
    for view in cards:
        for block in card_caption(view).split("<pre>")[1:]:
            assert all(len(line) <= COLUMNS for line in plain(block.split("</pre>")[0]).split("\n"))
