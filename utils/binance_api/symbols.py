"""The symbol table of a market: listed symbols with their state, and delisted ones."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from utils.binance_api.schemas import ExchangeInfo, SymbolInfo
from utils.binance_api.urls import Market
from utils.http.errors import Rejected

State = Literal["trading", "pending", "halted", "delisted"]
Trouble = Literal["unknown", "unreadable", "ambiguous", "pending", "halted", "delisted"]

QUOTES: Final = ("USDT", "USDC", "FDUSD", "TUSD", "BTC", "ETH", "BNB", "EUR", "TRY")
"""Quote assets tried for a base asset if the requested quote is not listed, best first."""

NEVER_MS: Final = 4_133_404_800_000
"""``deliveryDate`` of a perpetual without an announced delisting (2100-12-25)."""

CURRENT_QUARTER: Final = "CURRENT_QUARTER"
"""The contract type of the quarterly future that is delivered next."""

_GONE: Final = frozenset({"SETTLING", "CLOSE", "DELIVERED", "DELIVERING", "PRE_DELIVERING", "PRE_SETTLE"})
_PENDING: Final = frozenset({"PRE_TRADING", "PENDING_TRADING"})
"""Listed, but trading has not begun."""
_MULTIPLE: Final = re.compile(r"^(1000000|100000|10000|1000|1M)(?=[A-Z]{2})")
_LEVERAGED: Final = re.compile(r"^(.{2,})(UP|DOWN|BULL|BEAR)$")


@dataclass(frozen=True, slots=True)
class Listed:
    """One symbol: ``asset`` is the base without its multiplier (``SHIB`` of ``1000SHIBUSDT``).

    One unit of the base is ``multiple`` units of the asset. ``min_notional`` is the least value of an order (quote).
    ``leaves_at`` (ms) is the announced delisting.
    """

    symbol: str
    base: str
    quote: str
    state: State
    asset: str
    multiple: int
    tick_size: float | None = None
    step_size: float | None = None
    min_notional: float | None = None
    leaves_at: int | None = None


class SymbolProblem(Rejected):
    """A text names no tradable symbol: ``why`` not, and up to three ``nearest`` listed symbols."""

    def __init__(self, market: Market, word: str, why: Trouble, nearest: tuple[str, ...]) -> None:
        shown = word[:32]
        hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
        super().__init__(f"binance.{market}", f"symbol {shown!r} is {why}{hint}", parameter="symbol")
        self.word = shown
        self.why: Trouble = why
        self.nearest = nearest


@dataclass(frozen=True, slots=True, eq=False)
class SymbolTable:
    """The symbols of a market at ``as_of`` (ms, exchange time).

    ``stale`` says why the last renewal failed, ``None`` if the table is current. ``unreadable`` are listed symbols of
    which the exchange sent something that cannot be read; they have no row.
    """

    market: Market
    rows: dict[str, Listed]
    as_of: int
    stale: str | None = None
    unreadable: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, symbol: str) -> Listed | None:
        """Return the row of an exact symbol."""
        return self.rows.get(symbol)

    def trading(self) -> list[Listed]:
        """Return the symbols that trade now."""
        return [row for row in self.rows.values() if row.state == "trading"]

    def of_asset(self, asset: str, quote: str | None = None) -> list[Listed]:
        """Return the rows of an asset (by base or without multiplier), optionally in one quote."""
        return [
            row
            for row in self.rows.values()
            if asset in (row.asset, row.base) and (quote is None or row.quote == quote)
        ]

    def counterpart(self, row: Listed) -> Listed | None:
        """Return the trading symbol of this market with the asset and quote of a row of another market."""
        same = [own for own in self.of_asset(row.asset, row.quote) if own.state == "trading"]
        return next((own for own in same if own.symbol == row.symbol), same[0] if same else None)

    def remembering(self, earlier: "SymbolTable") -> "SymbolTable":
        """Return this table plus the symbols that only ``earlier`` has, marked as delisted."""
        listed = self.rows.keys() | self.unreadable
        gone = {s: replace(row, state="delisted") for s, row in earlier.rows.items() if s not in listed}
        return replace(self, rows={**self.rows, **gone})


def symbol_table(
    info: ExchangeInfo, market: Market, as_of: int, *, contract: str = "PERPETUAL"
) -> SymbolTable:
    """Build the table: spot pairs without leveraged tokens, or perpetuals margined in their quote asset.

    On futures ``contract`` chooses the contract type; ``TRADIFI_PERPETUAL`` are those on stocks and metals.
    """
    bases = {row.base_asset for row in info.symbols}
    kept: Iterable[SymbolInfo] = (row for row in info.symbols if _wanted(row, market, bases, contract))
    rows = {row.symbol: _listed(row) for row in kept}
    return SymbolTable(market, rows, as_of, unreadable=frozenset(info.unreadable))


def _wanted(row: SymbolInfo, market: Market, bases: set[str], contract: str) -> bool:
    if market == "futures":  # fapi also lists dated, coin-margined and TradFi contracts
        return row.contract_type == contract and row.margin_asset == row.quote_asset
    if "LEVERAGED" in row.permissions or any("LEVERAGED" in group for group in row.permission_sets):
        return False
    token = _LEVERAGED.match(row.base_asset)
    return token is None or token[1] not in bases


def asset_and_multiple(base: str) -> tuple[str, int]:
    """Return the asset of a base and how many units of it one unit of the base is: SHIB and 1000 of 1000SHIB."""
    found = _MULTIPLE.match(base)
    return (base, 1) if found is None else (base[found.end() :], int(found[1].replace("M", "000000")))


def _listed(row: SymbolInfo) -> Listed:
    asset, multiple = asset_and_multiple(row.base_asset)
    steps = {f.filter_type: f for f in row.filters}
    price, lot = steps.get("PRICE_FILTER"), steps.get("LOT_SIZE")
    value = steps.get("NOTIONAL") or steps.get("MIN_NOTIONAL")
    return Listed(
        symbol=row.symbol,
        base=row.base_asset,
        quote=row.quote_asset,
        state=_state(row.status),
        asset=asset,
        multiple=multiple,
        tick_size=price.tick_size if price else None,
        step_size=lot.step_size if lot else None,
        min_notional=(value.min_notional or value.notional) if value else None,
        leaves_at=row.delivery_date if 0 < row.delivery_date < NEVER_MS else None,
    )


def _state(status: str) -> State:
    if status == "TRADING":
        return "trading"
    if status in _PENDING:
        return "pending"
    return "delisted" if status in _GONE else "halted"
