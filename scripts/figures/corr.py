"""Figures of correlation on recorded bars and ticks: how often nothing passes for a lead, and what leads are worth."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from scipy.signal import lfilter
from scipy.stats import spearmanr

from analysis.arrays import Floats
from analysis.corr.facts import TRAIN
from analysis.corr.fit import fit
from analysis.corr.inputs import CorrInputs, fit_keys
from analysis.corr.metrics import CorrSection
from analysis.corr.trace import trace
from analysis.features.canonical import canonical
from analysis.features.granger import granger_tests
from analysis.features.hayashi_yoshida import TickPath, tick_lead, tick_path
from analysis.features.lead_lag import lag_peaks, lead_lag_matrix
from analysis.features.multiple_tests import benjamini_hochberg
from analysis.features.vector_autoregression import chosen_order, fit_autoregression, out_of_sample_r2
from analysis.framework.joint_bars import JointBars, join_bars
from analysis.framework.question import Scope
from config.c_corr import CorrelationConfig
from scripts.figures import leader_board
from scripts.figures.plain import half_life
from scripts.figures.recorded_baskets import UNIVERSE
from tests.support.recorded import recorded_bars

HOURLY: Final = "klines_spot/{}-1h_{}_2024-12-31.csv.gz"
HOURS: Final = {
    "BTCUSDT": "2020-01-01",
    "ETHUSDT": "2020-01-01",
    "BNBUSDT": "2020-01-01",
    "SOLUSDT": "2020-08-11",
}
CONFIG: Final = CorrelationConfig()
SEED, LEVEL = 7, 0.05
SEEDS: Final = 2000
"""Samples of made links: of 200 the false discovery rate has a standard error of 0.7 points."""
LAGS_MS: Final = np.arange(-1000, 1001, 50)


def rows(data: Path) -> list[str]:
    """Return every figure as a line of text."""
    hours, universe = hourly(data), four_hourly(data)
    lines = ["corr: how often pairs pass at 5 % (HC3 Wald, classical F, lead-lag cell)"]
    for name, returns in (("four coins 1h", hours), ("40 perpetuals 4h", universe)):
        for bars in (500, 2000, 8000):
            if bars <= len(returns):
                lines += [f"  {name}, {bars} bars, {line}" for line in _passes(returns, bars)]
    lines += _recovery()
    lines += list(_universe(universe))
    lines += leader_board.lines(data)
    lines += list(_forecasts(hours, universe))
    lines += list(_lasting(data))
    return [*lines, *_ticks(data)]


def hourly(data: Path) -> Floats:
    """Return the hourly log returns of the four coins since all trade (n, 4)."""
    closes = {
        name: pd.Series(bars.close, index=bars.open_time)
        for name, since in HOURS.items()
        for bars in [recorded_bars(data / HOURLY.format(name, since), name, "1h")]
    }
    return np.asarray(np.diff(np.log(pd.DataFrame(closes).dropna().to_numpy(dtype=np.float64)), axis=0))


def four_hourly(data: Path) -> Floats:
    """Return the 4-hour log returns of the 40 perpetuals of 2024 (n, 40)."""
    frame = pd.read_csv(data / UNIVERSE)
    closes = frame.pivot(index="open_time", columns="symbol", values="close").to_numpy(dtype=np.float64)
    return np.asarray(np.diff(np.log(closes), axis=0))


def placebo(returns: Floats, rng: np.random.Generator) -> Floats:
    """Return the returns with a random sign each: the volatility of the hours stays shared, no lead is left."""
    return np.asarray(returns * rng.choice([-1.0, 1.0], size=returns.shape))


def _passes(returns: Floats, bars: int) -> Iterator[str]:
    rng = np.random.default_rng(SEED)
    draws = max(24, 24_000 // bars)
    for title, made in (
        ("as they are", lambda part: part),
        ("random signs", lambda part: placebo(part, rng)),
    ):
        found: list[list[float]] = [[], [], [], []]
        for _ in range(draws):
            coins = rng.choice(returns.shape[1], min(4, returns.shape[1]), replace=False)
            start = int(rng.integers(0, len(returns) - bars + 1))
            part = made(returns[start : start + bars, coins])
            tests, cells = (
                granger_tests(part, CONFIG.granger_lags, 200),
                lead_lag_matrix(part, CONFIG.lead_lags),
            )
            known = np.isfinite(tests.p)
            found[0] += (tests.p[known] < LEVEL).tolist()
            found[1] += (tests.p_classical[known] < LEVEL).tolist()
            found[2] += (cells.p[np.triu_indices(len(coins), 1)] < LEVEL).tolist()
            found[3] += (benjamini_hochberg(tests.p)[known] < LEVEL).tolist()
        shares = [100 * float(np.mean(one)) for one in found]
        yield (
            f"{title}: {shares[0]:.1f} %, {shares[1]:.1f} %, {shares[2]:.1f} %; "
            f"{shares[3]:.2f} % after correction ({len(found[0])} tests)"
        )


def linked(
    rng: np.random.Generator, bars: int = 500, strength: float = 0.35
) -> tuple[Floats, set[tuple[int, int]]]:
    """Return made returns of eight coins, and the pairs (leader, follower) that are linked: two lead three by a bar.

    Their volatility is shared, its logarithm a first-order autoregression of deviation 0.5.
    """
    log_volatility = lfilter([0.5 * np.sqrt(1 - 0.97**2)], [1.0, -0.97], rng.standard_normal(bars + 200))[
        200:
    ]
    noise = rng.standard_t(5, (bars, 8)) * np.exp(log_volatility)[:, None]
    links = {(leader, follower) for leader in (0, 1) for follower in (5, 6, 7)}
    for leader, follower in links:
        noise[1:, follower] += strength * noise[:-1, leader]
    return noise, links


@dataclass(frozen=True, slots=True)
class Recovery:
    """``power``: links found; ``rate``: mean over seeds of the false share of what is found, 0 where nothing is.

    ``rate`` is what the correction promises; ``pooled`` is the false share of what all seeds found together, in which
    a seed counts the more the more it finds.
    """

    power: float
    rate: float
    pooled: float


def recovered(seeds: int) -> tuple[Recovery, Recovery]:
    """Return what the causality tests and the matrix find of made links."""
    counts = np.zeros((2, seeds, 2))
    for seed in range(seeds):
        returns, links = linked(np.random.default_rng([SEED, seed]))
        causes = benjamini_hochberg(granger_tests(returns, CONFIG.granger_lags, 200).p) <= LEVEL
        cells = lead_lag_matrix(returns, CONFIG.lead_lags)
        upper, adjusted = np.triu_indices(8, 1), np.full((8, 8), np.nan)
        adjusted[upper] = benjamini_hochberg(cells.p[upper])
        adjusted = np.fmin(adjusted, adjusted.T)
        for row, found in enumerate((causes, (adjusted <= LEVEL) & (cells.cells > 0))):
            right = sum(bool(found[pair]) for pair in links)
            counts[row, seed] = right, int(found.sum()) - right
    return _recovery_of(counts[0], len(links)), _recovery_of(counts[1], len(links))


def _recovery_of(counts: Floats, links: int) -> Recovery:
    """Return the shares of (right, wrong) findings of seeds (seeds, 2)."""
    right, wrong = counts.T
    rate = float((wrong / np.maximum(right + wrong, 1)).mean())
    return Recovery(float(right.mean()) / links, rate, float(wrong.sum() / max(counts.sum(), 1)))


def _recovery() -> Iterator[str]:
    for name, found in zip(("causality", "the matrix"), recovered(SEEDS), strict=True):
        yield (
            f"  made links over {SEEDS} seeds: {name} finds {found.power:.1%}, false discovery rate {found.rate:.1%}, "
            f"of all found {found.pooled:.1%} are false"
        )


def _universe(returns: Floats) -> Iterator[str]:
    """The strongest lag of a universe, and whether two halves agree who leads."""
    part = returns[:, :16]
    pairs = [(i, j) for i in range(16) for j in range(i)]
    strongest, signs = [], []
    for start in range(0, len(part) - 500, 250):
        window = part[start : start + 500]
        peak = lag_peaks(
            np.array([window[:, i] for i, _ in pairs]), np.array([window[:, j] for _, j in pairs]), 10
        )
        best = int(np.nanargmax(np.abs(peak.correlation)))
        strongest.append((best, abs(float(peak.correlation[best]))))
        signs.append(peak.correlation[best] < 0)
    again = np.mean([one[0] == other[0] for one, other in zip(strongest[1:], strongest, strict=False)])
    noise = np.random.default_rng(SEED).standard_normal((2, len(pairs), 500))
    expected = float(np.nanmax(np.abs(lag_peaks(noise[0], noise[1], 10).correlation)))
    sizes = [size for _, size in strongest]
    yield (
        f"  strongest of {len(pairs)} pairs' rank lags, 500 bars of 4h: {min(sizes):.2f}-{max(sizes):.2f}, "
        f"below zero in {100 * np.mean(signs):.0f} %, the same pair next window {100 * again:.0f} %; "
        f"white noise {expected:.2f}"
    )
    ranks = []
    for start in range(0, len(returns) - 500, 250):
        nets = [
            np.nanmean(lead_lag_matrix(half, CONFIG.lead_lags).cells, axis=1)
            for half in (returns[start : start + 250], returns[start + 250 : start + 500])
        ]
        ranks.append(float(spearmanr(nets[0], nets[1]).statistic))
    spread = f"{min(ranks):.2f} to {max(ranks):.2f}, mean {np.mean(ranks):.2f}"
    yield f"  rank of 40 leaders between halves of 500 bars of 4h: {spread}"
    nets = np.nanmean(lead_lag_matrix(returns[-500:], CONFIG.lead_lags).cells, axis=1)
    yield f"  net leads of the last 500 bars: {np.nanmin(nets):.3f} to {np.nanmax(nets):.3f}"


def _forecasts(hours: Floats, universe: Floats) -> Iterator[str]:
    for name, returns, order in (
        ("four coins 1h", hours[-8000:], 1),
        ("20 perpetuals 4h", universe[:, :20], 1),
    ):
        train = int(TRAIN * len(returns))
        fitted, later = fit_autoregression(returns, order), out_of_sample_r2(returns, order, train)
        lags = chosen_order(returns, CONFIG.var_lags)
        yield (
            f"  VAR({order}) {name}: R² {fitted.r2.mean():.4f} fitted, {later.mean():.4f} later; lags chosen {lags}"
        )
        pair = canonical(returns[:, :2], returns[:, 2:], train)
        if pair is not None:
            yield f"  first canonical correlation {name}: {pair.inside:.3f} fitted, {pair.outside:.3f} later"


def _lasting(data: Path) -> Iterator[str]:
    """Say how long the scalars of each leader and of SOL keep half of their autocorrelation, on hours."""
    bars = {
        name: recorded_bars(data / HOURLY.format(name, since), name, "1h") for name, since in HOURS.items()
    }
    for asked in ("BTCUSDT", "ETHUSDT", "SOLUSDT"):
        leaders = [name for name in ("BTCUSDT", "ETHUSDT") if name != asked]
        members = [bars[name].tail(len(bars[asked])) for name in (*leaders, asked)]
        inputs = CorrInputs(
            bars=members[-1],
            as_of=members[-1].as_of,
            price=None,
            scope=Scope(len(members[-1])),
            joint=join_bars(members),
            leaders=tuple(range(len(leaders))),
            target=len(leaders),
        )
        fits = {key.refit_time: fit(inputs, CONFIG, key.refit_time) for key in fit_keys(inputs, CONFIG)}
        scalars = trace(inputs, fits, CorrSection(), inputs.scope).scalars
        for name, column in scalars.items():
            known = column[np.isfinite(column)]
            yield (
                f"  {name} of {asked} 1h: half-life {half_life(known)} bars; not 0 in {np.mean(known != 0):.0%}"
            )


def inputs_of(returns: Floats) -> CorrInputs:
    """Return a basket of these returns, for a measurement of time."""
    from tests.modules.inputs.corr import basket  # noqa: PLC0415 - its bars stand for the first coin's

    made, count = basket(), returns.shape[1]
    times = np.arange(len(returns), dtype=np.int64) * 14_400_000
    close = 100 * np.exp(np.cumsum(np.nan_to_num(returns), axis=0))
    joint = JointBars(tuple(f"C{n}USDT" for n in range(count)), times, times + 14_399_999, close, returns)
    return CorrInputs(bars=made.bars, as_of=made.as_of, price=None, joint=joint, leaders=(0, 1), target=None)


def recorded_paths(data: Path) -> dict[str, TickPath]:
    """Return the mid prices of the simultaneous recording of 2024-08-08 by stream, times in ms of their events."""
    names = {"spot": "spot_btcusdt", "perpetual": "usdm_btcusdt", "ETH perpetual": "usdm_ethusdt"}
    return {name: _trades_of(data / f"ws/{file}_2024-08-08.jsonl.gz") for name, file in names.items()}


def _trades_of(path: Path) -> TickPath:
    times, prices = [], []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            event = json.loads(line)["d"].get("data", {})
            if event.get("e") == "trade" and float(event["p"]) > 0:
                times.append(int(event["T"]))
                prices.append(float(event["p"]))
    order = np.argsort(times, kind="stable")
    return tick_path(np.array(times, dtype=np.int64)[order], np.array(prices)[order])


def _ticks(data: Path) -> list[str]:
    paths, lines = recorded_paths(data), []
    for first, second in (("perpetual", "spot"), ("perpetual", "ETH perpetual")):
        found = tick_lead(paths[first], paths[second], LAGS_MS)
        if found is not None:
            lines.append(
                f"  ticks, {first} against {second}: correlation {found.together:.2f} at once, "
                f"{found.at_lag:.2f} at {found.lag} ms"
            )
    return lines
