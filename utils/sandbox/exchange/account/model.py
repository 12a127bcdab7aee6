"""What an account holds, and what follows from it at a price."""

from dataclasses import dataclass, field
from decimal import Decimal

from utils.sandbox.exchange.account.keys import ApiKey, read_key

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bracket:
    """Positions up to `cap` USDT may use `leverage`; maintenance margin is `notional * ratio - cum`."""

    number: int
    leverage: int
    floor: Decimal
    cap: Decimal
    ratio: Decimal
    cum: Decimal


def _bracket(number: int, leverage: int, floor: int, cap: int, ratio: str, cum: str) -> Bracket:
    return Bracket(number, leverage, Decimal(floor), Decimal(cap), Decimal(ratio), Decimal(cum))


DEFAULT_BRACKETS = (
    _bracket(1, 100, 0, 50_000, "0.005", "0"),
    _bracket(2, 50, 50_000, 500_000, "0.01", "250"),
    _bracket(3, 20, 500_000, 5_000_000, "0.025", "7750"),
    _bracket(4, 10, 5_000_000, 20_000_000, "0.05", "132750"),
    _bracket(5, 4, 20_000_000, 100_000_000, "0.125", "1632750"),
)


@dataclass(frozen=True, slots=True)
class Position:
    """A futures position; `amount` is negative for a short one."""

    symbol: str
    amount: Decimal
    entry: Decimal
    leverage: int = 20
    isolated: bool = False
    side: str = "BOTH"

    def profit(self, mark: Decimal) -> Decimal:
        """Unrealised profit in USDT."""
        return self.amount * (mark - self.entry)

    def initial_margin(self, mark: Decimal) -> Decimal:
        """Margin that the leverage demands."""
        return abs(self.amount) * mark / self.leverage


@dataclass(slots=True)
class Account:
    """Spot balances as (free, locked), futures wallets, positions and leverage brackets."""

    key: ApiKey
    spot: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    wallets: dict[str, Decimal] = field(default_factory=dict)
    positions: list[Position] = field(default_factory=list)
    brackets: dict[str, tuple[Bracket, ...]] = field(default_factory=dict)
    updated_ms: int = 0

    def brackets_of(self, symbol: str) -> tuple[Bracket, ...]:
        """The symbol's own brackets or the usual ones."""
        return self.brackets.get(symbol, DEFAULT_BRACKETS)

    def maintenance(self, position: Position, mark: Decimal) -> Decimal:
        """Margin below which the position is liquidated."""
        notional = abs(position.amount) * mark
        brackets = self.brackets_of(position.symbol)
        bracket = next((one for one in brackets if notional <= one.cap), brackets[-1])
        return notional * bracket.ratio - bracket.cum

    def liquidation_price(self, position: Position, wallet: Decimal, others: Decimal = ZERO) -> Decimal:
        """Price at which margin equals maintenance: wallet + amount (p - entry) = |amount| p r - cum (+ others).

        `wallet` is the isolated margin, or the cross wallet with the other positions' maintenance and losses in
        `others`. Zero when no price does it. Brackets are those of the entry.
        """
        size = abs(position.amount)
        brackets = self.brackets_of(position.symbol)
        notional = size * position.entry
        bracket = next((one for one in brackets if notional <= one.cap), brackets[-1])
        slope = size * bracket.ratio - position.amount
        if slope == 0:
            return ZERO
        price = (wallet - others + bracket.cum - position.amount * position.entry) / slope
        return max(price, ZERO)


def read_account(body: dict[str, object], now_ms: int) -> Account:
    """An account from a control request.

    `{"key": {…}, "balances": [{"asset", "free", "locked", "market"}], "positions": [{"symbol", "amount", "entry",
    "leverage", "isolated", "side"}], "brackets": {symbol: [{"leverage", "cap", "ratio", "cum"}]}}`; the market of
    a balance is `spot` (default) or `futures`. Raises `ValueError` or `TypeError` when it is not that.
    """
    account = Account(read_key(body.get("key")), updated_ms=now_ms)
    for row in _rows(body, "balances"):
        asset, free = str(row["asset"]), number(row.get("free", 0))
        if row.get("market", "spot") == "futures":
            account.wallets[asset] = free
        else:
            account.spot[asset] = (free, number(row.get("locked", 0)))
    account.positions = [_position(row) for row in _rows(body, "positions")]
    brackets = body.get("brackets", {})
    if not isinstance(brackets, dict):
        raise TypeError("brackets must be an object of symbols")
    account.brackets = {str(symbol): _read_brackets(rows) for symbol, rows in brackets.items()}
    return account


def number(value: object) -> Decimal:
    """A decimal from a number or its text. Raises `ValueError`."""
    try:
        return Decimal(str(value))
    except ArithmeticError as error:
        raise ValueError(f"{value!r} is not a number") from error


def _rows(body: dict[str, object], name: str) -> list[dict[str, object]]:
    rows = body.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TypeError(f"{name} must be a list of objects")
    return rows


def _position(row: dict[str, object]) -> Position:
    return Position(
        symbol=str(row["symbol"]),
        amount=number(row["amount"]),
        entry=number(row["entry"]),
        leverage=int(number(row.get("leverage", 20))),
        isolated=bool(row.get("isolated", False)),
        side=str(row.get("side", "BOTH")),
    )


def _read_brackets(rows: object) -> tuple[Bracket, ...]:
    if not isinstance(rows, list) or not rows:
        raise TypeError("brackets of a symbol must be a list")
    read: list[Bracket] = []
    floor = ZERO
    for index, row in enumerate(rows, start=1):
        cap = number(row["cap"])
        ratio, cum = number(row["ratio"]), number(row.get("cum", 0))
        read.append(Bracket(index, int(number(row["leverage"])), floor, cap, ratio, cum))
        floor = cap
    return tuple(read)
