"""Raw rows are forgotten after 400 days, in every table and for every symbol, and nothing younger is."""

from tests.store.test_liquidations import LONG
from tests.store.test_option_summaries import SUMMARY
from utils.store.liquidations import Liquidation
from utils.store.observations import Observation
from utils.store.option_summaries import OptionSummary
from utils.store.retention import prune
from utils.store.store import Store
from utils.units import DAY_MS

NOW = 1_700_000_000_000
EDGE = NOW - 400 * DAY_MS
ALL = 2**62


async def test_rows_older_than_400_days_go_and_the_edge_stays(store: Store) -> None:
    names = [(series, symbol) for series in ("a", "b") for symbol in ("BTCUSDT", "ETHUSDT", "币安USDT")]
    await store.observations.append(
        Observation(*name, ts, ts, 1.0) for name in names for ts in (EDGE - 1, EDGE, NOW)
    )
    await store.liquidations.append(_order(ts) for ts in (EDGE - 1, EDGE))
    await store.option_summaries.append(_summary(ts) for ts in (EDGE - 1, EDGE))
    await store.listening.heard("s", "*", since=EDGE - 10, until=EDGE - 1)
    await store.listening.heard("s", "*", since=EDGE - 9, until=EDGE)
    counts = await prune(store.database, NOW)
    assert counts == {"observation": 6, "liquidation": 1, "option_summary": 1, "listening": 1}
    for series, symbol in names:
        assert (await store.observations.window(series, symbol, 0, ALL, as_of=ALL)).ts.tolist() == [EDGE, NOW]
    assert (await store.liquidations.window("BTCUSDT", 0, ALL, as_of=ALL)).ts.tolist() == [EDGE]
    assert await store.listening.spans("s", "*", 0, ALL) == ((EDGE - 9, EDGE),)


async def test_an_empty_store_has_nothing_to_forget(store: Store) -> None:
    assert set((await prune(store.database, NOW)).values()) == {0}


def _order(ts: int) -> Liquidation:
    return Liquidation("BTCUSDT", ts, "SELL", LONG.price, LONG.quantity, LONG.average_price, LONG.filled, ts)


def _summary(ts: int) -> OptionSummary:
    return OptionSummary(SUMMARY.source, SUMMARY.underlying, ts, ts, SUMMARY.index_price, {})
