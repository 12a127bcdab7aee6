"""Live trades as price paths: of what is followed already, on one market, since the last gap."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from analysis.framework.question import Instrument, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.live_ticks import read_ticks
from analysis.sources.tick_paths import FEWEST_TICKS, followed_paths
from tests.binance_api.live import tick_client
from tests.support.clock import FakeClock
from utils.binance_api.streams.subscription import StreamState
from utils.binance_api.trades.live import TradeGap
from utils.binance_api.trades.tape import TradeTape

NOW = Request("SOLUSDT", "1h")


def tape(count: int, state: StreamState = StreamState.LIVE, **beside: Any) -> SimpleNamespace:
    """``count`` trades, ten milliseconds apart."""
    kept = TradeTape("X", capacity=1000)
    for place in range(count):
        kept.add(place, 1000 + 10 * place, 100.0 + place, 1.0, False)
    return SimpleNamespace(tape=kept, state=state, filling=False, gaps=[], **beside)


def sources(**followed: SimpleNamespace) -> Sources:
    def trades(symbol: str, market: str) -> SimpleNamespace | None:
        return followed.get(f"{market}_{symbol}")

    return cast(Sources, SimpleNamespace(exchange=SimpleNamespace(followed_trades=trades)))


def paths_of(of: Sources, request: Request = NOW) -> Any:
    return followed_paths(of, request, "BTCUSDT", ("ETHUSDT", "SOLUSDT"))


def test_paths_are_of_the_coins_that_are_followed_on_one_market() -> None:
    found = paths_of(sources(futures_BTCUSDT=tape(300), futures_SOLUSDT=tape(200), spot_ETHUSDT=tape(300)))
    assert set(found) == {"BTCUSDT", "SOLUSDT"}
    assert found["SOLUSDT"].time.tolist() == [1000 + 10 * place for place in range(200)]
    np.testing.assert_allclose(np.exp(found["SOLUSDT"].value), 100.0 + np.arange(200))


def test_spot_is_taken_where_perpetuals_are_not_followed() -> None:
    found = paths_of(sources(spot_BTCUSDT=tape(150), spot_ETHUSDT=tape(150), futures_BTCUSDT=tape(150)))
    assert set(found) == {"BTCUSDT", "ETHUSDT"}


def test_a_gap_ends_the_past() -> None:
    broken = tape(300)
    broken.gaps.append(TradeGap(1, 2, 1500, 2000))
    found = paths_of(sources(futures_BTCUSDT=broken, futures_SOLUSDT=tape(300)))
    assert found["BTCUSDT"].time[0] == 2000


@pytest.mark.parametrize(
    ("followed", "code"),
    [
        ({"futures_BTCUSDT": tape(300)}, "not_followed"),
        ({"futures_SOLUSDT": tape(300), "futures_ETHUSDT": tape(300)}, "not_followed"),
        ({"futures_BTCUSDT": tape(300), "spot_SOLUSDT": tape(300)}, "not_followed"),
        ({"futures_BTCUSDT": tape(300), "futures_SOLUSDT": tape(300, StreamState.DOWN)}, "not_followed"),
        ({"futures_BTCUSDT": tape(300), "futures_SOLUSDT": tape(FEWEST_TICKS - 1)}, "few_ticks"),
    ],
)
def test_why_there_are_none(followed: dict[str, SimpleNamespace], code: str) -> None:
    found = paths_of(sources(**followed))
    assert isinstance(found, Reason)
    assert found.code == code


def test_a_past_moment_has_none() -> None:
    of = sources(futures_BTCUSDT=tape(300), futures_SOLUSDT=tape(300))
    found = paths_of(of, Request("SOLUSDT", "1h", 1_700_000_000_000))
    assert isinstance(found, Reason)
    assert found.code == "no_history"


async def test_a_question_about_ticks_follows_them_and_looking_does_not() -> None:
    async with tick_client(FakeClock()) as (_, exchange):
        assert exchange.followed_trades("BTCUSDT", "futures") is None
        assert not len(exchange.streams.tapes)
        asked = cast(Sources, SimpleNamespace(exchange=exchange))
        await read_ticks(asked, Instrument("futures", "BTCUSDT"), 1.0)
        assert exchange.followed_trades("BTCUSDT", "futures") is not None
        assert exchange.followed_trades("BTCUSDT", "spot") is None
