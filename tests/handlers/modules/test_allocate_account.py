"""The owner's list of changes: by hand, for the owner alone, and without anything that could be ordered."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.account.holdings import HeldCoin
from analysis.account.result import AccountRisk, CoinRisk
from analysis.allocate.metrics import COINS, FEE, WEIGHTS
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, Table
from handlers.modules.allocate_account import account_lines, rebalancing_blocks
from handlers.render.html import plain
from tests.handlers.harness import MESSAGES
from tests.modules.samples import allocate
from tests.support.accounts import sample_account

FIGURES = ("volatility", "price", "step", "least")


def answer() -> Analysis:
    weights = Table(WEIGHTS, ("BTC", "ETH", "USDT"), ("",), np.array([[0.5], [0.3], [0.2]]))
    figures = np.array([[0.6, 50_000.0, 0.0001, 5.0], [0.8, 2_500.0, np.nan, np.nan]])
    tables = (weights, Table(COINS, ("BTC", "ETH"), FIGURES, figures))
    return allocate.sample(tables=tables, curves={FEE: np.array([0.001])})


def account(**amounts: float) -> AccountRisk:
    coins = tuple(CoinRisk(HeldCoin(asset, amount, amount, None), None) for asset, amount in amounts.items())
    return replace(sample_account(), coins=coins)


def said(of: AccountRisk | Reason, language: str = "en") -> str:
    return "\n".join(plain(block.markup) for block in rebalancing_blocks(answer(), of, MESSAGES.of(language)))


def test_the_list_leads_from_what_is_held_to_what_is_recommended() -> None:
    """8,000 in bitcoin and 2,000 in cash: half, three tenths and a fifth of 10,000."""
    weights, coins = answer().tables
    bitcoin, ether = account_lines(weights, coins, {"BTC": 0.16, "USDT": 2_000.0})
    assert bitcoin.held == 0.16
    assert (bitcoin.wanted, ether.wanted) == pytest.approx((5_000.0, 3_000.0))
    assert ether.step is None
    text = said(account(BTC=0.16, USDT=2_000.0))
    assert "BTC             -0.06  -3,000.00" in text
    assert "+1.1988012" in text
    assert "fees" in text
    assert "nothing is ordered" in text


def test_cash_after_fees_is_never_negative() -> None:
    last = said(account(USDT=10_000.0)).splitlines()[-1]
    assert last.startswith("USDT")
    assert float(last.split()[-1].replace(",", "")) >= 2_000.0 - 10.0


def test_why_there_is_none_is_said_to_the_owner() -> None:
    assert "BINANCE_API_KEY" in said(Reason("no_keys"))


def test_turkish() -> None:
    assert "emir verilmez" in said(account(BTC=0.16, USDT=2_000.0), "tr")
