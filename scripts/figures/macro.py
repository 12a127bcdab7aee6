"""Figures of module F on recorded daily series: ETF flow and price, MVRV-Z at tops, errors of overlapping changes."""

import csv
import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from scipy.stats import spearmanr

from analysis.arrays import Floats
from analysis.features.price_residual import residual_after_returns
from analysis.features.valuation import mvrv_z, rank_in_past, unrealised_share
from analysis.features.windows import lag
from analysis.macro.metrics import MacroSection
from utils.units import PERCENT

CHAIN: Final = "onchain/btc_onchain_daily.csv.gz"
SUPPLY: Final = "onchain/usdt_supply_daily_2024-12_2025-12.csv.gz"
TOPS: Final = ("2017-12-17", "2021-04-13", "2021-11-09", "2024-03-13", "2024-12-17")
MONTH: Final = 30
AGREE_FROM: Final = 730

Table = Mapping[str, list[str]]


def rows(data: Path) -> list[str]:
    """Return the figures as lines of text; without the recording its name."""
    if not (data / CHAIN).exists():
        return [f"macro: no {CHAIN}"]
    table = read(data / CHAIN)
    return [*_etf(table), *_valuation(table), *_overlapping(table), *_supply(data)]


def read(path: Path) -> Table:
    """Return the columns of a compressed table as texts."""
    with gzip.open(path, "rt") as file:
        found = list(csv.DictReader(file))
    return {name: [row[name] for row in found] for name in found[0]}


def numbers(table: Table, name: str) -> Floats:
    """Return a column, NaN where it is empty."""
    return np.array([float(text) if text else np.nan for text in table[name]], np.float64)


def returns(table: Table) -> Floats:
    """Return daily log returns of bitcoin."""
    logs = np.log(numbers(table, "btc_price"))
    return logs - lag(logs, 1)


def correlation(one: Floats, other: Floats) -> float:
    """Return Pearson's correlation of what is known of both."""
    known = np.isfinite(one) & np.isfinite(other)
    return float(np.corrcoef(one[known], other[known])[0, 1])


def trading_days(table: Table) -> Floats:
    """Return ETF flow in US dollars, NaN on days without trading, which the recording writes as zero or not at all."""
    flow = numbers(table, "etf_flows_usd")
    return np.where(flow == 0, np.nan, flow)


def _etf(table: Table) -> list[str]:
    flow, moved, config = trading_days(table), returns(table), MacroSection()
    days = np.flatnonzero(np.isfinite(flow))
    rest = np.full(len(flow), np.nan)
    rest[days] = residual_after_returns(
        flow[days], moved[days], lag(moved, 1)[days], config.etf_fit_days, config.etf_fit_min_days
    )
    after = np.append(moved[1:], np.nan)
    lines = [
        f"ETF flow of {len(days)} trading days from {table['date'][days[0]]} against bitcoin's return of"
    ]
    for name, series in (("day before", lag(moved, 1)), ("same day", moved), ("day after", after)):
        plain, left = correlation(flow, series), correlation(rest, series)
        lines.append(f"  the {name}: {plain:+.2f}, its residual {left:+.2f}")
    error = 1 / np.sqrt(np.isfinite(rest).sum())
    return [*lines, f"  one standard error of the residual's: {error:.2f}"]


def capitals(table: Table) -> tuple[Floats, Floats]:
    """Return market cap and realised cap in US dollars."""
    realised = numbers(table, "realized_marketcap")
    return numbers(table, "mvrv") * realised, realised


def _valuation(table: Table) -> list[str]:
    cap, realised = capitals(table)
    z = mvrv_z(cap, realised, AGREE_FROM)
    published, ratio = numbers(table, "mvrv_z_score"), numbers(table, "mvrv")
    known = np.isfinite(z) & np.isfinite(published)
    agree = spearmanr(z[known], published[known]).statistic
    apart = np.abs(unrealised_share(ratio) - numbers(table, "nupl") / PERCENT).max()
    whole, growing = (cap - realised) / np.std(cap, ddof=1), mvrv_z(cap, realised, 60)
    rank = rank_in_past(growing, 365)
    lines = [
        f"NUPL against the published column: largest difference {apart:.1e}",
        f"MVRV-Z against the published column from day {AGREE_FROM} on: rank correlation {agree:.4f}",
        "MVRV-Z at tops, deviation of the whole sample | growing from 2015 | rank in its own past",
    ]
    for day in TOPS:
        at = table["date"].index(day)
        lines.append(f"  {day}: {whole[at]:.2f} | {growing[at]:.1f} | {rank[at]:.2f}")
    return lines


def block_error(one: Floats, other: Floats, block: int) -> tuple[float, float, float]:
    """Return a correlation, its error as if rows were independent, and that of non-overlapping windows of ``block``."""
    known = np.isfinite(one) & np.isfinite(other)
    found, count = correlation(one, other), int(known.sum())
    naive = (1 - found**2) / np.sqrt(count)
    return found, naive, (1 - found**2) / np.sqrt(count / block)


def _overlapping(table: Table) -> list[str]:
    """Exchange balances stand in for stablecoins, whose supply is not recorded beside the price."""
    logs, held = np.log(numbers(table, "btc_price")), numbers(table, "exchange_reserves")
    month = logs - lag(logs, MONTH)
    change = np.log(held) - lag(np.log(held), MONTH)
    ahead = np.append(month[MONTH:], np.full(MONTH, np.nan))
    lines = ["30-day change of exchange balances against bitcoin's return of"]
    for name, series in (("the same 30 days", month), ("the next 30 days", ahead)):
        found, naive, honest = block_error(change, series, MONTH)
        lines.append(
            f"  {name}: {found:+.2f}, error {naive:.3f} by days, {honest:.3f} by windows: "
            f"{honest / naive:.1f} times larger"
        )
    return lines


def _supply(data: Path) -> list[str]:
    if not (data / SUPPLY).exists():
        return [f"macro: no {SUPPLY}"]
    supply = numbers(read(data / SUPPLY), "usdt_supply_usd")
    change = PERCENT * (supply / lag(supply, MONTH) - 1)
    known = change[np.isfinite(change)]
    return [
        f"USDT supply, 30-day change over {len(known)} days: median {np.median(known):.1f} %, "
        f"{known.min():.1f} to {known.max():.1f} %, above zero on {(known > 0).mean():.0%}"
    ]
