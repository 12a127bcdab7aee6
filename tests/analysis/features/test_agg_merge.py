"""Raw fills joined to aggregate trades on a tape made by hand."""

from analysis.features.agg_merge import AggMerger, MergedTrade
from utils.binance_api.streams.events import Trade


def fill(time: int, price: float, quantity: float, *, sells: bool = False, kind: str = "MARKET") -> Trade:
    return Trade(
        symbol="BTCUSDT",
        event_ms=time,
        trade_id=time,
        price=price,
        quantity=quantity,
        trade_ms=time,
        buyer_is_maker=sells,
        order_type=kind,
    )


def merged(*fills: Trade) -> tuple[list[MergedTrade], AggMerger]:
    merger = AggMerger()
    done = [merger.feed(one) for one in fills] + [merger.flush()]
    return [trade for trade in done if trade is not None], merger


def test_fills_of_one_side_and_price_within_100_ms_are_one_trade() -> None:
    trades, _ = merged(fill(1000, 100.0, 1.0), fill(1040, 100.0, 2.0), fill(1099, 100.0, 3.0))
    assert trades == [MergedTrade(1000, 100.0, 6.0, 1, 3)]


def test_time_price_and_side_each_begin_another() -> None:
    trades, _ = merged(
        fill(1000, 100.0, 1.0),
        fill(1100, 100.0, 1.0),
        fill(1100, 101.0, 1.0),
        fill(1100, 101.0, 1.0, sells=True),
    )
    assert [(one.time_ms, one.price, one.side) for one in trades] == [
        (1000, 100.0, 1),
        (1100, 100.0, 1),
        (1100, 101.0, 1),
        (1100, 101.0, -1),
    ]


def test_what_is_no_market_trade_is_left_out_and_counted() -> None:
    trades, merger = merged(
        fill(1000, 100.0, 1.0), fill(1001, 90.0, 5.0, kind="INSURANCE_FUND"), fill(1002, 100.0, 1.0)
    )
    assert trades == [MergedTrade(1000, 100.0, 2.0, 1, 2)]
    assert merger.excluded == 1


def test_after_a_flush_nothing_is_open() -> None:
    merger = AggMerger()
    assert merger.flush() is None
    merger.feed(fill(1000, 100.0, 1.0))
    assert merger.flush() == MergedTrade(1000, 100.0, 1.0, 1, 1)
    assert merger.feed(fill(1001, 100.0, 1.0)) is None
