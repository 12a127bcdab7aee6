"""Figures of module I on recorded days: every method walked forward net of fees, what views rest on, the nulls."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from analysis.allocate.fit import AllocateFit, fit
from analysis.allocate.inputs import AllocateInputs, fit_keys, longest
from analysis.allocate.metrics import AllocateSection
from analysis.allocate.panel import panel_of
from analysis.allocate.paths import Compared, compared, fitted_rows, others
from analysis.allocate.specs import BITCOIN, SHORT_NAMES, VIEW_SOURCES
from analysis.arrays import Floats
from analysis.features.allocation_methods import ALLOCATION_METHODS, ERC, HRP, INVERSE, MIN_VARIANCE
from analysis.features.drawdown_correlation import drawdown_correlation, drawdowns
from analysis.features.evidence import NORMAL_95, Evidence, measured_evidence
from analysis.features.reward_ratios import equal_weights, sharpe
from analysis.features.stationary_bootstrap import stationary_rows
from analysis.features.walk_forward import Performance
from config.c_portalloc import PortfolioAllocConfig
from tests.support.recorded import bars_of, recorded_bars
from utils.binance_api.bars import Bars

SPOT: Final = {
    "BTCUSDT": "klines_spot/BTCUSDT-1d_2017-08-17_2024-12-31.csv.gz",
    "ETHUSDT": "klines_spot/ETHUSDT-1d_2017-08-17_2024-12-31.csv.gz",
    "BNBUSDT": "klines_spot/BNBUSDT-1d_2017-11-06_2024-12-31.csv.gz",
    "SOLUSDT": "klines_spot/SOLUSDT-1d_2020-08-11_2024-12-31.csv.gz",
}
UNIVERSE: Final = "universe_futures_um/klines-1d_50sym_2024.csv.gz"
START_2019: Final = 1_546_300_800_000
"""The first allocations of 2020 read the year before."""
FIVE_YEARS: Final = 5 * 366 - 1
HORIZONS: Final = (1, 7, 30)
WINDOWS: Final = (90, 180)


def inputs_of(members: tuple[Bars, ...]) -> AllocateInputs:
    """Inputs of recorded bars; no supplies are recorded, so that volume stands in for market value."""
    bars = longest(members)
    return AllocateInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        members=members,
        market=next((one for one in members if one.symbol == "BTCUSDT"), None),
        leaders=tuple(one for one in members if one.symbol in ("BTCUSDT", "ETHUSDT")),
        supplies={},
        lots={},
        quotes={},
        crash_paths={},
        by_beta=(),
    )


def four_coins(data: Path) -> AllocateInputs:
    """The four recorded coins from 2019 on."""
    read = [recorded_bars(data / path, symbol, "1d") for symbol, path in SPOT.items()]
    return inputs_of(tuple(bars.tail(int((bars.open_time >= START_2019).sum())) for bars in read))


def universe(data: Path) -> AllocateInputs:
    """The 50 perpetuals of 2024 that were still traded when the file was made."""
    frame = pd.read_csv(data / UNIVERSE)
    return inputs_of(tuple(_member(str(symbol), rows) for symbol, rows in frame.groupby("symbol")))


def _member(symbol: str, rows: pd.DataFrame) -> Bars:
    ordered = rows.sort_values("open_time")
    columns = {
        name: ordered[name].to_numpy(np.float64).copy() for name in ("open", "high", "low", "close", "volume")
    }
    times = ordered["open_time"].to_numpy(np.int64).copy()
    volume = ordered["quote_volume"].to_numpy(np.float64).copy()
    return bars_of(times, columns, volume, symbol, "1d", "futures")


def walk(
    inputs: AllocateInputs, config: PortfolioAllocConfig
) -> tuple[Compared, Mapping[int, AllocateFit | None]]:
    """Fit at every refit time and compare the methods on the days after."""
    fits = {key.refit_time: fit(inputs, config, key.refit_time) for key in fit_keys(inputs, config)}
    return compared(panel_of(inputs, config.seed), fits, config), fits


def walk_rows(title: str, inputs: AllocateInputs, config: PortfolioAllocConfig) -> Iterator[str]:
    """Say what every method came to, whether any beats equal risk contributions, and how often views counted."""
    comparison, fits = walk(inputs, config)
    yield f"{title}: {comparison.days} days, {len(fits)} allocations, fee {config.fee:.1%} of what is traded"
    yield "  method   growth  volatility  drawdown  Sharpe (95 %)            traded  largest weight"
    for method in (*ALLOCATION_METHODS, BITCOIN):
        if method in comparison.performances:
            yield _method_row(method, comparison.performances[method], _largest(inputs, fits, method))
    if comparison.beaten is not None:
        best, p = SHORT_NAMES[others()[comparison.beaten.best]], comparison.beaten.p
        chosen = SHORT_NAMES[comparison.recommended]
        yield f"  test against ERC at equal risk: best {best}, p {p:.3f}; recommended {chosen}"
    yield from difference_rows(comparison)
    for source in VIEW_SOURCES:
        made = [one.records[source] for one in fits.values() if one is not None]
        biased = [one.placebo for one in made if one.placebo is not None]
        yield (
            f"  views of the {source} counted in {sum(one.counts for one in made)} of {len(made)} allocations; without "
            f"the placebo in {sum(one.own is not None and one.own.is_measured for one in made)}, of random signs "
            f"themselves in {sum(one.is_measured for one in biased)} of {len(biased)}"
        )


def _method_row(method: str, done: Performance, largest_weight: float) -> str:
    low, high = done.sharpe - NORMAL_95 * done.sharpe_error, done.sharpe + NORMAL_95 * done.sharpe_error
    return (
        f"  {SHORT_NAMES[method]:8}{done.growth:7.0%}{done.volatility:11.1%}{done.drawdown:10.1%}"
        f"  {done.sharpe:6.2f} ({low:5.2f} to {high:5.2f}){done.turnover:11.1f}x{largest_weight:12.0%}"
    )


def _largest(inputs: AllocateInputs, fits: Mapping[int, AllocateFit | None], method: str) -> float:
    if method == BITCOIN:
        return 1.0
    made = fitted_rows(panel_of(inputs, PortfolioAllocConfig().seed), fits)
    return float(np.mean([one.weights[method].max() for _, one in made]))


def difference_rows(comparison: Compared) -> Iterator[str]:
    """Say how far the methods' Sharpe ratios lie from that of equal risk, with the interval of the difference."""
    base = comparison.paths[ERC].returns
    known = np.isfinite(base)
    for method in others():
        own = comparison.paths[method].returns[known]
        gap, error = _sharpe(own) - _sharpe(base[known]), _paired_error(own, base[known])
        yield f"  Sharpe of {SHORT_NAMES[method]} less that of ERC: {gap:+.2f} ± {NORMAL_95 * error:.2f}"


