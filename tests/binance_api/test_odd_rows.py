"""One odd field costs its row, never the rows beside it nor the whole answer."""

import json
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from utils.binance_api import schemas
from utils.binance_api.positioning import schemas as positioning
from utils.binance_api.wire import Decodes, RowDecoder

FUNDING = {
    "symbol": "BTCUSDT",
    "fundingTime": 1,
    "fundingRate": "0.0001",
    "markPrice": "1.5",
    "rateType": "Regular",
}
RATIO = {"timestamp": 1, "longShortRatio": "1.2", "longAccount": "0.6", "shortAccount": "0.4"}
INTEREST = {"timestamp": 1, "sumOpenInterest": "5.0", "sumOpenInterestValue": "9.0"}
PREMIUM = {
    "symbol": "BTCUSDT",
    "markPrice": "1.5",
    "indexPrice": "1.4",
    "lastFundingRate": "0.0001",
    "nextFundingTime": 2,
    "time": 1,
}
CASES: list[tuple[Decodes[Any], dict[str, Any], str]] = [
    (schemas.funding_rates, FUNDING, "fundingRate"),
    (schemas.premium_rows, PREMIUM, "markPrice"),
    (positioning.ratio, RATIO, "longShortRatio"),
    (positioning.open_interest, INTEREST, "sumOpenInterest"),
]


@pytest.mark.parametrize(("decoder", "row", "field"), CASES)
@pytest.mark.parametrize("odd", ["", "Infinity", "NaN", None, "-", {}, [], "1e999"])
def test_an_odd_field_costs_its_row_alone(
    decoder: Decodes[Any], row: dict[str, Any], field: str, odd: object
) -> None:
    body = json.dumps([row, {**row, field: odd}, row]).encode()
    assert len(decoder.decode(body)) == 2


@pytest.mark.parametrize(("decoder", "row", "field"), CASES)
def test_an_answer_without_a_readable_row_is_refused(
    decoder: Decodes[Any], row: dict[str, Any], field: str
) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoder.decode(json.dumps([{**row, field: ""}]).encode())
    with pytest.raises(msgspec.ValidationError):
        decoder.decode(b'{"code": 0}')
    assert decoder.decode(b"[]") == []


def test_bars_stand_or_fall_together() -> None:
    row = [1, "1", "1", "1", "1", "2", 2, "200", 7, "1", "100", "0"]
    with pytest.raises(msgspec.ValidationError):
        schemas.klines.decode(json.dumps([row, [*row[:1], "", *row[2:]]]).encode())


def test_odd_rows_are_logged_once_until_all_can_be_read() -> None:
    decoder = RowDecoder(positioning.RatioRow)
    odd, good = json.dumps([RATIO, {}]).encode(), json.dumps([RATIO]).encode()
    with capture_logs() as lines:
        for body in (odd, odd, good, good, odd):
            decoder.decode(body)
    assert [(line["event"], line["left_out"]) for line in lines] == [("odd rows are left out", 1)] * 2
