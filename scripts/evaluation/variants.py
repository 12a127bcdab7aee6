"""The variants of a score that are tried: as it stands, single inputs, one left out, weights moved, other methods."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.robust import mid_rank
from analysis.framework.look_back import YEAR_DAYS
from composite.asked import ScoreContext
from composite.blend.average import RowTimes, mean_of_known
from composite.core import CompositeRows, compute
from composite.declared import BY_NAME
from composite.declared_scalars import declared_scalars
from composite.input_rows import signed
from composite.panel import Panel
from composite.scores.risk_exposure import WORST_SHARE
from composite.uncertainty import MIN_PAST
from config.c_composite import CompositeSpec, Method
from scripts.evaluation.benchmarks import har_rank
from scripts.evaluation.markets import Markets, RecordedMarket

METHODS: Final[tuple[Method, ...]] = ("normalised_mean", "min_max_mean", "pca")
"""Blending methods beside the default that need no training."""
MOVED: Final = 0.5
"""Share by which each weight is raised and lowered."""
VOLATILITY: Final = "regime.vol_percentile"
SURPRISE: Final = "surprise"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to make the score; ``kind`` is why it is tried.

    ``replaced`` scalars are read from the HAR forecast's rank instead; groups in ``calm`` have no say in the worst.
    """

    name: str
    kind: str
    spec: CompositeSpec
    replaced: tuple[str, ...] = ()
    calm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRows:
    """A score of every symbol on the grid (n, k), of a direction less its neutral value; NaN where it is withheld.

    ``raw`` is the same whatever withholds it; ``gated`` and ``vague`` say what does.
    """

    score: Floats
    raw: Floats
    gated: NDArray[np.bool_]
    vague: NDArray[np.bool_]


def of_known(spec: CompositeSpec, known: frozenset[str]) -> CompositeSpec:
    """Return the score with just the scalars that are ``known``, and the gates that read them."""
    gates = tuple(gate for gate in spec.gates if gate.scalar in known)
    return spec.only(known).changed(gates=gates)


def untested(spec: CompositeSpec, known: frozenset[str]) -> tuple[str, ...]:
    """Return the scalars of a score that no record holds."""
    return tuple(name for name in spec.scalars() if name not in known)


def variant_name(spec: CompositeSpec, labels: Mapping[str, str] | None = None) -> str:
    """Return the score's name with the codes of the modules its counted inputs are from, ``trend_strength[A,B]``.

    ``labels`` say by module what of it is recorded, such as ``D-spot``.
    """
    scalars, named = declared_scalars(), labels or {}
    modules = [scalars[one.scalar][0] for one in spec.counted]
    codes = dict.fromkeys(named.get(module.id, module.code) for module in modules)
    return f"{spec.name}[{','.join(sorted(codes))}]"


def variants(base: CompositeSpec) -> Iterator[Variant]:
    """Yield the score as it stands and every change of one thing; a change that leaves no score is left out."""
    yield Variant("as it stands", "base", base)
    for one in base.counted:
        if len([other for other in base.counted if other.role == one.role]) > 1:
            yield Variant(f"without {one.scalar}", "drop", base.with_weights({one.scalar: 0.0}))
        for sign in (1, -1):
            weight = one.weight * (1 + sign * MOVED)
            yield Variant(
                f"{one.scalar} {sign * MOVED:+.0%}", "weight", base.with_weights({one.scalar: weight})
            )
    for method in METHODS:
        if method != base.method:
            yield Variant(method.replace("_", " "), "method", base.changed(method=method))
    yield from recommended(base)


def recommended(base: CompositeSpec) -> Iterator[Variant]:
    """Yield the changes of the formula that earlier records asked for."""
    if base.name != "risk_exposure" or VOLATILITY not in {one.scalar for one in base.counted}:
        return
    har, calm = (VOLATILITY,), (SURPRISE,)
    yield Variant("rank of the HAR forecast for volatility", "formula", base, replaced=har)
    if any(one.group == SURPRISE for one in base.counted):
        yield Variant("surprise not in the worst group", "formula", base, calm=calm)
        yield Variant("both", "formula", base, replaced=har, calm=calm)


def scored(variant: Variant, markets: Markets, neutral: float = 0.0) -> ScoredRows:
    """Return the score of every symbol on the grid, less ``neutral``."""
    found = [_scored(variant, one, markets.interval) for one in markets.members]
    place = markets.placed
    return ScoredRows(
        place([one.score for one in found]) - neutral,
        place([one.raw for one in found]) - neutral,
        place([one.gated.astype(np.float64) for one in found]) == 1.0,
        place([one.vague.astype(np.float64) for one in found]) == 1.0,
    )


def neutral_of(spec: CompositeSpec, kind: str) -> float:
    """Return what speaks for neither side in a score with a direction, 0 for any other."""
    return BY_NAME[spec.name].neutral if kind == "direction" else 0.0


def _scored(variant: Variant, market: RecordedMarket, interval: str) -> ScoredRows:
    panel = _replaced(market, variant.replaced)
    rows = compute(variant.spec, panel, ScoreContext(market.symbol, market.bars.market, interval))
    raw = rows.percentile if rows.game.ranked else rows.raw
    if variant.calm:
        raw = calmer(rows, interval, variant.calm)
    hidden = rows.withheld | rows.vague
    return ScoredRows(np.where(hidden, np.nan, raw), raw, rows.withheld, rows.vague & ~rows.withheld)


def _replaced(market: RecordedMarket, names: Collection[str]) -> Panel:
    if not names:
        return market.panel
    rank = har_rank(market.bars)
    changed = {name: replace(market.panel.columns[name], values=rank) for name in names}
    return replace(market.panel, columns={**market.panel.columns, **changed})


def calmer(rows: CompositeRows, interval: str, calm: Collection[str]) -> Floats:
    """Return the risk score (n) whose worst group is never one of ``calm``, ranked as the score itself is."""
    specs, values, effective = rows.inputs.specs, rows.game.values, rows.weights.effective
    means = [
        mean_of_known(values[members], effective[members])
        for members in rows.game.groups
        if specs[int(members[0])].group not in calm
    ]
    worst = 0.5 + 0.5 * np.fmax.reduce(means)
    raw = (1 - WORST_SHARE) * rows.parts["mean_risk"] + WORST_SHARE * worst
    window = RowTimes(rows.time, interval).in_days(YEAR_DAYS)
    return mid_rank(np.where(np.isfinite(rows.raw), raw, np.nan), window, MIN_PAST)


def single(scalar: str, polarity: int, markets: Markets) -> Floats:
    """Return one input alone, turned the score's way, on the grid (n, k)."""
    kind = declared_scalars()[scalar][1].kind
    return signed(markets.scalar(scalar), kind, polarity)
