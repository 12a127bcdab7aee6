"""Numbers from the wire are finite, in every answer."""

from typing import Any

import msgspec
import pytest

from utils.binance_api import schemas
from utils.binance_api.account import schemas as account_schemas
from utils.binance_api.options import schemas as options_schemas
from utils.binance_api.positioning import schemas as statistics_schemas
from utils.binance_api.schemas import FundingRate, KlineRow
from utils.binance_api.wire import ListsDecoder, RowDecoder

BAR: list[Any] = [0, "1", "3", "0.5", "2", "10", 59_999, "20", 4, "5", "11", "0"]
NO_NUMBERS = ("NaN", "nan", "inf", "-Infinity", "1e999", "-1e301", "", "abc")


def sent(value: Any) -> bytes:
    return msgspec.json.encode(value)


@pytest.mark.parametrize("text", NO_NUMBERS)
@pytest.mark.parametrize("position", [1, 2, 3, 4, 5, 7, 9, 10])
def test_no_cell_of_a_bar_takes_what_is_no_number(position: int, text: str) -> None:
    bar = list(BAR)
    bar[position] = text
    with pytest.raises(msgspec.ValidationError):
        schemas.klines.decode(sent([bar]))


@pytest.mark.parametrize("position", [5, 7, 9, 10])
def test_volumes_are_not_negative_but_a_premium_may_be(position: int) -> None:
    bar = list(BAR)
    bar[1:5] = ["-0.001"] * 4
    assert schemas.klines.decode(sent([bar])) == [
        KlineRow(0, -0.001, -0.001, -0.001, -0.001, 10.0, 59_999, 20.0, 4, 5.0, 11.0)
    ]
    bar[position] = "-1"
    with pytest.raises(msgspec.ValidationError):
        schemas.klines.decode(sent([bar]))


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_books_and_prices_take_no_such_text(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        schemas.depth.decode(sent({"lastUpdateId": 1, "bids": [["1", text]], "asks": []}))
    with pytest.raises(msgspec.ValidationError):
        schemas.ticker_price.decode(sent({"symbol": "A", "price": text}))


def floats(kind: Any, seen: set[int]) -> list[msgspec.inspect.FloatType]:
    """Every number type an answer is made of."""
    if id(kind) in seen:
        return []
    seen.add(id(kind))
    found = [kind] if isinstance(kind, msgspec.inspect.FloatType) else []
    parts: list[Any] = []
    for name in ("item_type", "value_type", "key_type"):
        parts += [getattr(kind, name)] if hasattr(kind, name) else []
    for name in ("item_types", "types"):
        parts += getattr(kind, name, ())
    parts += [field.type for field in getattr(kind, "fields", ())]
    return found + [number for part in parts for number in floats(part, seen)]


KINDS = (msgspec.json.Decoder, RowDecoder, ListsDecoder)


@pytest.mark.parametrize(
    "module", [schemas, statistics_schemas, options_schemas, account_schemas], ids=lambda m: m.__name__
)
def test_every_number_of_every_answer_is_bounded(module: Any) -> None:
    decoders = [value for value in vars(module).values() if isinstance(value, KINDS)]
    numbers = [n for d in decoders for n in floats(msgspec.inspect.type_info(d.type), set())]
    assert len(numbers) > 3
    assert [n for n in numbers if n.ge is None or n.le is None] == []


def test_an_old_settlement_has_no_mark_price() -> None:
    row = {"symbol": "A", "fundingTime": 1, "fundingRate": "-0.001"}
    told = [schemas.funding_rates.decode(sent([{**row, **more}]))[0] for more in ({}, {"markPrice": ""})]
    assert [t.mark_price for t in told] == [None, None]
    full: FundingRate = schemas.funding_rates.decode(sent([{**row, "markPrice": "3"}]))[0]
    assert full.mark_price == 3.0
