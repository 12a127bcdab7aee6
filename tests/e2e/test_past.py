"""A past moment on recorded data: the score of that moment's recorded bars and no others."""

import csv
import gzip
from pathlib import Path

import pytest

from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

MOMENT_MS = 1_667_952_000_000  # 2022-11-09T00:00:00Z


async def test_the_card_of_a_past_moment_rests_on_recorded_bars_only(
    replay_app: AppUnderTest, shared_data: Path
) -> None:
    person = await replay_app.person()
    chat = await replay_app.chat([person])
    card = await replay_app.card(chat, person, "/t btc 4h @2022-11-09")
    assert "2022" in card.text
    status, body = await replay_app.get("/analysis/trend?symbol=BTCUSDT&interval=4h&at=2022-11-09T00:00:00Z")
    assert status == 200
    assert body["bar_close"] == "2022-11-08T23:59:59.999Z"
    assert body["price"] == recorded_close(shared_data)
    assert f"{body['score']:.2f}" in card.text


async def test_cost_to_act_names_what_a_past_moment_cannot_have(replay_app: AppUnderTest) -> None:
    _, body = await replay_app.get("/analysis/trend?symbol=BTCUSDT&interval=4h&at=2022-11-09T00:00:00Z")
    assert body["cost_bps"]["spread"] is None
    assert body["cost_bps"]["fees"] > 0


def recorded_close(folder: Path) -> float:
    file = folder / "klines_spot" / "BTCUSDT-4h_2017-08-17_2024-12-31.csv.gz"
    with gzip.open(file, "rt") as lines:
        rows = [row for row in csv.DictReader(lines) if int(row["open_time"]) < MOMENT_MS]
    return float(rows[-1]["close"])
