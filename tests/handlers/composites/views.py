"""Composite samples as a reader sees them."""

from typing import Any

from analysis.framework.question import Request
from composite.result import Composite
from handlers.composites.board import Board
from handlers.composites.board_card import BoardView
from handlers.composites.registry import ONE
from handlers.composites.scan_card import ScanView
from handlers.composites.view import ScoreView
from tests.handlers.composites.sample import BASKET, all_scores, composite, ranking
from tests.handlers.harness import MESSAGES, NOW_MS
from tests.handlers.sample import AS_OF

BASKET_REQUEST = Request("BTCUSDT", "1d", AS_OF, basket=BASKET)


def view_of(result: Composite, language: str = "en", *, past: bool = False) -> ScoreView:
    return ScoreView(result, ONE[result.name], MESSAGES.of(language), "UTC", NOW_MS, past)


def score_view(name: str, language: str = "en", *, past: bool = False, **changes: Any) -> ScoreView:
    request = BASKET_REQUEST if name == "optimal_allocation" else None
    return view_of(composite(name, request, **changes), language, past=past)


def board_view(language: str = "en") -> BoardView:
    return BoardView(Board("4h", all_scores()), MESSAGES.of(language), "UTC", NOW_MS)


def scan_view(language: str = "en", count: int = 20) -> ScanView:
    return ScanView(ranking(count=count), MESSAGES.of(language), "UTC", NOW_MS)
