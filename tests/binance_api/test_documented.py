"""Documented and recorded answers of statistics, trades, options and the account decode, read in place."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from utils.binance_api import schemas
from utils.binance_api.account import schemas as account
from utils.binance_api.options import schemas as options
from utils.binance_api.positioning import schemas as statistics
from utils.binance_api.wire import Decodes

USDM, OPTIONS = "derivatives_trading_usds_futures", "derivatives_trading_options"
DOCUMENTED: dict[tuple[str, str], Decodes[Any]] = {
    ("spot", "agg_trades"): schemas.agg_trades,
    ("spot", "get_trades"): schemas.trades,
    (USDM, "compressed_aggregate_trades_list"): schemas.agg_trades,
    (USDM, "recent_trades_list"): schemas.trades,
    (USDM, "open_interest"): schemas.open_interest,
    (USDM, "open_interest_statistics"): statistics.open_interest,
    (USDM, "long_short_ratio"): statistics.ratio,
    (USDM, "top_trader_long_short_ratio_accounts"): statistics.ratio,
    (USDM, "top_trader_long_short_ratio_positions"): statistics.ratio,
    (USDM, "taker_buy_sell_volume"): statistics.taker,
    (USDM, "basis"): statistics.basis,
    (OPTIONS, "exchange_information"): options.info,
    (OPTIONS, "option_mark_price"): options.marks,
    (OPTIONS, "open_interest"): options.open_interest,
    (OPTIONS, "index_price"): options.index,
    (OPTIONS, "ticker24hr_price_change_statistics"): options.tickers,
}
SAMPLES: dict[str, Decodes[Any]] = {
    "rs/spot/http_json/account_response.json": account.spot_account,
    "py/http_responses/http_spot_wallet_account.json": account.spot_account,
    "rs/futures/http_json/account_info_v2.json": account.futures_account,
    "rs/futures/http_json/balance.json": account.futures_balances,
    "rs/futures/http_json/position_risk.json": account.positions,
    "py/http_responses/http_futures_account_symbol_config.json": account.symbol_configs,
    "py/http_responses/http_futures_market_global_long_short_account_ratio.json": statistics.ratio,
    "py/http_responses/http_futures_market_top_long_short_account_ratio.json": statistics.ratio,
    "py/http_responses/http_futures_market_top_long_short_position_ratio.json": statistics.ratio,
}


def documented(folder: Path) -> dict[tuple[str, str], Any]:
    with gzip.open(folder / "rest" / "binance_official_doc_examples.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    return {(row["client"], row["test"]): row["json"] for row in rows if row["kind"] == "rest_api"}


def samples(folder: Path) -> dict[str, Any]:
    with gzip.open(folder / "rest" / "nautilus_binance_samples.jsonl.gz", "rt") as lines:
        return {row["file"]: row["json"] for row in map(json.loads, lines)}


@pytest.mark.parametrize("name", DOCUMENTED, ids="-".join)
def test_the_documented_example_decodes(shared_data: Path, name: tuple[str, str]) -> None:
    body = documented(shared_data)[name]
    value = DOCUMENTED[name].decode(json.dumps(body).encode())
    assert value


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_decodes(shared_data: Path, name: str) -> None:
    value = SAMPLES[name].decode(json.dumps(samples(shared_data)[name]).encode())
    assert value


def test_the_recorded_margin_tables_decode(shared_data: Path) -> None:
    with gzip.open(shared_data / "rest" / "leverage_brackets_usdm.json.gz", "rt") as file:
        tables = json.load(file)
    wire = [{"symbol": name, "brackets": [step["info"] for step in steps]} for name, steps in tables.items()]
    read = account.brackets.decode(json.dumps(wire).encode())
    assert isinstance(read, list)
    assert len(read) == 349
    for table in read:
        steps = table.brackets
        assert [s.notional_cap for s in steps[:-1]] == [s.notional_floor for s in steps[1:]]
        assert all(0 < s.maint_margin_ratio < 1 for s in steps)
        assert steps[0].initial_leverage >= steps[-1].initial_leverage
