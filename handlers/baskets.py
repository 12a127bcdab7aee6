"""From the words of a question to the symbols that it is about: coins, or a basket by its name, each once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.framework.module import TakesBasket
from analysis.framework.question import Basket, Instrument
from handlers.services import SymbolFound, SymbolMissing, SymbolPort


@dataclass(frozen=True, slots=True)
class NamedSymbols:
    """The symbols that words name, each once; ``name`` where the words are one basket's name and nothing else.

    ``missing`` are the words that name none.
    """

    found: tuple[SymbolFound, ...]
    missing: tuple[SymbolMissing, ...] = ()
    name: str | None = None

    @property
    def basket(self) -> Basket | None:
        """The symbols as a basket, ``None`` for a single one that is not all that a named basket holds."""
        if len(self.found) < 2 and self.name is None:
            return None
        return basket_of(self.found, self.name)

    def fault(self, takes: TakesBasket) -> "WrongNumber | None":
        """Return that there are too many symbols or too few, ``None`` where there are not."""
        count = len(self.found)
        alone = takes.single and count == 1 and self.name is None
        return None if alone or takes.fewest <= count <= takes.most else WrongNumber(count, takes)


@dataclass(frozen=True, slots=True)
class WrongNumber:
    """More symbols than a module takes, or fewer."""

    count: int
    takes: TakesBasket

    @property
    def too_many(self) -> bool:
        """Whether there are more than it takes."""
        return self.count > self.takes.most


def basket_of(found: Iterable[SymbolFound], name: str | None = None) -> Basket:
    """Return symbols as a basket."""
    return Basket(tuple(Instrument(one.market, one.symbol) for one in found), name)


async def read_symbols(symbols: SymbolPort, words: Sequence[str], *, quote: str) -> NamedSymbols:
    """Resolve the words one by one; baskets by name are taken for their members. Raises `SourceError`."""
    found: dict[str, SymbolFound] = {}
    missing: list[SymbolMissing] = []
    names: list[str] = []
    for word in words:
        named = await symbols.basket(word, quote=quote)
        if named is not None:
            names.append(named.name)
            members: tuple[SymbolFound | SymbolMissing, ...] = named.found
        else:
            members = (await symbols.resolve(word, quote=quote),)
        for member in members:
            if isinstance(member, SymbolMissing):
                missing.append(member)
            else:
                found.setdefault(member.symbol, member)
    return NamedSymbols(
        tuple(found.values()), tuple(missing), names[0] if len(words) == len(names) == 1 else None
    )
