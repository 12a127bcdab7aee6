"""The symbol table: what is kept, in which state, and the same asset across markets."""

import msgspec
import pytest

from utils.binance_api import schemas
from utils.binance_api.symbols import SymbolTable, symbol_table

PERPETUAL = {"contractType": "PERPETUAL", "marginAsset": "USDT", "quoteAsset": "USDT"}


def row(base: str, quote: str = "USDT", status: str = "TRADING", **more: object) -> dict[str, object]:
    return {"symbol": base + quote, "status": status, "baseAsset": base, "quoteAsset": quote, **more}


def table(rows: list[dict[str, object]], market: str = "spot") -> SymbolTable:
    info = schemas.exchange_info.decode(msgspec.json.encode({"symbols": rows, "newField": 1}))
    return symbol_table(info, "futures" if market == "futures" else "spot", 1)


def test_states_come_from_the_status_and_unknown_ones_do_not_trade() -> None:
    states = {"TRADING": "trading", "BREAK": "halted", "HALT": "halted", "CANCEL_ONLY": "halted"}
    states |= {"PRE_TRADING": "pending", "PENDING_TRADING": "pending"}
    states |= {"SETTLING": "delisted", "CLOSE": "delisted", "A_STATUS_OF_2030": "halted"}
    made = table([row(f"C{n}", status=status) for n, status in enumerate(states)])
    assert [r.state for r in made.rows.values()] == list(states.values())


def test_leveraged_tokens_are_left_out_and_words_that_only_look_like_them_stay() -> None:
    rows = [row("BTC"), row("BTCUP"), row("BTCDOWN"), row("JUP"), row("SYRUP")]
    rows += [row("XXX", permissions=["LEVERAGED"]), row("YYY", permissionSets=[["SPOT"], ["LEVERAGED"]])]
    assert set(table(rows).rows) == {"BTCUSDT", "JUPUSDT", "SYRUPUSDT"}


def test_only_perpetuals_margined_in_their_quote_are_kept() -> None:
    rows = [
        row("BTC", **PERPETUAL),
        row("ETH", **{**PERPETUAL, "contractType": "CURRENT_QUARTER"}),
        row("TSLA", **{**PERPETUAL, "contractType": "TRADIFI_PERPETUAL"}),
        row("SOL", quote="USD", **{**PERPETUAL, "marginAsset": "SOL", "quoteAsset": "USD"}),
    ]
    assert set(table(rows, "futures").rows) == {"BTCUSDT"}


def test_multipliers_are_read_from_the_base() -> None:
    bases = {"1000SHIB": ("SHIB", 1000), "1MBABYDOGE": ("BABYDOGE", 1_000_000), "1INCH": ("1INCH", 1)}
    bases |= {"1000000MOG": ("MOG", 1_000_000), "BTC": ("BTC", 1)}
    made = table([row(base) for base in bases])
    assert {r.base: (r.asset, r.multiple) for r in made.rows.values()} == bases


def test_the_counterpart_in_the_other_market_is_found_by_asset() -> None:
    spot = table([row("SHIB"), row("BTC"), row("BTC", "USDC")])
    futures = table([row("1000SHIB", **PERPETUAL), row("BTC", **PERPETUAL)], "futures")
    shib = futures.counterpart(spot.rows["SHIBUSDT"])
    assert shib is not None
    assert shib.symbol == "1000SHIBUSDT"
    back = spot.counterpart(shib)
    assert back is not None
    assert back.symbol == "SHIBUSDT"
    assert futures.counterpart(spot.rows["BTCUSDC"]) is None


def test_steps_and_the_announced_end_are_read() -> None:
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.10", "minPrice": "1"},
        {"filterType": "LOT_SIZE", "stepSize": "0.001"},
        {"filterType": "A_NEW_FILTER", "limit": 5},
    ]
    stays = row("BTC", **PERPETUAL, filters=filters, deliveryDate=4_133_404_800_000)
    leaves = row("OLD", **PERPETUAL, deliveryDate=1_800_000_000_000)
    made = table([stays, leaves], "futures").rows
    btc = made["BTCUSDT"]
    assert (btc.tick_size, btc.step_size, btc.leaves_at) == (0.1, 0.001, None)
    assert made["OLDUSDT"].leaves_at == 1_800_000_000_000


@pytest.mark.parametrize(
    ("rule", "least"),
    [
        ({"filterType": "NOTIONAL", "minNotional": "5.00"}, 5.0),
        ({"filterType": "MIN_NOTIONAL", "minNotional": "10"}, 10.0),
        ({"filterType": "MIN_NOTIONAL", "notional": "20"}, 20.0),
        ({"filterType": "LOT_SIZE", "stepSize": "1"}, None),
    ],
)
def test_the_least_order_is_read_by_either_name(rule: dict[str, str], least: float | None) -> None:
    assert table([row("BTC", filters=[rule])]).rows["BTCUSDT"].min_notional == least


def test_a_symbol_that_vanished_is_remembered_as_delisted() -> None:
    now = table([row("BTC")]).remembering(table([row("BTC"), row("LUNA")]))
    assert now.rows["LUNAUSDT"].state == "delisted"
    assert [r.symbol for r in now.trading()] == ["BTCUSDT"]
