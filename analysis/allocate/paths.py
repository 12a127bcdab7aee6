"""What each method's money came to: the weights of every refit time used on the days after it, net of fees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.allocate.fit import AllocateFit
from analysis.allocate.panel import YEAR_DAYS, CoinPanel
from analysis.allocate.specs import BITCOIN, STABLE_DAYS
from analysis.arrays import Floats
from analysis.features.allocation_methods import ALLOCATION_METHODS, ERC
from analysis.features.superior_ability import SuperiorAbility, superior_ability
from analysis.features.walk_forward import Performance, WalkForward, performance, walked
from config.c_portalloc import PortfolioAllocConfig

LEAST_TESTED = 60
"""Days that the test of superior ability needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """The paths of the methods and of bitcoin over the same days, and whether any beats equal risk.

    ``beaten`` is ``None`` where too few days are compared; ``recommended`` is the method named by it.
    """

    paths: Mapping[str, WalkForward]
    performances: Mapping[str, Performance]
    beaten: SuperiorAbility | None
    recommended: str

    @property
    def days(self) -> int:
        """How many days are compared."""
        return int(np.isfinite(self.paths[ERC].returns).sum()) if ERC in self.paths else 0


def fitted_rows(panel: CoinPanel, fits: Mapping[int, AllocateFit | None]) -> list[tuple[int, AllocateFit]]:
    """Return the row of the last day before each refit time with what was estimated then, in order."""
    found = ((int(np.searchsorted(panel.time, time)) - 1, one) for time, one in sorted(fits.items()))
    return [(row, one) for row, one in found if one is not None and row >= 0]


def compared(
    panel: CoinPanel, fits: Mapping[int, AllocateFit | None], config: PortfolioAllocConfig
) -> Compared:
    """Walk every method forward from the first refit time; bitcoin is bought at the same moment."""
    found = fitted_rows(panel, fits)
    if not found:
        return Compared({}, {}, None, ERC)
    rows = [row for row, _ in found]
    paths = {
        method: walked(panel.returns, rows, np.stack([one.weights[method] for _, one in found]), config.fee)
        for method in ALLOCATION_METHODS
    }
    if np.isfinite(panel.market[rows[0] + 1 :]).any():
        paths[BITCOIN] = walked(panel.market[:, None], rows[:1], np.ones((1, 1)), config.fee)
    measured = {name: performance(path, YEAR_DAYS, config.ratio_lags) for name, path in paths.items()}
    beaten = _beaten(paths, config)
    return Compared(
        paths,
        {name: one for name, one in measured.items() if one is not None},
        beaten,
        recommended_of(beaten, config.beat_level),
    )


def others() -> tuple[str, ...]:
    """Return the methods that may beat equal risk contributions."""
    return tuple(method for method in ALLOCATION_METHODS if method != ERC)


def recommended_of(beaten: SuperiorAbility | None, level: float) -> str:
    """Return the method whose gain over equal risk contributions cannot be luck, else those."""
    return others()[beaten.best] if beaten is not None and beaten.p < level else ERC


def _beaten(paths: Mapping[str, WalkForward], config: PortfolioAllocConfig) -> SuperiorAbility | None:
    """Test whether another method loses less than equal risk contributions at the same risk.

    Losses are negative log returns, each method's scaled to the volatility of equal risk contributions: one that only
    dared more in a rising market does not win by that.
    """
    losses = -np.log1p(np.column_stack([paths[method].returns for method in (ERC, *others())]))
    known = losses[np.isfinite(losses).all(axis=1)]
    if len(known) < LEAST_TESTED:
        return None
    known = known * (known[:, 0].std() / known.std(axis=0))
    return superior_ability(
        known[:, 0], known[:, 1:], block=config.spa_block, draws=config.spa_draws, seed=config.seed
    )


def weight_stability(
    made: Sequence[tuple[int, AllocateFit]], method: str, config: PortfolioAllocConfig
) -> float:
    """Return how much of the money two estimates ``STABLE_DAYS`` apart put in the same coins, cash included, 0..1.

    It is the mean over the compared past, NaN where that is too short for one pair; a coin that came to the others in
    between counts as moved money.
    """
    lag = stable_estimates(config)
    if len(made) <= lag:
        return float("nan")
    weights = np.stack([one.weights[method] for _, one in made])
    shares = np.column_stack([weights, 1 - weights.sum(axis=1)])
    return float(1 - np.abs(shares[lag:] - shares[:-lag]).sum(axis=1).mean() / 2)


def stable_estimates(config: PortfolioAllocConfig) -> int:
    """Return how many estimates lie between two that stability compares."""
    return max(1, round(STABLE_DAYS / config.refit_bars))


def growth_lines(comparison: Compared, rows: np.typing.NDArray[np.int64]) -> dict[str, Floats]:
    """Return what one unit of money became, by method, on the bars of the answer; NaN before the start."""
    lines = {}
    for name, path in comparison.paths.items():
        known = np.isfinite(path.returns)
        value = np.full(len(known), np.nan)
        value[known] = np.cumprod(1 + path.returns[known])
        lines[name] = value[rows]
    return lines
