"""The words of "Your account": narrow enough for a phone, complete, in both languages, with a reason for every gap."""

import re
from dataclasses import replace

import pytest

from analysis.account.holdings import HeldCoin, exposures
from analysis.framework.reasons import Reason
from handlers.render.account import COLUMNS, account_blocks
from handlers.render.html import TEXT_LIMIT, Html, compose, plain, split
from tests.handlers.harness import MESSAGES
from tests.support.accounts import LONG, ODD_NUMBERS, SHORT, sample_account

EN, TR = MESSAGES.of("en"), MESSAGES.of("tr")
DOWN = Reason("source_down", {"source": "binance.futures.account"})


def block(beside: object, tr: object = EN) -> Html:
    return compose(account_blocks(beside, tr, "Europe/Istanbul"))  # type: ignore[arg-type]


def test_without_an_account_there_is_no_block() -> None:
    assert account_blocks(None, EN, "UTC") == ()


def test_the_block_has_every_figure() -> None:
    text = plain(block(sample_account()))
    assert [number for number in ODD_NUMBERS if number not in text] == []
    for words in ("BTCUSDT long", "ETHUSDT short", "set 20×", "entry 50,000.00", "liquidation 41,234.50"):
        assert words in text
    for words in ("24.2%", "1 day 99% simulated", "March 2020", "August 2024", "no price: XYZ"):
        assert words in text
    assert "5 Aug 2024 16:10" in text


def test_the_first_line_summarises_the_account() -> None:
    account = sample_account()
    first = plain(account_blocks(account, EN, "UTC")[0].markup)
    assert first == (
        f"Your account: risk {account.risk:.2f} · leverage 1.10× · nearest liquidation 12.1% away (ETHUSDT)"
    )


@pytest.mark.parametrize("tr", [EN, TR], ids=["en", "tr"])
def test_tables_fit_a_narrow_phone(tr: object) -> None:
    markup = block(sample_account(), tr)
    tables = [part.split("</pre>")[0] for part in markup.split("<pre>")[1:]]
    assert len(tables) >= 4
    lines = [line for table in tables for line in plain(table).split("\n")]
    assert max(map(len, lines)) <= COLUMNS
    assert [line for line in lines if "…" in line] == []


def test_a_missing_account_is_named_and_the_rest_is_shown() -> None:
    account = sample_account(futures=None, reasons={"futures": DOWN})
    text = plain(block(account))
    assert text.count("Binance futures does not answer now") == 1
    assert re.search(r"Futures equity +–\n", text)
    assert re.search(r"USDT +VaR +ES", text)
    assert "risk –" in text
    assert "BTCUSDT long" in text


def test_without_bars_the_losses_say_why() -> None:
    text = plain(block(sample_account(bars={}, daily={})))
    assert "only 0% of the exposure has enough bars, 80% are needed" in text


def test_without_a_liquidation_price_there_is_no_distance() -> None:
    safe = replace(LONG, liquidation=None)
    text = plain(block(sample_account(positions=(safe,), exposures=exposures((safe,), ()))))
    assert "the exchange gives no liquidation price" in text
    assert "nearest liquidation" not in text


def test_a_hedge_is_named_as_one() -> None:
    one = sample_account().positions[0]
    account = replace(sample_account(), positions=(replace(one, share=-0.25),))
    assert "hedges 25.0% of the risk" in plain(block(account))


def test_many_positions_and_coins_are_counted() -> None:
    positions = tuple(replace(SHORT, symbol=f"C{k}USDT") for k in range(12))
    coins = tuple(HeldCoin(f"D{k}", 1.0, 100.0 - k, f"D{k}USDT") for k in range(9))
    account = sample_account(positions=positions, coins=coins, exposures={})
    text = plain(block(account))
    assert "and 4 more" in text
    assert "Others" in text
    assert all(len(part) <= TEXT_LIMIT for part in split(block(account)))


def test_names_are_escaped() -> None:
    odd = replace(LONG, symbol="<b>&")
    assert "&lt;b&gt;&amp;" in block(sample_account(positions=(odd,), exposures={}))


def test_a_reason_is_one_line() -> None:
    text = plain(block(Reason("no_keys")))
    assert text.startswith("Your account: market risk only; set BINANCE_API_KEY")
    assert "\n" not in text
