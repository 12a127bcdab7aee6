"""Request weights that depend on the query (spec/binance.md, sections 3 and 5)."""

from collections.abc import Callable, Mapping

Query = Mapping[str, str]

FUTURES_KLINE_STEPS = ((99, 1), (499, 2), (1000, 5), (10**9, 10))
SPOT_DEPTH_STEPS = ((100, 5), (500, 25), (1000, 50), (10**9, 250))
FUTURES_DEPTH_STEPS = ((50, 2), (100, 5), (500, 10), (10**9, 20))


def by_limit(steps: tuple[tuple[int, int], ...], default: int) -> Callable[[Query], int]:
    """The weight of the first step whose bound is not below `limit`."""

    def weight(query: Query) -> int:
        text = query.get("limit", "")
        limit = int(text) if text.isascii() and text.isdigit() else default
        return next(cost for bound, cost in steps if min(limit, steps[-1][0]) <= bound)

    return weight


def one_or_all(one: int, everything: int) -> Callable[[Query], int]:
    """One weight with `symbol`, another without."""
    return lambda query: one if query.get("symbol") else everything


def spot_ticker(query: Query) -> int:
    """24-hour statistics: 2 for up to 20 symbols, 40 for up to 100, else 80."""
    if query.get("symbol"):
        return 2
    if not query.get("symbols"):
        return 80
    count = query["symbols"].count(",") + 1
    return 2 if count <= 20 else 40 if count <= 100 else 80