def _sharpe(returns: Floats) -> float:
    return float(sharpe(returns, equal_weights(len(returns)), 365, 0).value[-1])


def _paired_error(first: Floats, second: Floats, draws: int = 400, block: float = 20) -> float:
    """Return the bootstrap error of a difference of Sharpe ratios over the same days."""
    rows_drawn = stationary_rows(len(first), block, draws, 1)
    return float(np.std([_sharpe(first[rows]) - _sharpe(second[rows]) for rows in rows_drawn]))


def uncapped_rows(title: str, inputs: AllocateInputs, config: PortfolioAllocConfig) -> Iterator[str]:
    """Say what the methods do where nothing caps a weight."""
    free = config.model_copy(update={"max_weight": 1.0, "min_position": 0.0})
    comparison, fits = walk(inputs, free)
    made = [one for one in fits.values() if one is not None]
    for method in (ERC, HRP, MIN_VARIANCE, INVERSE):
        largest_weight = np.mean([one.weights[method].max() for one in made])
        volatility = comparison.performances[method].volatility
        yield f"  {title}, no cap: {SHORT_NAMES[method]} volatility {volatility:.0%}, largest {largest_weight:.0%}"
    names = [bars.symbol for bars in inputs.members]
    heaviest = [names[int(np.argmax(one.weights[MIN_VARIANCE]))] for one in made]
    top = max(set(heaviest), key=heaviest.count)
    yield f"  minimum variance is heaviest in {top} in {heaviest.count(top) / len(heaviest):.0%} of allocations"


