"""Score 6 on recorded days: what is recommended beside equal weight, inverse variance and bitcoin bought and held.

The recommended weights of module I, walked forward net of fees, before they are held down to a target volatility.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from analysis.allocate.inputs import AllocateInputs
from analysis.allocate.metrics import AllocateSection
from analysis.allocate.panel import YEAR_DAYS, panel_of
from analysis.allocate.paths import Compared
from analysis.allocate.specs import BITCOIN, LONG_NAMES
from analysis.arrays import Floats, Times
from analysis.features.allocation_methods import ALLOCATION_METHODS, EQUAL, ERC, INVERSE
from analysis.features.reward_ratios import equal_weights, sharpe
from analysis.features.row_ratio import interval_of
from analysis.features.stationary_bootstrap import stationary_rows
from analysis.features.walk_forward import Performance, WalkForward, performance
from analysis.framework.reasons import Message
from composite.evidence.estimate import Estimate
from composite.evidence.tracks import ABOVE, BELOW, ENOUGH, FEW_SAMPLES, NOT_APART
from composite.record import Measurement, TrackRecord
from config.c_portalloc import PortfolioAllocConfig
from scripts.evaluation.cases import AFTER, TRAINING
from scripts.evaluation.results import Bar, Measured
from scripts.evaluation.study import Span
from scripts.evaluation.words import interval
from scripts.figures.allocate import FIVE_YEARS, four_coins, universe, walk

NAME: Final = "optimal_allocation"
BENCHMARKS: Final = (EQUAL, INVERSE, BITCOIN)
WEEK: Final = 7 * 86_400.0
BLOCK: Final = 20.0
DRAWS, SEED = 400, 1


@dataclass(frozen=True, slots=True)
class Basket:
    """Methods walked forward over one span: what each came to, and its Sharpe ratio less that of equal risk."""

    title: str
    span: Span
    days: int
    done: Mapping[str, Performance]
    leads: Mapping[str, Estimate]
    p: float | None


def basket(
    title: str, inputs: AllocateInputs, config: PortfolioAllocConfig, spans: tuple[Span, ...]
) -> list[Basket]:
    """Return what the methods came to in each span of one walk."""
    found, _ = walk(inputs, config)
    time = panel_of(inputs, config.seed).time
    return [_in_span(title, found, time, span, config) for span in spans]


def _in_span(title: str, found: Compared, time: Times, span: Span, config: PortfolioAllocConfig) -> Basket:
    rows = span.rows(time)
    cut = {name: WalkForward(path.returns[rows], path.traded[rows]) for name, path in found.paths.items()}
    done = {
        name: one for name, path in cut.items() if (one := performance(path, YEAR_DAYS, config.ratio_lags))
    }
    base = cut[ERC].returns
    leads = {name: lead(base, path.returns) for name, path in cut.items() if name != ERC}
    days = int(np.isfinite(base).sum())
    return Basket(title, span, days, done, leads, None if found.beaten is None else found.beaten.p)


def lead(own: Floats, other: Floats) -> Estimate:
    """Return the difference of two Sharpe ratios over the same days, with its interval by blocks of 20 days."""
    known = np.isfinite(own) & np.isfinite(other)
    one, two = own[known], other[known]
    drawn = [
        _sharpe(one[rows]) - _sharpe(two[rows]) for rows in stationary_rows(len(one), BLOCK, DRAWS, SEED)
    ]
    return Estimate(_sharpe(one) - _sharpe(two), *interval_of(np.array(drawn)))


def _sharpe(returns: Floats) -> float:
    return float(sharpe(returns, equal_weights(len(returns)), YEAR_DAYS, 0).value[-1])


def measured_baskets(data: Path) -> Measured:
    """Return what the recorded days say of score 6."""
    coins, many = four_coins(data), universe(data)
    long = AllocateSection().model_copy(update={"walk_bars": FIVE_YEARS})
    found = [
        *basket("BTC, ETH, BNB, SOL", coins, long, (TRAINING, AFTER)),
        *basket(f"{len(many.members)} surviving perpetuals", many, AllocateSection(fit_bars=180), (AFTER,)),
    ]
    return Measured(
        name=NAME,
        variant=f"{NAME}[I]",
        label="baskets",
        interval="1d",
        symbols=tuple(bars.symbol for bars in coins.members),
        lines=tuple(_lines(found)),
        records=tuple(_record(one) for one in found),
        bars={
            f"Sharpe of equal risk less that of others, {one.span.name}": tuple(
                Bar(LONG_NAMES[name], gap.value, gap.low, gap.high) for name, gap in one.leads.items()
            )
            for one in found[:2]
        },
    )


def said_of(found: Basket) -> Message:
    """Return the verdict: whether equal risk has a better Sharpe ratio than equal weight, beyond chance."""
    gap = found.leads[EQUAL]
    if found.days < ENOUGH:
        return Message(FEW_SAMPLES, {"needs": ENOUGH, "has": found.days})
    code = ABOVE if gap.low > 0 else BELOW if gap.high < 0 else NOT_APART
    return Message(code, {"benchmark": LONG_NAMES[EQUAL]})


def _lines(found: list[Basket]) -> Iterator[str]:
    yield f"### {NAME}[I], 1d"
    yield ""
    yield (
        "Walked forward net of fees, daily. Recommended is equal risk contributions, unless another method beats it by "
        "the test of superior ability at equal risk; none did. Volatility caps and the views of module E: not measured."
    )
    for one in found:
        yield ""
        test = (
            ""
            if one.p is None
            else f", test of superior ability over equal risk in the whole walk p = {one.p:.2f}"
        )
        yield f"**{one.title}, {one.span.name}** ({one.days} days{test}). Verdict: {said_of(one).text}."
        yield ""
        yield "| | growth a year | volatility | worst drawdown | Sharpe | traded a year | equal risk's Sharpe less it |"
        yield "|---|---|---|---|---|---|---|"
        for name in (*ALLOCATION_METHODS, BITCOIN):
            if name in one.done:
                yield _row(name, one)


def _row(name: str, one: Basket) -> str:
    done, gap = one.done[name], one.leads.get(name)
    apart = "–" if gap is None else interval(gap, 1.0, 2)
    cells = (f"{done.growth:.0%}", f"{done.volatility:.1%}", f"{done.drawdown:.0%}", f"{done.sharpe:.2f}")
    return f"| {LONG_NAMES[name]} | {' | '.join(cells)} | {done.turnover:.1f} × | {apart} |"


def _record(one: Basket) -> TrackRecord:
    own, equal, gap = one.done[ERC], one.done[EQUAL], one.leads[EQUAL]
    return TrackRecord(
        composite=NAME,
        tier="full",
        variant=f"{NAME}[I], {one.title}",
        symbol=None,
        interval="1d",
        horizon_s=WEEK,
        since=one.span.first,
        until=one.span.end,
        rows=one.days,
        independent=one.days,
        measurements=(
            Measurement("sharpe", own.sharpe, benchmark=equal.sharpe),
            Measurement("sharpe_lead", gap.value, gap.low, gap.high),
            Measurement("year_volatility", own.volatility, benchmark=equal.volatility),
            Measurement("worst_drawdown", own.drawdown, benchmark=equal.drawdown),
            Measurement("turnover", own.turnover, benchmark=equal.turnover),
        ),
        verdict=said_of(one),
    )
