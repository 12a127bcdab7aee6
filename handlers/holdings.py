"""The coins that the bot owner's account holds, as symbols to ask about. Names alone: amounts stay where they are."""

from dataclasses import dataclass
from typing import Final

from analysis.account.holdings import coins_of
from handlers.services import SymbolFound
from utils.binance_api.binance_a import BinanceAggregator

LEAST_VALUE: Final = 1.0
"""USDT below which a coin is dust."""
MOST_COINS: Final = 40


@dataclass(frozen=True, slots=True)
class AccountHoldings:
    """Implements `handlers.services.HoldingsPort` over the exchange key; who may see it is the caller's to decide."""

    exchange: BinanceAggregator

    async def symbols(self) -> tuple[SymbolFound, ...]:
        """Return where the held coins are traded against a stablecoin, the largest first; none without a key."""
        if not self.exchange.account.available:
            return ()
        spot = self.exchange.spot
        account, table, prices = (
            await self.exchange.account.spot(),
            await spot.symbols(),
            await spot.ticker_prices(),
        )
        coins, _ = coins_of(account.value, table, {name: row.price for name, row in prices.value.items()})
        held = [coin.symbol for coin in coins if coin.symbol is not None and coin.value >= LEAST_VALUE]
        return tuple(SymbolFound(symbol, "spot") for symbol in held[:MOST_COINS])
