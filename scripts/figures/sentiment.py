"""Figures of module C on recorded data: funding and what followed, ratios and the past return, open interest, samples.

Errors are clustered by month: settlements of one month are about one piece of evidence.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.as_of import log_change, newest_at
from analysis.features.funding import baseline, interval_hours, per_8h
from analysis.features.liquidation_map import seen_share
from analysis.features.positioning import residual_of_past
from analysis.features.robust import mid_rank
from analysis.sentiment.metrics import SentimentSection
from scripts.figures.plain import half_life
from utils.units import DAY_MS, HOUR_MS

FUNDING: Final = "funding/BTCUSDT-funding_2019-09-10_2024-12-31.csv.gz"
PRICES: Final = "klines_futures_um/BTCUSDT-1h_2019-09-08_2024-12-31.csv.gz"
EVERY_FUNDING: Final = "derivs/funding_last200.csv.gz"
RATIO: Final = "derivs/global_long_short_account_ratio_30m_BTCUSDT.csv.gz"
FIVE_MINUTES: Final = "klines_spot/BTCUSDT-5m_2024-06-01_2024-09-04.csv.gz"
INTEREST: Final = "derivs/open_interest_4h.csv.gz"
FORCED: Final = "derivs/liquidations_force_orders.csv.gz"
PERIODS: Final = ((2019, 2024), (2020, 2022), (2023, 2024))
TAILS: Final = (("lowest tenth", 0.0, 0.1), ("highest tenth", 0.9, 1.0))
LAGS_MIN: Final = (0, 15, 30, 45, 60)

Table = Mapping[str, list[str]]


def rows(data: Path) -> list[str]:
    """Return the figures as lines of text; those whose file is absent are named."""
    lines = []
    for measured, files in (
        (_after_funding, (FUNDING, PRICES)),
        (_baselines, (EVERY_FUNDING,)),
        (_ratio_and_price, (RATIO, FIVE_MINUTES)),
        (_interest_and_price, (INTEREST,)),
        (_sample, (FORCED,)),
    ):
        absent = [name for name in files if not (data / name).exists()]
        lines += [f"sentiment: no {name}" for name in absent] or measured(data)
    return lines


def _table(path: Path) -> Table:
    with gzip.open(path, "rt") as file:
        found = list(csv.DictReader(file))
    return {name: [row[name] for row in found] for name in found[0]}


def _numbers(table: Table, name: str) -> Floats:
    return np.array(table[name], dtype=np.float64)


def _times(table: Table, name: str) -> Times:
    return np.array(table[name], dtype=np.int64)


def _by_symbol(table: Table) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row, symbol in enumerate(table["symbol"]):
        found[symbol].append(row)
    return found


def clustered(values: Floats, clusters: Times) -> tuple[float, float]:
    """Return the mean and its t-value, the error summed within clusters first."""
    away = values - values.mean()
    sums = np.bincount(np.unique(clusters, return_inverse=True)[1], away)
    return float(values.mean()), float(values.mean() * len(values) / np.sqrt((sums**2).sum()))


def _after_funding(data: Path) -> list[str]:
    """What followed funding that was low or high among the 1,000 settlements before it."""
    funding, prices = _table(data / FUNDING), _table(data / PRICES)
    rate = _numbers(funding, "funding_rate")
    time = np.rint(_times(funding, "funding_time") / HOUR_MS).astype(np.int64) * HOUR_MS
    closes, logs = _times(prices, "open_time") + HOUR_MS, np.log(_numbers(prices, "close"))
    now, later = (newest_at(closes, logs, time + ahead, 0) for ahead in (0, DAY_MS))
    moved = 100 * np.expm1(later - now)
    dates = [datetime.fromtimestamp(at / 1000, UTC) for at in time.tolist()]
    year = np.array([date.year for date in dates])
    config = SentimentSection()
    month = np.array([12 * date.year + date.month for date in dates], dtype=np.int64)
    rank = mid_rank(rate, config.funding_rank, config.rank_min)
    away = rate - baseline(time, np.round(rate, 8), config.funding_days * DAY_MS, config.funding_repeats)
    lines = [
        f"sentiment: BTCUSDT funding rests at 0.01 % in {100 * np.mean(rate == 1e-4):.0f} % of settlements; half-life "
        f"of its distance from the baseline {half_life(away)} settlements"
    ]
    for first, last in PERIODS:
        known = np.isfinite(moved) & np.isfinite(rank) & (year >= first) & (year <= last)
        usual = float(moved[known].mean())
        for words, low, high in TAILS:
            chosen = known & (rank >= low) & (rank <= high)
            mean, t = clustered(moved[chosen] - usual, month[chosen])
            count, months = int(chosen.sum()), len(np.unique(month[chosen]))
            lines.append(
                f"sentiment: BTCUSDT {first}-{last} 24 h after the {words} of funding: {mean:+.2f} % beyond the mean "
                f"of {usual:+.2f} %, t {t:.1f}, {count} settlements in {months} months"
            )
    return lines


def _baselines(data: Path) -> list[str]:
    """The rate per 8 hours that each coin rests at."""
    table = _table(data / EVERY_FUNDING)
    found: dict[float, list[str]] = defaultdict(list)
    repeats = SentimentSection().funding_repeats
    for symbol, places in _by_symbol(table).items():
        time, rate = (_times(table, "timestamp")[places], _numbers(table, "funding_rate")[places])
        equivalent = np.round(per_8h(rate, interval_hours(time)), 8)
        found[float(baseline(time, equivalent, 200 * DAY_MS, repeats)[-1])].append(symbol)
    parts = (f"{100 * rate:g} % {len(symbols)}" for rate, symbols in sorted(found.items()))
    rest = next((", ".join(symbols) for rate, symbols in found.items() if rate != 1e-4), "none")
    return [f"sentiment: baselines per 8 h, coins: {'; '.join(parts)} (not 0.01 %: {rest})"]


def _ratio_and_price(data: Path) -> list[str]:
    """How the ratio of accounts follows the price, by how much earlier the price is taken."""
    table, prices = _table(data / RATIO), _table(data / FIVE_MINUTES)
    stamp, logs = _times(table, "timestamp"), np.log(_numbers(table, "longShortRatio"))
    closes, path = _times(prices, "open_time") + 5 * 60_000, np.log(_numbers(prices, "close"))

    def moved(ends: Times, hours: float) -> Floats:
        back = round(hours * HOUR_MS)
        return newest_at(closes, path, ends, 0) - newest_at(closes, path, ends - back, 0)

    step = np.diff(logs, prepend=np.nan)
    lines = []
    for lag in LAGS_MIN:
        ends = stamp - 60_000 * lag
        lines.append(
            f"sentiment: log ratio of accounts, price taken {lag} min before the stamp: correlation with 24 h return "
            f"{_correlation(logs, moved(ends, 24)):+.2f}, 72 h {_correlation(logs, moved(ends, 72)):+.2f}, its change "
            f"of half an hour with that of the price {_correlation(step, moved(ends, 0.5)):+.2f}"
        )
    ends = stamp - HOUR_MS // 2
    day = log_change(stamp, np.exp(logs), DAY_MS, 0)
    residual = residual_of_past(logs, np.stack([moved(ends, 24), moved(ends, 72)]), 960, 336)
    lasting = half_life(residual[np.isfinite(residual)])
    lines.append(
        f"sentiment: its change of a day with the day's return {_correlation(day, moved(ends, 24)):+.2f}; the residual "
        f"with the 24 h return {_correlation(residual, moved(ends, 24)):+.2f}, "
        f"72 h {_correlation(residual, moved(ends, 72)):+.2f}, half-life {lasting} half hours"
    )
    return lines


def _correlation(left: Floats, right: Floats) -> float:
    known = np.isfinite(left) & np.isfinite(right)
    return float(np.corrcoef(left[known], right[known])[0, 1])


def _interest_and_price(data: Path) -> list[str]:
    """Changes of open interest in contracts and in USDT against the price's."""
    table = _table(data / INTEREST)
    pairs: list[tuple[float, float]] = []
    for places in _by_symbol(table).values():
        held = _numbers(table, "sum_open_interest")[places]
        value = _numbers(table, "sum_open_interest_value")[places]
        price = np.diff(np.log(value / held))
        pairs.append(
            (_correlation(np.diff(np.log(held)), price), _correlation(np.diff(np.log(value)), price))
        )
    contracts, dollars = np.median(np.array(pairs), axis=0)
    return [
        f"sentiment: 4 h change of open interest with that of the price, median of {len(pairs)} coins: "
        f"{contracts:+.2f} in contracts, {dollars:+.2f} in USDT"
    ]


def _sample(data: Path) -> list[str]:
    """The share of liquidations that a recorded stream showed, at most."""
    table = _table(data / FORCED)
    time = np.sort(_times(table, "time"))
    hours = (time[-1] - time[0]) / HOUR_MS
    return [
        f"sentiment: ETHUSDT {len(time)} forced orders in {hours:.1f} h, nearest "
        f"{np.diff(time).min() / 1000:.2f} s apart: {100 * seen_share(time):.0f} % seen at most"
    ]
