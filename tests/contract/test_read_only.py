"""Nothing in this program can place, change or cancel an order, move money or change a margin setting."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from utils.binance_api import urls
from utils.binance_api.urls import Endpoint

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("analysis", "bot", "composite", "config", "handlers", "scripts", "utils")
SANDBOX = "utils/sandbox"  # plays the exchange and may know its paths
READS = {
    "/api/v3/": [
        "time",
        "exchangeInfo",
        "klines",
        "ticker/24hr",
        "ticker/price",
        "ticker/bookTicker",
        "avgPrice",
        "depth",
        "aggTrades",
        "trades",
        "account",
    ],
    "/fapi/v1/": [
        "time",
        "exchangeInfo",
        "klines",
        "markPriceKlines",
        "indexPriceKlines",
        "premiumIndexKlines",
        "continuousKlines",
        "depth",
        "premiumIndex",
        "ticker/24hr",
        "ticker/bookTicker",
        "fundingRate",
        "fundingInfo",
        "openInterest",
        "aggTrades",
        "trades",
        "accountConfig",
        "symbolConfig",
        "leverageBracket",
        "forceOrders",
    ],
    "/fapi/v2/": ["ticker/price"],
    "/fapi/v3/": ["account", "balance", "positionRisk"],
    "/futures/data/": [
        "openInterestHist",
        "globalLongShortAccountRatio",
        "topLongShortAccountRatio",
        "topLongShortPositionRatio",
        "takerlongshortRatio",
        "basis",
    ],
    "/eapi/v1/": ["time", "exchangeInfo", "mark", "openInterest", "index", "ticker"],
}
READ_PATHS = {prefix + name for prefix, names in READS.items() for name in names}
LISTEN_KEY = "/fapi/v1/listenKey"

WRITING_PATHS = re.compile(
    r"/(?:order|orders|orderList|openOrders|allOpenOrders|batchOrders|countdownCancelAll|algoOrder|algoOpenOrders|"
    r"leverage|marginType|positionMargin|positionSide/dual|multiAssetsMargin|feeBurn|withdraw|transfer|sor|"
    r"cancelReplace|block/\w+|convert/\w+)(?![\w/])|/sapi/|/papi/"
)
WRITING_CALLS = re.compile(
    r"\b(?:order|orderList|sor|openOrders|algoOrder|session)\.(?:place|cancel|cancelReplace|amend|modify|test)\b"
    r"|\b(?:create|cancel|place|amend|modify)_?(?:order|batch|leverage)s?\w*\b",
    re.IGNORECASE,
)
SENDING = frozenset({"post", "put", "delete", "patch"})


def sources() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if not path.relative_to(ROOT).as_posix().startswith(SANDBOX):
                yield path


def texts(path: Path) -> Iterator[str]:
    """Every string of a module but its docstrings, and every name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.value
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def endpoints() -> list[Endpoint]:
    return [value for value in vars(urls).values() if isinstance(value, Endpoint)]


def test_every_endpoint_is_a_known_read() -> None:
    found = endpoints()
    assert {e.path for e in found if e.method == "GET"} == READ_PATHS
    assert {e.path for e in found if e.method != "GET"} == {LISTEN_KEY}
    assert {e.access for e in found if e.method != "GET"} == {"key"}  # never signed


def test_signed_endpoints_are_only_asked() -> None:
    signed = [e for e in endpoints() if e.access == "signed"]
    assert len(signed) == 8
    assert {e.method for e in signed} == {"GET"}


def test_no_source_names_a_path_or_call_that_writes() -> None:
    modules = list(sources())
    assert len(modules) > 100
    found = [
        f"{path.relative_to(ROOT)}: {text[:60]!r}"
        for path in modules
        for text in texts(path)
        if WRITING_PATHS.search(text) or WRITING_CALLS.search(text)
    ]
    assert found == []


def test_only_the_rest_client_speaks_to_the_exchange_and_only_endpoints_choose_the_method() -> None:
    found = []
    for path in sources():
        if not path.relative_to(ROOT).as_posix().startswith(("utils/binance_api", "utils/http")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            named = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            verb, whose = node.func.attr, ast.unparse(node.func.value).lower()
            writes = (
                verb in SENDING and any(word in whose for word in ("session", "transport", "http"))
            ) or (verb in {"request", "send"} and {n.lower() for n in named} & SENDING)
            if writes:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "/api/v3/order",
        "/fapi/v1/order",
        "/fapi/v1/batchOrders",
        "/fapi/v1/algoOrder",
        "/fapi/v1/leverage",
        "/fapi/v1/marginType",
        "/fapi/v1/positionSide/dual",
        "/sapi/v1/capital/withdraw/apply",
        "order.place",
        "algoOrder.cancel",
        "create_order",
        "cancelOrder",
    ],
)
def test_the_scan_would_see_it(text: str) -> None:
    assert WRITING_PATHS.search(text) or WRITING_CALLS.search(text)


@pytest.mark.parametrize(
    "text", ["/fapi/v1/forceOrders", "/fapi/v1/leverageBracket", "marginType", "order book", "session.logon"]
)
def test_the_scan_leaves_reads_alone(text: str) -> None:
    assert not WRITING_PATHS.search(text)
    assert not WRITING_CALLS.search(text)