def evidence_rows(title: str, inputs: AllocateInputs, config: PortfolioAllocConfig) -> Iterator[str]:
    """Say the record of each source of views over several horizons beside the same on random signs, and in windows."""
    panel = panel_of(inputs, config.seed)
    for source, signal in panel.signals.items():
        for horizon in HORIZONS:
            own = measured_evidence(signal.coins, panel.log_returns, horizon)
            placebo = measured_evidence(signal.turned, panel.turned, horizon)
            yield f"  {title}, {source}, {horizon} days ahead: {_words(own)}"
            yield f"    random signs: {_words(placebo)}"
        for length in WINDOWS:
            parts = [slice(at, at + length) for at in range(0, len(panel.time) - length, length)]
            both = [
                (own.ic, placebo.ic)
                for part in parts
                if (own := measured_evidence(signal.coins[part], panel.log_returns[part], 1)) is not None
                and (placebo := measured_evidence(signal.turned[part], panel.turned[part], 1)) is not None
            ]
            if both:
                own_mean, placebo_mean = np.mean(both, axis=0)
                yield (
                    f"  {title}, {source}, mean IC of {len(both)} windows of {length} days: {own_mean:+.3f}, "
                    f"random signs {placebo_mean:+.3f}"
                )


def _words(one: Evidence | None) -> str:
    if one is None:
        return "none"
    low, high = one.interval
    return (
        f"IC {one.ic:+.3f} ({low:+.3f} to {high:+.3f}), Pearson {one.pearson:+.3f}, top less bottom tenth "
        f"mean {1e4 * one.mean_spread:+.0f} bp, median {1e4 * one.median_spread:+.0f} bp"
    )


def drawdown_rows(inputs: AllocateInputs, config: PortfolioAllocConfig) -> Iterator[str]:
    """Say the null of drawdown correlations and what the coins show."""
    generator = np.random.default_rng(7)
    for bars in (250, 1000, 2000):
        pairs = [drawdowns(0.03 * generator.standard_normal((bars, 2))) for _ in range(1000)]
        high = np.mean([np.atleast_2d(np.corrcoef(pair.T))[0, 1] > 0.5 for pair in pairs])
        yield f"  two independent walks of {bars} days: drawdowns correlate above 0.5 in {high:.0%}"
    panel = panel_of(inputs, config.seed)
    known = panel.log_returns[np.isfinite(panel.log_returns).all(axis=1)]
    for name, part in (("whole", known), ("last year", known[-365:])):
        found = drawdown_correlation(part, 400, 1)
        yield (
            f"  {name} ({len(part)} days): drawdowns {found.level:.2f}, 95 % of independent pasts below "
            f"{found.null_high:.2f} (p {found.p:.3f}); their changes {found.changes:.2f}"
        )


def rows(data: Path) -> list[str]:
    """Return every figure of the module."""
    return [line for part in _parts(data) for line in part]


def _parts(data: Path) -> Iterator[Iterator[str]]:
    coins, long = four_coins(data), AllocateSection().model_copy(update={"walk_bars": FIVE_YEARS})
    many, wide = universe(data), AllocateSection(fit_bars=180)
    yield walk_rows("BTC ETH BNB SOL, spot", coins, long)
    yield uncapped_rows("four coins", coins, long)
    yield walk_rows(f"{len(many.members)} perpetuals of 2024, all survivors", many, wide)
    yield uncapped_rows("perpetuals", many, wide)
    yield evidence_rows("four coins", coins, long)
    yield evidence_rows("perpetuals", many, wide)
    yield drawdown_rows(coins, long)
