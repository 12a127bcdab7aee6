"""The buttons under a card. Their callback data is enough to make the card again after a restart."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from analysis.framework.module import AnyModule, TakesBasket
from analysis.framework.question import Basket, Market, Request
from handlers.chat.callback_data import KEY_LENGTH, KEY_MARK, Action, CallbackData, base36
from handlers.composites.registry import ONE, score_by_word
from handlers.composites.topic import CompositeTopic, Topic
from handlers.locale.messages import Translator
from handlers.modules.registry import LOOKS
from handlers.ports import Button, Keyboard
from handlers.render.scored import Dated
from handlers.render.subject import subject_words
from handlers.services import SymbolMissing

View = Literal["chart", "text", "why", "evidence"]

PERPETUAL = ".P"
MOST_SCANNED = 50
MOST_DIGITS = 2  # of the number of scanned symbols
SCANNED = TakesBasket(fewest=2, most=MOST_SCANNED, single=False)
USUAL_COUNT, USUAL_SCORE = 20, "trend_strength"
MINUTE_S = 60
ROW = 3  # buttons to single scores beside each other


@dataclass(frozen=True, slots=True)
class ScanSubject:
    """What a scan ranks, by the score of this short name: so many of the most traded symbols.

    The ``count`` is ``None`` where the card's basket says which symbols.
    """

    count: int | None
    score: str

    def encode(self, basket: Basket | None = None) -> str:
        """Return it as the subject of callback data: ``20.ts``, with the key of the basket in place of a number."""
        word = ONE[self.score].commands[0]
        return f"{self.count if basket is None else basket_key(basket)}.{word}"

    @classmethod
    def usual(cls) -> "ScanSubject":
        """Return what is scanned where nothing is named."""
        return cls(USUAL_COUNT, USUAL_SCORE)


def is_scan(topic: Topic) -> bool:
    """Return whether cards of a topic are about no symbol but about many."""
    return isinstance(topic, CompositeTopic) and topic.kind == "scan"


def parse_scan(subject: str) -> ScanSubject | None:
    """Return the scan that a subject names, ``None`` if it names none."""
    count, _, word = subject.partition(".")
    topic = score_by_word(word)
    if topic is None or topic.basket is not None:
        return None
    if key_in(subject) is not None:
        return ScanSubject(None, topic.id)
    counted = count.isascii() and count.isdecimal() and len(count) <= MOST_DIGITS
    return ScanSubject(min(MOST_SCANNED, max(1, int(count))), topic.id) if counted else None


def key_in(subject: str) -> str | None:
    """Return the key of a kept basket that a subject holds, ``None`` if it holds none."""
    return subject.partition(".")[0] if subject.startswith(KEY_MARK) else None


@dataclass(frozen=True, slots=True)
class CardRequest:
    """Which card: the command and its topic, symbol, interval, time (UTC ms, ``None``: now) and view.

    ``asked_past`` is true for a time that a person asked for, false for one that a live card's button repeats.
    ``with_picture`` is true if the message has a picture; an explanation then becomes its caption. ``live`` is true
    while the card refreshes itself. With a ``basket`` it is about all its members; a ``scan`` is about
    no symbol, and ranks the members of the basket where there is one.
    """

    command: str
    topic: Topic
    symbol: str
    market: Market
    interval: str
    at_ms: int | None = None
    asked_past: bool = False
    view: View = "chart"
    with_picture: bool = False
    live: bool = False
    basket: Basket | None = None
    scan: ScanSubject | None = None

    @property
    def module(self) -> AnyModule:
        """The module that it is about; ``TypeError`` where it is about composite scores."""
        if isinstance(self.topic, CompositeTopic):
            raise TypeError(f"/{self.command} runs no module")
        return self.topic

    @property
    def request(self) -> Request:
        """The question to the module."""
        return Request(self.symbol, self.interval, self.at_ms, self.market, basket=self.basket)

    @property
    def subject(self) -> str:
        """What callback data names: the symbol, the key of the basket, or what is scanned."""
        if self.scan is not None:
            return self.scan.encode(self.basket)
        return subject_of(self.symbol, self.market) if self.basket is None else basket_key(self.basket)


def basket_key(basket: Basket) -> str:
    """Return the key of a basket, ``~`` and eight characters: the same for the same members and name."""
    text = "|".join((basket.name or "", *(subject_of(one.symbol, one.market) for one in basket.members)))
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest())
    return KEY_MARK + base36(digest)[:KEY_LENGTH]


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


def card_seconds(answer: Dated, *, asked_past: bool) -> int:
    """Return a card's time in Unix seconds; a request as of that time sees the same closed bars.

    A time that a person asked for is a whole minute. A live card's time is moved by a second if it is one, so that
    callback data tells the two apart: refreshing a live card means now. Within that second no other bar closes.
    """
    seconds = answer.as_of // 1000
    if asked_past:
        return seconds
    if seconds * 1000 < answer.bar_close:
        seconds += 1
    return seconds + 1 if seconds % MINUTE_S == 0 else seconds


def was_asked(at_seconds: int) -> bool:
    """Return whether the time in callback data is one that a person asked for (see `card_seconds`)."""
    return at_seconds % MINUTE_S == 0


def card_keyboard(card: CardRequest, answer: Dated, tr: Translator) -> Keyboard:
    """Return the buttons of a card in the requested view."""
    at = card_seconds(answer, asked_past=card.asked_past)
    refresh_at = at if card.asked_past else None
    if card.view in {"why", "evidence"}:
        return (_why_row(card, at, refresh_at, tr),)
    intervals = tuple(_interval(interval, card, refresh_at) for interval in card.topic.other_timeframes)
    views = (*_live_or_refresh(card, refresh_at, tr), *_other_view(card, at, tr))
    why = (*_explanations(card, at, tr), *_alert_me(card, tr))
    rows = (views, why) if len(why) > 1 else ((*views, *why),)
    return tuple(row for row in (intervals, *rows, *_score_rows(card, at, tr)) if row)


def _explanations(card: CardRequest, at: int, tr: Translator) -> tuple[Button, ...]:
    """Why a score is what it is and, of a composite, how it did; nothing for several scores at once."""
    why = _button(tr.gettext("Why?"), "w", card, at)
    if not isinstance(card.topic, CompositeTopic):
        return (why,)
    return (why, _button(tr.gettext("Evidence"), "e", card, at)) if card.topic.kind == "one" else ()


def _alert_me(card: CardRequest, tr: Translator) -> tuple[Button, ...]:
    """The button that offers alerts, under a card of now about one symbol that alerts can watch."""
    topic, now = card.topic, not card.asked_past
    if isinstance(topic, CompositeTopic):
        watched = topic.kind == "all" or (topic.kind == "one" and topic.basket is None)
    else:
        watched = topic.basket is None or topic.basket.unnamed == "default"
    if not now or not watched or card.basket is not None:
        return ()
    return (_button(tr.gettext("Alert me"), "a", card, None),)


def _score_rows(card: CardRequest, at: int, tr: Translator) -> tuple[tuple[Button, ...], ...]:
    """Under all scores, a button to each that one symbol has; a past or a shown moment stays the same."""
    if not isinstance(card.topic, CompositeTopic) or card.topic.kind != "all":
        return ()
    buttons = []
    for topic in ONE.values():
        if topic.look is not None and topic.basket is None:
            interval = topic.interval_of(card.interval)
            data = CallbackData("s", topic.commands[0], card.subject, interval, at).encode()
            buttons.append(Button(tr.gettext(topic.look.row), data))
    return tuple(tuple(buttons[place : place + ROW]) for place in range(0, len(buttons), ROW))


def _other_view(card: CardRequest, at: int, tr: Translator) -> tuple[Button, ...]:
    """The button from the chart to the text, or from the text to the chart if the module has one."""
    if card.view == "chart":
        return (_button(tr.gettext("Text"), "x", card, at),)
    has_chart = isinstance(card.topic, CompositeTopic) or LOOKS[card.topic.id].chart
    return (_button(tr.gettext("Chart"), "c", card, at),) if has_chart else ()


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
    if isinstance(card.topic, CompositeTopic) or card.topic.job != "stream" or card.asked_past:
        return (_refresh(card, refresh_at, tr),)
    if card.live:
        return (_button("■ " + tr.gettext("Stop"), "r", card, None),)
    return (_refresh(card, refresh_at, tr), _button("● " + tr.gettext("Live"), "l", card, None))


def _interval(interval: str, card: CardRequest, refresh_at: int | None) -> Button:
    data = CallbackData("i", card.command, card.subject, interval, refresh_at).encode()
    if interval != card.interval:
        return Button(interval, data)
    return Button(f"· {interval} ·", data, style="primary", disabled=True)


def _button(text: str, action: Action, card: CardRequest, at: int | None) -> Button:
    return Button(text, CallbackData(action, card.command, card.subject, card.interval, at).encode())
