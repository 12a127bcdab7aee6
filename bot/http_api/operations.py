"""What the operations of the OpenAPI document have in common: the parameters of a question and the problems."""

from typing import Any, Final

from analysis.framework.module import TakesBasket
from bot.http_api.problems import MEDIA_TYPE
from bot.http_api.query import DEFAULT_INTERVAL
from handlers.chat.keyboard import MOST_SCANNED, SCANNED, USUAL_COUNT
from handlers.grammar import MAX_WORD_LENGTH
from utils.binance_api.intervals import SHORTEST_MS

JsonSchema = dict[str, Any]

REF: Final = "#/components/schemas/{name}"
_PROBLEMS: Final = {
    "400": "malformed question",
    "401": "bearer token missing or wrong",
    "404": "unknown symbol or name",
    "421": "asked by a name that is not this machine's",
    "429": "quota used up, see Retry-After",
    "503": "nothing could be read, see Retry-After",
}


def reference(name: str) -> JsonSchema:
    """Return a reference to a named schema."""
    return {"$ref": REF.format(name=name)}


def or_null(schema: JsonSchema) -> JsonSchema:
    """Return a schema that allows null too."""
    return {"anyOf": [schema, {"type": "null"}]}


def question(
    operation_id: str, summary: str, answer: str, title: str, basket: TakesBasket | None
) -> JsonSchema:
    """Return the operation that answers a question about a symbol, or a basket, with the schema ``answer``."""
    return _operation(operation_id, summary, answer, title, [*_subject(basket), *_when()])


def ranked(operation_id: str, summary: str, answer: str, title: str) -> JsonSchema:
    """Return the operation that ranks many symbols, with the schema ``answer``."""
    number = {"type": "integer", "minimum": 1, "maximum": MOST_SCANNED, "default": USUAL_COUNT}
    count = _parameter("count", number, "how many of the most traded symbols, where none are named")
    return _operation(
        operation_id, summary, answer, title, [count, _symbols(SCANNED, required=False), *_when()]
    )


def _operation(
    operation_id: str, summary: str, answer: str, title: str, parameters: list[JsonSchema]
) -> JsonSchema:
    content = {"application/json": {"schema": reference(answer)}}
    problem = {MEDIA_TYPE: {"schema": reference("ProblemShape")}}
    responses = {"200": {"description": title, "content": content}}
    responses |= {status: {"description": text, "content": problem} for status, text in _PROBLEMS.items()}
    return {
        "operationId": operation_id,
        "summary": summary,
        "parameters": parameters,
        "responses": responses,
    }


def _subject(basket: TakesBasket | None) -> list[JsonSchema]:
    symbol = {"type": "string", "minLength": 1, "maxLength": MAX_WORD_LENGTH, "pattern": r"^\S+$"}
    one = _parameter(
        "symbol", symbol, "BTCUSDT, BTCUSDT.P (perpetual), or a word: btc, BTC/USDT", required=basket is None
    )
    return [
        *([one] if basket is None or basket.single else []),
        *([] if basket is None else [_symbols(basket, required=not basket.single)]),
    ]


def _when() -> list[JsonSchema]:
    interval = {"type": "string", "enum": list(SHORTEST_MS), "default": DEFAULT_INTERVAL}
    return [
        _parameter("interval", interval, "length of the bars"),
        _parameter(
            "at", {"type": "string", "format": "date-time"}, "the moment asked about, with its offset"
        ),
    ]


def _symbols(takes: TakesBasket, *, required: bool) -> JsonSchema:
    """Several symbols in one parameter; the words of a basket stand for more, so that no fewest and most is given."""
    items = {"type": "string", "minLength": 1, "maxLength": MAX_WORD_LENGTH, "pattern": r"^[^\s,]+$"}
    text = f"{takes.fewest} to {takes.most} symbols such as BTCUSDT,ETHUSDT.P, or a basket: top20, majors"
    schema = {"type": "array", "items": items, "minItems": 1}
    said = f"{text}; instead of symbol" if takes.single else text
    return _parameter("symbols", schema, said, required=required) | {
        "style": "form",
        "explode": False,
    }


def _parameter(name: str, schema: JsonSchema, text: str, *, required: bool = False) -> JsonSchema:
    return {"name": name, "in": "query", "required": required, "description": text, "schema": schema}
