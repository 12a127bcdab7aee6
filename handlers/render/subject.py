"""What an answer is about, in words: a symbol, or a basket by its name or its coins."""

from typing import Final

from analysis.framework.question import Basket
from handlers.render.scored import Scored
from utils.binance_api.symbols import QUOTES

MOST_COINS: Final = 4
"""Coins of a basket without a name that are written out."""


def subject_words(basket: Basket, most: int = MOST_COINS) -> str:
    """Return a basket's name, or its coins without the quote that all share: ``BTC ETH SOL``, ``… +3``."""
    if basket.name is not None:
        return basket.name
    coins = coins_of(basket.symbols)
    rest = len(coins) - most
    return " ".join(coins) if rest <= 0 else f"{' '.join(coins[:most])} +{rest}"


def coins_of(symbols: tuple[str, ...]) -> tuple[str, ...]:
    """Return symbols without the quote that all share."""
    shared = (quote for quote in QUOTES if all(symbol.endswith(quote) for symbol in symbols))
    quote = max(shared, key=len, default="")
    return tuple(symbol.removesuffix(quote) or symbol for symbol in symbols)


def title_of(result: Scored) -> str:
    """Return what stands first on a card and a chart: the symbol, or the basket."""
    return result.symbol if result.basket is None else subject_words(result.basket)
