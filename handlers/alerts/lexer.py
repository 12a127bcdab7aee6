"""The words and signs of an alert's text."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from handlers.alerts.condition import BOUNDS, MOVES, Operator
from handlers.grammar import read_words

TokenKind = Literal["name", "number", "operator", "join", "open", "close", "option", "other"]

_PIECES: Final = re.compile(r">=|=>|<=|=<|>|<|≥|≤|&&?|\|\|?|[()]|[^\s<>=≥≤&|()]+|=")
_NUMBER: Final = re.compile(r"[+\-−]?(?:\d+(?:[.,]\d+)?|[.,]\d+)[kKmM]?", re.ASCII)
_THOUSANDS: Final = re.compile(r"[+\-−]?[1-9]\d{0,2},\d{3}[kKmM]?", re.ASCII)
_SCALES: Final = {"k": 1_000.0, "m": 1_000_000.0}
_OPERATORS: Final[dict[str, Operator]] = {
    **{bound: bound for bound in BOUNDS},
    **{move: move for move in MOVES},
    "=>": ">=",
    "≥": ">=",
    "=<": "<=",
    "≤": "<=",
    "above": ">",
    "over": ">",
    "below": "<",
    "under": "<",
}
_JOINS: Final[dict[str, Literal["&", "|"]]] = {
    "&": "&",
    "&&": "&",
    "and": "&",
    "ve": "&",
    "|": "|",
    "||": "|",
    "or": "|",
    "veya": "|",
}
OPTIONS: Final = ("for", "cooldown", "until")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign as it was typed, and what kind it is."""

    kind: TokenKind
    text: str

    @property
    def operator(self) -> Operator:
        """The operator of a token of that kind."""
        return _OPERATORS[self.text.casefold()]

    @property
    def join(self) -> Literal["&", "|"]:
        """Which way a token of that kind joins."""
        return _JOINS[self.text.casefold()]

    @property
    def value(self) -> float | None:
        """The number; ``None`` where a comma may part thousands or decimals."""
        if _THOUSANDS.fullmatch(self.text):
            return None
        plain = self.text.replace(",", ".").replace("−", "-")
        scale = _SCALES.get(plain[-1].lower(), 1.0)
        return float(plain.rstrip("kKmM")) * scale


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text."""
    words = " ".join(read_words(text))
    return tuple(Token(_kind(piece), piece) for piece in _PIECES.findall(words))


def _kind(piece: str) -> TokenKind:
    word = piece.casefold()
    if piece in "()":
        return "open" if piece == "(" else "close"
    if word in _OPERATORS:
        return "operator"
    if word in _JOINS:
        return "join"
    if word in OPTIONS:
        return "option"
    if _NUMBER.fullmatch(piece):
        return "number"
    return "name" if piece[0].isalnum() or piece[0] == "$" else "other"
