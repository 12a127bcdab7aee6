"""Forced orders: one row each, read by symbol and time as they were received."""

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from utils.store.liquidations import Liquidation
from utils.store.store import Store

ALL = 2**62
LONG = Liquidation("BTCUSDT", 1_000, "SELL", 60_000.0, 0.5, 60_300.0, 0.4, 1_250)
SHORT = Liquidation("BTCUSDT", 2_000, "BUY", 61_000.0, 1.0, 60_800.0, 1.0, 2_100)


async def test_an_order_that_two_connections_told_is_one_row(store: Store) -> None:
    assert await store.liquidations.append([LONG, SHORT]) == 2
    assert await store.liquidations.append([replace(LONG, known_at=1_400), replace(SHORT, ts=2_001)]) == 1
    window = await store.liquidations.window("BTCUSDT", 0, ALL, as_of=ALL)
    assert window.ts.tolist() == [1_000, 2_000, 2_001]
    assert window.known_at.tolist() == [1_250, 2_100, 2_100]


async def test_two_orders_of_one_moment_are_two_rows(store: Store) -> None:
    assert (
        await store.liquidations.append([LONG, replace(LONG, side="BUY"), replace(LONG, quantity=0.6)]) == 3
    )


async def test_the_window_values_orders_at_what_was_traded_and_knows_the_side(store: Store) -> None:
    await store.liquidations.append([SHORT, LONG, replace(LONG, symbol="ETHUSDT")])
    window = await store.liquidations.window("BTCUSDT", 1_000, 2_001, as_of=ALL)
    assert window.closes_long.tolist() == [True, False]
    assert window.notional.tolist() == [0.4 * 60_300.0, 60_800.0]
    assert len(await store.liquidations.window("BTCUSDT", 1_001, 2_000, as_of=ALL)) == 0


async def test_an_order_is_not_known_before_it_was_received(store: Store) -> None:
    await store.liquidations.append([LONG, SHORT])
    assert (await store.liquidations.window("BTCUSDT", 0, ALL, as_of=2_099)).ts.tolist() == [1_000]


def test_a_side_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="SELL or BUY"):
        replace(LONG, side="sell")  # type: ignore[arg-type]


async def test_recorded_orders_are_read_back_to_the_last_digit(store: Store, shared_data: Path) -> None:
    with gzip.open(shared_data / "derivs" / "liquidations_force_orders.csv.gz", "rt") as file:
        recorded = list(csv.DictReader(file))
    orders = [
        Liquidation(
            r["symbol"],
            int(r["time"]),
            "SELL" if r["side"] == "SELL" else "BUY",
            float(r["price"]),
            float(r["quantity"]),
            float(r["price"]),  # the recording has no average price
            float(r["quantity"]),
            int(r["time"]),
        )
        for r in recorded
    ]
    assert await store.liquidations.append(orders) == len(recorded)
    window = await store.liquidations.window("ETHUSDT", 0, ALL, as_of=ALL)
    assert np.array_equal(window.ts, np.sort([int(r["time"]) for r in recorded]))
    assert window.notional.sum() == pytest.approx(sum(o.price * o.quantity for o in orders), rel=1e-12)
    assert int(window.closes_long.sum()) == sum(r["side"] == "SELL" for r in recorded)
