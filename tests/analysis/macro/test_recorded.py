"""Module F's formulas on recorded daily series: the published columns again, and what market facts 27 to 29 say."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from analysis.features.valuation import mvrv_z, rank_in_past, unrealised_share
from analysis.features.windows import lag
from scripts.figures import macro as figures


@pytest.fixture(scope="module")
def table(shared_data: Path) -> figures.Table:
    return figures.read(shared_data / figures.CHAIN)


def test_nupl_is_the_published_one(table: figures.Table) -> None:
    published = figures.numbers(table, "nupl") / 100
    np.testing.assert_allclose(unrealised_share(figures.numbers(table, "mvrv")), published, atol=1e-6)


def test_mvrv_z_orders_days_as_the_published_one_does(table: figures.Table) -> None:
    """The published deviation begins in 2010, this one in 2015: after two years they order days alike."""
    found = mvrv_z(*figures.capitals(table), figures.AGREE_FROM)
    known = np.isfinite(found)
    assert known.sum() > 2_900
    assert spearmanr(found[known], figures.numbers(table, "mvrv_z_score")[known]).statistic >= 0.99


def test_a_fixed_threshold_of_mvrv_z_does_not_carry_over_and_a_rank_does(table: figures.Table) -> None:
    """With the deviation of all years the top of 2017 is an ordinary day; with the growing one tops fall."""
    cap, realised = figures.capitals(table)
    growing, whole = mvrv_z(cap, realised, 60), (cap - realised) / np.std(cap, ddof=1)
    tops = [table["date"].index(day) for day in figures.TOPS]
    assert whole[tops[0]] < 0.6
    assert growing[tops[0]] > 5
    assert growing[tops[1]] < 5
    assert (growing[tops[2:]] < 3.7).all()
    assert (rank_in_past(growing, 365)[tops] > 0.8).all()


def test_etf_flow_follows_the_price_and_its_residual_less(table: figures.Table) -> None:
    flow, moved = figures.trading_days(table), figures.returns(table)
    after = np.append(moved[1:], np.nan)
    before, same, later = (figures.correlation(flow, series) for series in (lag(moved, 1), moved, after))
    assert before > 0.3
    assert same > 0.3
    assert abs(later) < 0.12
    lines = "\n".join(figures._etf(table))
    assert "day before: +0.42, its residual +0.15" in lines


def test_days_of_a_monthly_change_are_not_as_many_observations(table: figures.Table) -> None:
    change, series = np.random.default_rng(1).standard_normal((2, 3_000))
    found, naive, honest = figures.block_error(change, series, 30)
    assert abs(found) < 0.1
    assert honest / naive == pytest.approx(np.sqrt(30))
