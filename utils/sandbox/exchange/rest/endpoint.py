"""What an endpoint is: a path, a price and a function from a question to JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from utils.sandbox.exchange.account.accounts import Accounts
from utils.sandbox.exchange.account.model import Account
from utils.sandbox.exchange.market.contract import Digits, Listing, Market
from utils.sandbox.exchange.rest.errors import invalid_symbol
from utils.sandbox.exchange.rest.numbers import Style
from utils.sandbox.exchange.rest.pages import Page
from utils.sandbox.exchange.rest.params import Params

Json = dict[str, object] | list[object] | Page
Weight = int | Callable[[Mapping[str, str]], int]


@dataclass(frozen=True)
class Question:
    """One request as an endpoint sees it.

    `now_ms` is the market's time, `told_ms` the time that `/time` tells (skewed by a fault), `book_ms` the moment
    of the book (older during a stale-snapshot fault).
    """

    market: Market
    kind: str
    params: Params
    now_ms: int
    told_ms: int
    book_ms: int
    accounts: Accounts
    account: Account | None = None

    @property
    def caller(self) -> Account:
        """Whose account it is; only for endpoints that ask for a key."""
        if self.account is None:
            raise RuntimeError("a public endpoint has no caller; give it a security")
        return self.account

    @cached_property
    def listed(self) -> dict[str, Listing]:
        """What is listed now, by symbol."""
        return {listing.symbol: listing for listing in self.market.listings(self.kind, self.now_ms)}

    def style(self, symbol: str) -> Style:
        """How the symbol's numbers are written. Raises -1121."""
        return Style(self.digits(symbol), self.kind == "spot")

    def digits(self, symbol: str) -> Digits:
        """The symbol's decimals. Raises -1121."""
        listing = self.listed.get(symbol)
        if listing is None:
            raise invalid_symbol()
        return listing.digits


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint. `security` says who may call it, `bucket` names a request-count limit;
    `honest_header` is false where the exchange's used-weight header cannot be relied on; `parameters` names what
    a spot endpoint takes beside the parts of a signature (futures and options ignore what they do not know)."""

    path: str
    answer: Callable[[Question], Json]
    weight: Weight
    bucket: str | None = None
    honest_header: bool = True
    security: str = "NONE"
    method: str = "GET"
    parameters: frozenset[str] = frozenset()

    def cost(self, query: Mapping[str, str]) -> int:
        """The weight of a request with this query."""
        return self.weight if isinstance(self.weight, int) else self.weight(query)
