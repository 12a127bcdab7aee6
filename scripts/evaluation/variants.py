"""The variants of a score that are tried: as it stands, single inputs, one left out, weights moved, other methods."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from analysis.arrays import Floats
from composite.asked import ScoreContext
from composite.core import compute
from composite.declared_scalars import declared_scalars
from composite.input_rows import signed
from config.c_composite import CompositeSpec, Method
from scripts.evaluation.markets import Markets

METHODS: Final[tuple[Method, ...]] = ("normalised_mean", "pca")
"""Blending methods beside the default that need no training."""
MOVED: Final = 0.5
"""Share by which each weight is raised and lowered."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to make the score; ``kind`` is why it is tried."""

    name: str
    kind: str
    spec: CompositeSpec


def of_known(spec: CompositeSpec, known: frozenset[str]) -> CompositeSpec:
    """Return the score with just the scalars that are ``known``, and the gates that read them."""
    gates = tuple(gate for gate in spec.gates if gate.scalar in known)
    return spec.only(known).changed(gates=gates)


def untested(spec: CompositeSpec, known: frozenset[str]) -> tuple[str, ...]:
    """Return the scalars of a score that no record holds."""
    return tuple(name for name in spec.scalars() if name not in known)


def variant_name(spec: CompositeSpec) -> str:
    """Return the score's name with the codes of the modules its counted inputs are from, ``trend_strength[A,B]``."""
    scalars = declared_scalars()
    codes = dict.fromkeys(scalars[one.scalar][0].code for one in spec.counted)
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


def scored(variant: Variant, markets: Markets) -> Floats:
    """Return the score of every symbol, less its neutral value, on the grid (n, k); NaN where it is withheld."""
    columns = []
    for one in markets.members:
        context = ScoreContext(one.symbol, one.bars.market, markets.interval)
        columns.append(compute(variant.spec, one.panel, context).score)
    return markets.placed(columns)


def single(scalar: str, polarity: int, markets: Markets) -> Floats:
    """Return one input alone, turned the score's way, on the grid (n, k)."""
    kind = declared_scalars()[scalar][1].kind
    return signed(markets.scalar(scalar), kind, polarity)
