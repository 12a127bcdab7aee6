"""Whatever is lost, doubled or late, a readable book is the exchange's book at the id it names."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tests.binance_api.books import update
from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.ladder import Level
from utils.binance_api.book.state import BookState, Resync
from utils.binance_api.streams.continuity import BookMarket
from utils.binance_api.streams.events import DepthUpdate

Sides = tuple[list[Level], list[Level]]
LIMIT = 1000


@dataclass
class Exchange:
    """A true book: numbers its updates by the rules of its market and remembers every state."""

    market: BookMarket
    bids: dict[float, float] = field(default_factory=lambda: {49.0: 1.0})
    asks: dict[float, float] = field(default_factory=lambda: {50.0: 1.0})
    last_id: int = 1000
    states: dict[int, Sides] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._remember()

    def _remember(self) -> None:
        bids = sorted(((p, q) for p, q in self.bids.items() if q), reverse=True)
        self.states[self.last_id] = bids, sorted((p, q) for p, q in self.asks.items() if q)

    def step(self, bids: list[Level], asks: list[Level], width: int, jump: int) -> DepthUpdate:
        """Change the book and return the update; ids of futures jump between updates."""
        previous = self.last_id
        first = previous + 1 + (0 if self.market == "spot" else jump)
        self.bids.update(bids)
        self.asks.update(asks)
        self.last_id = first + width
        self._remember()
        return update(first, self.last_id, bids, asks, previous=previous)

    def snapshot(self, book: OrderBook, lag: int) -> Resync | None:
        """Give the book the state of ``lag`` updates ago."""
        known = sorted(self.states)
        at = known[max(0, len(known) - 1 - lag)]
        return book.snapshot(*self.states[at], at, limit=LIMIT)


_SIZES = st.sampled_from([0.0, 1.0, 2.0, 3.0])
_BIDS = st.lists(st.tuples(st.integers(40, 48).map(float), _SIZES), max_size=4)
_ASKS = st.lists(st.tuples(st.integers(51, 59).map(float), _SIZES), max_size=4)
_STEPS = st.lists(
    st.tuples(
        _BIDS,
        _ASKS,
        st.tuples(st.integers(0, 3), st.integers(0, 5)),
        st.sampled_from(["pass", "pass", "pass", "pass", "lose", "double", "late", "refresh"]),
        st.integers(0, 4),
    ),
    max_size=50,
)


def _assert_true(book: OrderBook, exchange: Exchange) -> None:
    if book.state is BookState.SYNCED:
        assert book.local_id is not None
        assert book.top(LIMIT) == exchange.states[book.local_id]


@given(market=st.sampled_from(["spot", "futures", "options"]), steps=_STEPS)
def test_a_readable_book_is_never_wrong_and_always_comes_back(market: BookMarket, steps: list[tuple]) -> None:  # type: ignore[type-arg]
    exchange = Exchange(market)
    book = OrderBook("X", market)
    late: list[DepthUpdate] = []
    wanted = False
    for bids, asks, (width, jump), fault, lag in steps:
        event = exchange.step(bids, asks, width, jump)
        deliveries = {"lose": [], "late": [], "double": [event, event]}.get(fault, [event])
        for delivered in [*deliveries, *late]:
            wanted = book.feed(delivered) is not None or wanted
            _assert_true(book, exchange)
        late = [event] if fault == "late" else []
        if fault == "refresh":
            book.refresh()
        if wanted or fault == "refresh":
            wanted = exchange.snapshot(book, lag) is not None
            _assert_true(book, exchange)
    for _ in range(3):
        if book.feed(exchange.step([], [], 0, 0)) is not None or book.state is not BookState.SYNCED:
            exchange.snapshot(book, 0)
    assert book.state is BookState.SYNCED
    assert book.top(LIMIT) == exchange.states[exchange.last_id]
