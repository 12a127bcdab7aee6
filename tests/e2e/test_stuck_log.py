"""A log that nobody reads stops neither the answers nor the end of the process."""

from pathlib import Path

import pytest

from handlers.render.html import DOT
from tests.support.app_under_test import AppUnderTest

pytestmark = pytest.mark.slow


async def test_the_bot_answers_and_ends_while_its_log_is_not_read(tmp_path: Path) -> None:
    async with AppUnderTest(tmp_path, {"LOG_LEVEL": "DEBUG"}) as app:
        person = await app.person()
        await app.stop_reading()
        for interval in ("4h", "1h", "15m", "1d", "2h"):
            said = await app.ask(person, person, f"/t btc {interval}")
            assert f"BTCUSDT{DOT}{interval}" in said.text
    assert app.returncode == 0
