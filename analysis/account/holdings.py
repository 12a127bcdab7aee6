"""What an account holds, read from the exchange's answers: positions, coins, and what each is exposed to in USDT.

None of these types shows its numbers in ``repr``: an account must not reach a log by accident.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from analysis.framework.question import Instrument
from utils.binance_api.account.schemas import Position, SpotAccount, SymbolConfig
from utils.binance_api.symbols import SymbolTable

STABLE: Final = ("USDT", "USDC", "FDUSD", "TUSD", "DAI", "USDP", "BUSD", "USD1")
"""Coins that count one USDT each; a coin is priced in the first of them that it is traded against."""
ISOLATED: Final = "ISOLATED"

Side = Literal["long", "short"]


@dataclass(frozen=True, slots=True, repr=False)
class HeldPosition:
    """A futures position. ``amount`` (base units) and ``notional`` (USDT) are negative when short.

    ``margin`` is what is set aside for an isolated position, its profit included (USDT); ``setting`` the leverage
    the exchange has on record for the symbol; ``liquidation`` the exchange's price, ``None`` where it gives none.
    """

    symbol: str
    amount: float
    notional: float
    entry: float
    mark: float
    profit: float
    maintenance: float
    liquidation: float | None
    setting: float | None
    isolated: bool
    margin: float

    @property
    def side(self) -> Side:
        """Which way it goes."""
        return "long" if self.amount > 0 else "short"

    @property
    def distance(self) -> float | None:
        """How far the mark price may move against it, as a positive fraction; 0 when it is through."""
        if self.liquidation is None or not self.mark > 0:
            return None
        away = self.liquidation / self.mark - 1
        return max(0.0, -away if self.amount > 0 else away)


@dataclass(frozen=True, slots=True, repr=False)
class HeldCoin:
    """A coin of the spot account: how much of it and what that is worth (USDT); ``symbol`` is where it is priced."""

    asset: str
    amount: float
    value: float
    symbol: str | None

    @property
    def is_stable(self) -> bool:
        """Whether it counts one USDT each."""
        return self.symbol is None


def positions_of(
    rows: list[Position], configs: Mapping[str, SymbolConfig]
) -> tuple[tuple[HeldPosition, ...], tuple[str, ...]]:
    """Return the positions, largest first, and the symbols of those that are not margined in a stablecoin."""
    foreign = tuple(row.symbol for row in rows if row.margin_asset and row.margin_asset not in STABLE)
    kept = [_position(row, configs.get(row.symbol)) for row in rows if row.symbol not in foreign]
    return tuple(sorted(kept, key=lambda held: -abs(held.notional))), foreign


def _position(row: Position, config: SymbolConfig | None) -> HeldPosition:
    isolated = config is not None and config.margin_type.upper() == ISOLATED
    return HeldPosition(
        symbol=row.symbol,
        amount=row.position_amt,
        notional=row.notional or row.position_amt * row.mark_price,
        entry=row.entry_price,
        mark=row.mark_price,
        profit=row.un_realized_profit,
        maintenance=row.maint_margin,
        liquidation=row.liquidation_price if row.liquidation_price > 0 else None,
        setting=None if config is None else float(config.leverage),
        isolated=isolated,
        margin=row.isolated_wallet + row.un_realized_profit if isolated else 0.0,
    )


def coins_of(
    account: SpotAccount, table: SymbolTable, prices: Mapping[str, float]
) -> tuple[tuple[HeldCoin, ...], tuple[str, ...]]:
    """Return the coins with their value, highest value first, and the assets that have no price in a stablecoin.

    ``prices`` are last prices by spot symbol.
    """
    coins, unpriced = [], []
    for balance in account.balances:
        if balance.asset in STABLE:
            coins.append(HeldCoin(balance.asset, balance.total, balance.total, None))
        elif (symbol := priced_in(balance.asset, table)) is not None and symbol in prices:
            coins.append(HeldCoin(balance.asset, balance.total, balance.total * prices[symbol], symbol))
        else:
            unpriced.append(balance.asset)
    return tuple(sorted(coins, key=lambda coin: -coin.value)), tuple(unpriced)


def priced_in(asset: str, table: SymbolTable) -> str | None:
    """Return the trading spot symbol that prices a coin in a stablecoin, ``None`` where there is none."""
    for quote in STABLE:
        row = table.get(asset + quote)
        if row is not None and row.state == "trading":
            return row.symbol
    return None


def exposures(positions: tuple[HeldPosition, ...], coins: tuple[HeldCoin, ...]) -> dict[Instrument, float]:
    """Return what moves with each price, in USDT, negative when short; the two legs of a hedge are one sum."""
    amounts: dict[Instrument, float] = {}
    for held in positions:
        perpetual = Instrument("futures", held.symbol)
        amounts[perpetual] = amounts.get(perpetual, 0.0) + held.notional
    for coin in coins:
        if coin.symbol is not None:
            pair = Instrument("spot", coin.symbol)
            amounts[pair] = amounts.get(pair, 0.0) + coin.value
    return {instrument: amount for instrument, amount in amounts.items() if amount}
