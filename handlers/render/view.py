"""A result as one reader sees it."""

from dataclasses import dataclass
from typing import Final

from analysis.framework.module import AnyModule
from analysis.framework.result import Analysis
from handlers.locale.messages import Translator
from handlers.render.html import Block, Html
from handlers.render.look import Look

NO_NOTICE: Final = Html("")


@dataclass(frozen=True, slots=True)
class ReaderView:
    """A result as one reader sees it: language, time zone, the exchange's time now (UTC ms), whether it is past.

    ``personal`` are blocks for this reader alone; they are in no picture and in nobody else's card. ``notice`` says
    how the question was understood.
    """

    analysis: Analysis
    module: AnyModule
    look: Look
    tr: Translator
    zone: str
    now_ms: int
    past: bool = False
    personal: tuple[Block, ...] = ()
    notice: Html = NO_NOTICE
