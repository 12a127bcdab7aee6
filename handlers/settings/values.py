"""The values of settings as people type them: each becomes the text that is kept, or what is wrong with it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from handlers.grammar import nearest_interval, normal_interval
from handlers.locale.messages import AUTO
from handlers.services import SymbolFound, SymbolPort
from handlers.settings.declared import CLASSIC, DEFAULT, OFF, RICH, Setting
from handlers.settings.quiet_text import read_quiet, write_quiet
from handlers.settings.zones import find_zone, near_zones

BACK: Final = frozenset({DEFAULT, "reset", "varsayılan", "sıfırla"})
_OFF: Final = frozenset({OFF, "none", "no", "kapalı", "kapat", "yok", "hayır"})
_WORDS: Final[Mapping[str, Mapping[str, str | None]]] = {
    "language": {
        **dict.fromkeys(("en", "english", "ingilizce", "i̇ngilizce"), "en"),
        **dict.fromkeys(("tr", "turkish", "türkçe", "turkce"), "tr"),
        **dict.fromkeys((AUTO, "automatic", "otomatik"), None),
    },
    "theme": {
        **dict.fromkeys(("dark", "night", "koyu", "karanlık", "gece", "siyah"), "dark"),
        **dict.fromkeys(("light", "day", "açık", "aydınlık", "gündüz", "beyaz"), "light"),
    },
    "look": {
        **dict.fromkeys((CLASSIC, "klasik", "text", "metin"), None),
        **dict.fromkeys((RICH, "zengin", "tables", "tablo", "tablolar"), RICH),
    },
}
_QUOTED: Final = ("BTC", "ETH", "SOL", "DOGE")
"""A quote in which none of these is traded is none that anybody would choose."""


@dataclass(frozen=True, slots=True)
class NewValue:
    """The text that is kept, ``None`` to follow the configuration."""

    text: str | None


@dataclass(frozen=True, slots=True)
class WrongValue:
    """A value that cannot be: the word as typed, and what is near to it."""

    word: str
    nearest: tuple[str, ...] = ()


async def read_value(
    setting: Setting, words: tuple[str, ...], symbols: SymbolPort, *, quote: str
) -> NewValue | WrongValue:
    """Return what words say about a setting. Raises `SourceError` where the exchange must be asked and fails."""
    typed = " ".join(words)
    if typed.casefold() in BACK:
        return NewValue(None)
    if setting.name == "default_symbol":
        return await _symbol(typed, symbols, quote)
    if setting.name == "quote":
        return await _quote(typed, symbols)
    if setting.name == "default_interval":
        return _interval(words)
    if setting.name == "time_zone":
        return await asyncio.to_thread(_zone, typed)  # the first time, the list of zones is read from disk
    if setting.name == "quiet_hours":
        return _quiet(typed)
    known = _WORDS.get(setting.name, {})
    word = typed.casefold()
    return NewValue(known[word]) if word in known else WrongValue(typed)


async def _symbol(typed: str, symbols: SymbolPort, quote: str) -> NewValue | WrongValue:
    found = await symbols.resolve(typed, quote=quote)
    if not isinstance(found, SymbolFound):
        return WrongValue(typed, tuple(_written(near) for near in found.nearest))
    return NewValue(_written(found)) if found.guessed_from is None else WrongValue(typed, (_written(found),))


def _written(found: SymbolFound) -> str:
    return f"{found.symbol}.P" if found.market == "futures" else found.symbol


async def _quote(typed: str, symbols: SymbolPort) -> NewValue | WrongValue:
    wanted = typed.strip("$").upper().replace("İ", "I")
    for coin in _QUOTED:
        found = await symbols.resolve(coin, quote=wanted)
        if isinstance(found, SymbolFound) and found.symbol == coin + wanted:
            return NewValue(wanted)
    return WrongValue(typed)


def _interval(words: tuple[str, ...]) -> NewValue | WrongValue:
    word = "".join(words)
    name = normal_interval(word)
    if name is not None:
        return NewValue(name)
    near = nearest_interval(word)
    return WrongValue(" ".join(words), () if near is None else (near,))


def _zone(typed: str) -> NewValue | WrongValue:
    zone = find_zone(typed)
    return WrongValue(typed, near_zones(typed)) if zone is None else NewValue(zone)


def _quiet(typed: str) -> NewValue | WrongValue:
    if typed.casefold() in _OFF:
        return NewValue(None)
    hours = read_quiet(typed)
    return WrongValue(typed) if hours is None else NewValue(write_quiet(hours))
