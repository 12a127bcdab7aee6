"""The lists of chats, and the symbols of the exchange with a chat's lists as baskets among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from handlers.chat.keyboard import parse_subject
from handlers.services import NamedBasket, SymbolFound, SymbolMissing, SymbolPort
from utils.http.errors import SourceError

USUAL: Final = "fav"
"""The list that is meant where none is named."""
USUAL_WORDS: Final = frozenset({USUAL, "favs", "favourites", "favorites", "favori", "favoriler"})
log = structlog.get_logger(__name__)


class ListRows(Protocol):
    """Keeps the lists of chats, their symbols as callback data writes them; both methods raise `SourceError`."""

    async def find(self, chat_id: int) -> Mapping[str, Sequence[str]]:
        """Return the lists of a chat by their names."""
        ...

    async def replace(self, chat_id: int, changes: Mapping[str, Sequence[str]]) -> None:
        """Write lists of a chat as they are to be; an empty one goes."""
        ...


class UnkeptLists:
    """The lists of chats without a database: they end with the process."""

    def __init__(self) -> None:
        self._lists: dict[int, dict[str, Sequence[str]]] = {}

    async def find(self, chat_id: int) -> Mapping[str, Sequence[str]]:
        """Return the lists of a chat by their names."""
        return dict(self._lists.get(chat_id, {}))

    async def replace(self, chat_id: int, changes: Mapping[str, Sequence[str]]) -> None:
        """Write lists of a chat as they are to be; an empty one goes."""
        merged = {**self._lists.get(chat_id, {}), **changes}
        self._lists[chat_id] = {name: symbols for name, symbols in merged.items() if symbols}


def list_name(word: str) -> str:
    """Return the name of the list that a word means."""
    name = word.casefold()
    return USUAL if name in USUAL_WORDS else name


@dataclass(frozen=True, slots=True)
class ChatSymbols:
    """Implements `handlers.services.SymbolPort` for one chat: its lists are baskets beside those of ``symbols``."""

    symbols: SymbolPort
    lists: ListRows
    chat_id: int

    async def resolve(self, word: str, *, quote: str) -> SymbolFound | SymbolMissing:
        """Return the symbol that a word names. Raises `SourceError`."""
        return await self.symbols.resolve(word, quote=quote)

    async def basket(self, word: str, *, quote: str) -> NamedBasket | None:
        """Return the basket or list that a word names, ``None`` if it names none. Raises `SourceError`."""
        named = await self.symbols.basket(word, quote=quote)
        return named or await self._list(list_name(word))

    async def _list(self, name: str) -> NamedBasket | None:
        try:
            found = (await self.lists.find(self.chat_id)).get(name)
        except SourceError as error:
            if name == USUAL:
                raise
            log.info("the lists of a chat were not read", chat_id=self.chat_id, detail=error.detail)
            return None  # nearly every word is no list's name
        if not found:
            return None
        return NamedBasket(name, tuple(SymbolFound(*parse_subject(symbol)) for symbol in found))
