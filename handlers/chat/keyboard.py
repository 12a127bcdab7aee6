"""The buttons under a card. Their callback data is enough to make the card again after a restart."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from analysis.framework.module import AnyModule
from analysis.framework.question import Basket, Market, Request
from analysis.framework.result import Analysis
from handlers.chat.callback_data import BASKET_MARK, KEY_LENGTH, Action, CallbackData, base36
from handlers.locale.messages import Translator
from handlers.modules.registry import LOOKS
from handlers.ports import Button, Keyboard, SymbolMissing
from handlers.render.subject import subject_words

View = Literal["chart", "text", "why"]

PERPETUAL = ".P"
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class CardRequest:
    """Which card: a module's command, symbol, interval, time (UTC ms, ``None``: now) and view.

    ``asked_past`` is true for a time that a person asked for, false for one that a live card's button repeats.
    ``with_picture`` is true if the message has a picture; an explanation then becomes its caption. ``live`` is true
    while the card refreshes itself. With a ``basket`` it is about all its members.
    """

    command: str
    module: AnyModule
    symbol: str
    market: Market
    interval: str
    at_ms: int | None = None
    asked_past: bool = False
    view: View = "chart"
    with_picture: bool = False
    live: bool = False
    basket: Basket | None = None

    @property
    def request(self) -> Request:
        """The question to the module."""
        return Request(self.symbol, self.interval, self.at_ms, self.market, basket=self.basket)

    @property
    def subject(self) -> str:
        """What callback data names: the symbol, or the key of the basket."""
        return subject_of(self.symbol, self.market) if self.basket is None else basket_key(self.basket)


def basket_key(basket: Basket) -> str:
    """Return the key of a basket, ``~`` and eight characters: the same for the same members and name."""
    text = "|".join((basket.name or "", *(subject_of(one.symbol, one.market) for one in basket.members)))
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest())
    return BASKET_MARK + base36(digest)[:KEY_LENGTH]


def first_of(basket: Basket) -> tuple[str, Market]:
    """Return symbol and market of the first member."""
    return basket.members[0].symbol, basket.members[0].market


def subject_of(symbol: str, market: Market) -> str:
    """Return a symbol as callback data writes it: ``BTCUSDT``, and ``BTCUSDT.P`` for the perpetual."""
    return symbol + PERPETUAL if market == "futures" else symbol


def parse_subject(subject: str) -> tuple[str, Market]:
    """Return symbol and market of a subject."""
    if subject.endswith(PERPETUAL):
        return subject.removesuffix(PERPETUAL), "futures"
    return subject, "spot"


def card_seconds(analysis: Analysis, *, asked_past: bool) -> int:
    """Return a card's time in Unix seconds; a request as of that time sees the same closed bars.

    A time that a person asked for is a whole minute. A live card's time is moved by a second if it is one, so that
    callback data tells the two apart: refreshing a live card means now. Within that second no other bar closes.
    """
    seconds = analysis.as_of // 1000
    if asked_past:
        return seconds
    if seconds * 1000 < analysis.bar_close:
        seconds += 1
    return seconds + 1 if seconds % MINUTE_S == 0 else seconds


def was_asked(at_seconds: int) -> bool:
    """Return whether the time in callback data is one that a person asked for (see `card_seconds`)."""
    return at_seconds % MINUTE_S == 0


def card_keyboard(card: CardRequest, analysis: Analysis, tr: Translator) -> Keyboard:
    """Return the buttons of a card in the requested view."""
    at = card_seconds(analysis, asked_past=card.asked_past)
    refresh_at = at if card.asked_past else None
    if card.view == "why":
        return (_why_row(card, at, refresh_at, tr),)
    intervals = tuple(_interval(interval, card, refresh_at) for interval in card.module.other_timeframes)
    views = (
        *_live_or_refresh(card, refresh_at, tr),
        *_other_view(card, at, tr),
        _button(tr.gettext("Why?"), "w", card, at),
    )
    return (intervals, views) if intervals else (views,)


def _other_view(card: CardRequest, at: int, tr: Translator) -> tuple[Button, ...]:
    """The button from the chart to the text, or from the text to the chart if the module has one."""
    if card.view == "chart":
        return (_button(tr.gettext("Text"), "x", card, at),)
    return (_button(tr.gettext("Chart"), "c", card, at),) if LOOKS[card.module.id].chart else ()


def _why_row(card: CardRequest, at: int, refresh_at: int | None, tr: Translator) -> tuple[Button, ...]:
    """Back, refresh, and under a caption the text view, which has room for the whole explanation."""
    back = "‹ " + tr.gettext("Back")
    if not card.with_picture:
        return (_button(back, "x", card, at), _refresh(card, refresh_at, tr))
    text = _button(tr.gettext("Text"), "x", card, at)
    return (_button(back, "c", card, at), _refresh(card, refresh_at, tr), text)


def retry_keyboard(card: CardRequest, tr: Translator) -> Keyboard:
    """Return the one button under an error message: try again."""
    at = card.at_ms // 1000 if card.at_ms is not None and card.asked_past else None
    return ((_button("↻ " + tr.gettext("Try again"), "c", card, at),),)


def renewal_keyboard(card: CardRequest, tr: Translator) -> Keyboard:
    """Return the one button under a reading that is no longer kept: a live one."""
    return ((_refresh(card, None, tr),),)


def suggestion_keyboard(missing: SymbolMissing, command: str, interval: str, at_ms: int | None) -> Keyboard:
    """Return one button per similar symbol, for the same interval and time; no row if there is none."""
    at = None if at_ms is None else at_ms // 1000
    buttons = []
    for found in missing.nearest:
        subject = subject_of(found.symbol, found.market)
        buttons.append(Button(subject, CallbackData("s", command, subject, interval, at).encode()))
    return (tuple(buttons),) if buttons else ()


def mended_keyboard(card: CardRequest) -> Keyboard:
    """Return the one button that asks for a card that a question may have meant."""
    at = None if card.at_ms is None else card.at_ms // 1000
    data = CallbackData("s", card.command, card.subject, card.interval, at).encode()
    words = subject_of(card.symbol, card.market) if card.basket is None else subject_words(card.basket)
    return ((Button(f"{words} {card.interval}", data),),)


def _refresh(card: CardRequest, refresh_at: int | None, tr: Translator) -> Button:
    return _button("↻ " + tr.gettext("Refresh"), "r", card, refresh_at)


def _live_or_refresh(card: CardRequest, refresh_at: int | None, tr: Translator) -> tuple[Button, ...]:
    """Refresh, and for what streams the button that makes the card live; while it is live, one that stops it."""
    if card.module.job != "stream" or card.asked_past:
        return (_refresh(card, refresh_at, tr),)
    if card.live:
        return (_button("■ " + tr.gettext("Stop"), "r", card, None),)
    return (_refresh(card, refresh_at, tr), _button("● " + tr.gettext("Live"), "l", card, None))


def _interval(interval: str, card: CardRequest, refresh_at: int | None) -> Button:
    text = f"· {interval} ·" if interval == card.interval else interval
    return Button(text, CallbackData("i", card.command, card.subject, interval, refresh_at).encode())


def _button(text: str, action: Action, card: CardRequest, at: int | None) -> Button:
    return Button(text, CallbackData(action, card.command, card.subject, card.interval, at).encode())
