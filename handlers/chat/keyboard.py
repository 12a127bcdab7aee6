"""The buttons under a card; each leads somewhere, and its data carries all the card needs after a restart."""

from dataclasses import dataclass
from typing import Literal

from analysis.contract import Analysis, AnyModule, Market
from handlers.chat.callback_data import Action, Callback
from handlers.locale.messages import Translator
from handlers.modules.registry import look_of
from handlers.ports import Button, Keyboard, SymbolMissing

View = Literal["chart", "text", "why"]

PERPETUAL = ".P"
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class CardAsk:
    """Which card: a module's command, symbol, interval, moment (UTC ms, ``None`` is now) and view.

    ``asked_past`` tells a moment a person asked for from one that a live card's button repeats. ``with_picture``
    when the message has one, so that an explanation is written as its caption.
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


def subject_of(symbol: str, market: Market) -> str:
    """Return a symbol as callback data names it: ``BTCUSDT``, and ``BTCUSDT.P`` for the perpetual."""
    return symbol + PERPETUAL if market == "futures" else symbol


def read_subject(subject: str) -> tuple[str, Market]:
    """Return symbol and market of a subject."""
    if subject.endswith(PERPETUAL):
        return subject.removesuffix(PERPETUAL), "futures"
    return subject, "spot"


def card_seconds(analysis: Analysis, *, asked_past: bool) -> int:
    """Return a card's own moment in Unix seconds, such that asking again at it sees the same closed bars.

    A moment a person asked for is a whole minute; a live card's is kept from being one, so that a button of a live
    card still knows, after any restart, that refreshing means now. One second later no other bar has closed.
    """
    seconds = analysis.as_of // 1000
    if asked_past:
        return seconds
    if seconds * 1000 < analysis.bar_close:
        seconds += 1
    return seconds + 1 if seconds % MINUTE_S == 0 else seconds


def was_asked(at_seconds: int) -> bool:
    """Whether callback data's moment was asked for by a person (see `card_seconds`)."""
    return at_seconds % MINUTE_S == 0


def card_keyboard(ask: CardAsk, analysis: Analysis, tr: Translator) -> Keyboard:
    """Return the buttons of a card in the asked view."""
    at = card_seconds(analysis, asked_past=ask.asked_past)
    again = at if ask.asked_past else None
    if ask.view == "why":
        return (_why_row(ask, at, again, tr),)
    return (
        tuple(_interval(interval, ask, again) for interval in ask.module.neighbours),
        (
            _refresh(ask, again, tr),
            *_other_view(ask, at, tr),
            _button(tr.gettext("Why?"), "w", ask, at),
        ),
    )


def _other_view(ask: CardAsk, at: int, tr: Translator) -> tuple[Button, ...]:
    """From the chart to the text, and from the text to the chart where the module has one."""
    if ask.view == "chart":
        return (_button(tr.gettext("Text"), "x", ask, at),)
    return (_button(tr.gettext("Chart"), "c", ask, at),) if look_of(ask.module.id).chart else ()


def _why_row(ask: CardAsk, at: int, again: int | None, tr: Translator) -> tuple[Button, ...]:
    """Back to the card, now, and from a caption to the text, where the whole explanation has room."""
    back = "‹ " + tr.gettext("Back")
    if not ask.with_picture:
        return (_button(back, "x", ask, at), _refresh(ask, again, tr))
    text = _button(tr.gettext("Text"), "x", ask, at)
    return (_button(back, "c", ask, at), _refresh(ask, again, tr), text)


def retry_keyboard(ask: CardAsk, tr: Translator) -> Keyboard:
    """Return the one button under a card that could not be made."""
    at = ask.at_ms // 1000 if ask.at_ms is not None and ask.asked_past else None
    return ((_button("↻ " + tr.gettext("Try again"), "c", ask, at),),)


def suggestion_keyboard(missing: SymbolMissing, command: str, interval: str, at_ms: int | None) -> Keyboard:
    """Return one button per near symbol, asking for the same interval and moment; no row where none is near."""
    at = None if at_ms is None else at_ms // 1000
    buttons = []
    for found in missing.nearest:
        subject = subject_of(found.symbol, found.market)
        buttons.append(Button(subject, Callback("s", command, subject, interval, at).encode()))
    return (tuple(buttons),) if buttons else ()


def _refresh(ask: CardAsk, again: int | None, tr: Translator) -> Button:
    return _button("↻ " + tr.gettext("Refresh"), "r", ask, again)


def _interval(interval: str, ask: CardAsk, again: int | None) -> Button:
    text = f"· {interval} ·" if interval == ask.interval else interval
    subject = subject_of(ask.symbol, ask.market)
    return Button(text, Callback("i", ask.command, subject, interval, again).encode())


def _button(text: str, action: Action, ask: CardAsk, at: int | None) -> Button:
    subject = subject_of(ask.symbol, ask.market)
    return Button(text, Callback(action, ask.command, subject, ask.interval, at).encode())
