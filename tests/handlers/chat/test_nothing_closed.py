"""A coin of which nothing has closed yet, or had closed by then, comes with what to ask instead."""

import pytest

from tests.handlers.harness import Harness, ScriptedRunner
from utils.binance_api.bars import NoBarsThen, NoneClosedYet
from utils.http.errors import SourceError, Unavailable

SOURCE = "binance.spot.klines"


async def said_to(text: str, error: SourceError) -> str:
    harness = Harness(runner=ScriptedRunner(error=error))
    await harness.type(text)
    return harness.answer.plain


@pytest.mark.parametrize(
    ("interval", "shorter"), [("4h", "15m"), ("30m", "15m"), ("15m", "1m"), ("5m", "1m")]
)
async def test_a_shorter_interval_is_offered(interval: str, shorter: str) -> None:
    said = await said_to(f"/t btc {interval}", NoneClosedYet(SOURCE, "BTCUSDT", interval, None))
    assert said == f"No {interval} bar of BTCUSDT has closed yet. Example: /t BTCUSDT {shorter}"


async def test_no_interval_is_shorter_than_a_minute() -> None:
    said = await said_to("/t btc 1m", NoneClosedYet(SOURCE, "BTCUSDT", "1m", None))
    assert said == "No 1m bar of BTCUSDT has closed yet."


async def test_a_moment_before_the_listing_is_offered_as_of_now() -> None:
    said = await said_to("/t shib 4h @2024-08-05", NoBarsThen(SOURCE, "1000SHIBUSDT", "4h"))
    assert said == "No 4h bar of 1000SHIBUSDT had closed by then. Example: /t 1000SHIBUSDT.P 4h"


async def test_a_source_that_is_away_has_no_example() -> None:
    assert "Example" not in await said_to("/t btc 4h", Unavailable(SOURCE, "away"))
