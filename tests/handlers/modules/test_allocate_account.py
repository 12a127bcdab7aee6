"""The owner's list of changes: by hand, for the owner alone, and without anything that could be ordered."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.account.holdings import HeldCoin, HeldPosition
from analysis.account.result import AccountRisk, CoinRisk, PositionRisk
from analysis.allocate.holdings import Holdings, account_lines, holdings_of, worthwhile
from analysis.allocate.specs import CAP, FEE, PENALTY
from analysis.allocate.table_specs import COINS, CORRELATIONS, WEIGHTS
from analysis.features.bounded_quadratic import with_turnover
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, Table
from handlers.modules.allocate_account import account_changes, rebalancing_blocks
from handlers.render.html import plain
from tests.handlers.harness import MESSAGES
from tests.modules.samples import allocate
from tests.support.accounts import sample_account

FIGURES = ("volatility", "price", "bid", "ask", "step", "least")
QUOTED = ((49_900.0, 50_100.0), (2_490.0, 2_510.0))
UNQUOTED = ((np.nan, np.nan), (np.nan, np.nan))


SHARES = {"BTC": 0.5, "ETH": 0.3, "USDT": 0.2}


def answer(quotes: tuple[tuple[float, float], ...] = UNQUOTED, penalty: float = 0.0) -> Analysis:
    weights = Table(WEIGHTS, ("BTC", "ETH", "USDT"), ("",), np.array([[0.5], [0.3], [0.2]]))
    figures = np.array([[0.6, 50_000.0, *quotes[0], 0.0001, 5.0], [0.8, 2_500.0, *quotes[1], np.nan, np.nan]])
    pairs = Table(CORRELATIONS, ("BTC", "ETH"), ("BTC", "ETH"), np.array([[1.0, 0.5], [0.5, 1.0]]))
    curves = {FEE: np.array([0.001]), PENALTY: np.array([penalty]), CAP: np.array([0.6])}
    return allocate.sample(
        tables=(weights, Table(COINS, ("BTC", "ETH"), FIGURES, figures), pairs), curves=curves
    )


def position(symbol: str, amount: float) -> PositionRisk:
    held = HeldPosition(symbol, amount, 0.0, 1.0, 1.0, 0.0, 0.0, None, None, False, 0.0)
    return PositionRisk(held, None, None, None, None, {})


def account(*positions: PositionRisk, equity: float | None = None, **amounts: float) -> AccountRisk:
    coins = tuple(CoinRisk(HeldCoin(asset, amount, amount, None), None) for asset, amount in amounts.items())
    return replace(sample_account(), coins=coins, positions=positions, equity=equity)


def said(of: AccountRisk | Reason, language: str = "en", shown: Analysis | None = None) -> str:
    blocks = rebalancing_blocks(shown or answer(), of, MESSAGES.of(language))
    return "\n".join(plain(block.markup) for block in blocks)


def test_the_list_leads_from_what_is_held_to_what_is_recommended() -> None:
    """8,000 in bitcoin and 2,000 in cash: half, three tenths and a fifth of 10,000."""
    bitcoin, ether = account_lines(SHARES, answer(), Holdings({"BTC": 0.16}, {}, 2_000.0))
    assert bitcoin.held == 0.16
    assert (bitcoin.wanted, ether.wanted) == pytest.approx((5_000.0, 3_000.0))
    assert ether.step is None
    text = said(account(BTC=0.16, USDT=2_000.0))
    assert "BTC             -0.06  -3,000.00" in text
    assert "+1.1988012" in text
    assert "fees" in text
    assert "by the last closes; nothing is ordered" in text
    assert "futures" not in text


def test_it_is_sold_at_the_bid_and_bought_at_the_ask() -> None:
    text = said(account(BTC=0.16, USDT=2_000.0), shown=answer(QUOTED))
    assert "at the best bid and ask" in text
    assert "BTC             -0.06  -2,994.00" in text
    assert f"{3_000 / 2_510 / 1.001:+.8f}"[:8] in text


def test_positions_are_exposures_and_the_margin_balance_is_money() -> None:
    """A short of 0.02 bitcoin takes from the spot coin; 1,000 of margin are part of the whole."""
    of = account(
        position("BTCUSDT", -0.02), position("DOGEUSDT", 9.0), equity=1_000.0, BTC=0.16, USDT=1_000.0
    )
    held = holdings_of(of, ("BTC", "ETH"))
    assert held.positions == {"BTC": -0.02}
    bitcoin, ether = account_lines(SHARES, answer(), held)
    assert bitcoin.held == pytest.approx(0.14)
    assert (bitcoin.wanted, ether.wanted) == pytest.approx((5_000.0, 3_000.0))
    text = said(of).splitlines()
    assert "BTC             -0.04  -2,000.00" in text
    assert text[-2:] == ["held in futures", "BTC             -0.02  -1,000.00"]
    cash = next(line for line in text if line.startswith("USDT"))
    assert float(cash.split()[-1].replace(",", "")) == pytest.approx(2_000.0, abs=10)


@pytest.mark.parametrize(
    ("symbol", "name", "amount"),
    [("1000SHIBUSDT", "SHIB", 2_000.0), ("1000SHIBUSDT", "1000SHIB.P", 2.0), ("ETHUSDC", "ETH", 2.0)],
)
def test_a_position_belongs_to_its_coin(symbol: str, name: str, amount: float) -> None:
    assert holdings_of(account(position(symbol, 2.0)), (name, "BTC")).positions == {name: amount}


def test_a_penalty_leaves_changes_that_are_not_worth_it() -> None:
    near, far = np.array([0.51, 0.29]), np.array([0.1, 0.5])
    target = np.array([0.5, 0.3])
    np.testing.assert_array_equal(worthwhile(target, near, answer()), target)
    np.testing.assert_allclose(worthwhile(target, near, answer(penalty=0.05)), near, atol=1e-9)
    covariance = np.array([[0.36, 0.24], [0.24, 0.64]])
    moved = worthwhile(target, far, answer(penalty=0.05))
    expected = with_turnover(target, far, covariance, np.full(2, 0.6), 0.05, 0.8)
    np.testing.assert_allclose(moved, expected)
    assert 0.1 < moved[0] < 0.499


def test_cash_after_fees_is_never_negative() -> None:
    last = said(account(USDT=10_000.0)).splitlines()[-1]
    assert last.startswith("USDT")
    assert float(last.split()[-1].replace(",", "")) >= 2_000.0 - 10.0


def test_why_there_is_none_is_said_to_the_owner() -> None:
    assert "BINANCE_API_KEY" in said(Reason("no_keys"))


def test_turkish() -> None:
    text = said(account(position("BTCUSDT", 0.01), BTC=0.16, USDT=2_000.0), "tr", answer(QUOTED))
    assert "emir verilmez" in text
    assert "vadelide tutulan" in text


def test_one_line_says_what_the_way_moves_and_costs() -> None:
    """3,000 sold and 3,000 less its fee bought, of 10,000."""
    text = said(account(BTC=0.16, USDT=2_000.0)).split("\n")[0]
    assert text == "Your account: 60% traded, 0.060% cost (6.00 USDT)"
    assert said(account(BTC=0.16, USDT=2_000.0), "tr").split("\n")[0] == (
        "Hesabın: %60 işlem, %0,060 maliyet (6,00 USDT)"
    )


def test_the_whole_is_the_cash_and_the_coins_on_spot() -> None:
    held = Holdings({"BTC": 0.1}, {"ETH": 2.0}, 3_000.0)
    lines = account_lines(SHARES, answer(), held)
    assert held.whole(lines) == pytest.approx(8_000.0)


def test_an_account_without_these_coins_and_cash_has_nothing_to_move() -> None:
    assert said(account()).startswith("Your account: nothing of these coins and no USDT")


def test_without_weights_there_is_no_way() -> None:
    assert account_changes({}, answer(), account(USDT=1.0), MESSAGES.of("en")) == ()
    assert account_lines({}, answer(), Holdings({}, {}, 1.0)) == []
