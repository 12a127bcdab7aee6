"""The picture of a basket tells of the test that its headline names."""

from dataclasses import replace

import numpy as np

from analysis.corr.links import CAUSE, LEAD
from analysis.framework.result import CoinMatrix
from handlers.modules.corr_arcs import TITLES
from tests.modules.samples import corr
from tests.render.samples import texts

COINS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT")


def basket(leads: bool, causes: bool) -> set[str]:
    """The texts of a basket of which a lead of SOL or a cause by BNB stand."""
    cells, p = np.zeros((4, 4)), np.full((4, 4), 0.5)
    if leads:
        cells[2, 0], cells[0, 2] = 0.3, -0.3
    if causes:
        p[3, 0] = 1e-3
    matrices = (
        CoinMatrix(LEAD, "Lead–lag", "-1/+1", COINS, cells, cells != 0),
        CoinMatrix(CAUSE, "Causality", "p", COINS, p, p <= 0.05),
    )
    return set(texts(replace(corr.basket(4, 0), matrices=matrices)))


def test_leads_are_drawn_where_one_stands() -> None:
    shown = basket(leads=True, causes=True)
    assert TITLES["lead"] in shown
    assert {"SOL", "BTC"} <= shown
    assert "BNB" not in shown


def test_else_what_helps_to_predict() -> None:
    shown = basket(leads=False, causes=True)
    assert TITLES["cause"] in shown
    assert {"BNB", "BTC"} <= shown
    assert "no lead found" not in shown


def test_else_that_there_is_none() -> None:
    shown = basket(leads=False, causes=False)
    assert {TITLES["lead"], "no lead found"} <= shown
    assert not shown & {"BTC", "SOL", "BNB"}
