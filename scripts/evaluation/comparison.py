"""Many variants at once: superior predictive ability and the stepwise test of `arch`, both of which take losses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from arch.bootstrap import SPA, StepM

from analysis.arrays import Floats
from composite.evidence.overfitting import Overfitting, overfitting_probability
from composite.evidence.sharpe import DeflatedSharpe, deflated_sharpe

REPS: Final = 500
SEED: Final = 11
SIZE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """``p`` that the best variant beats the ``benchmark`` by luck (Hansen's consistent one); ``superior`` by StepM.

    ``best`` is the variant of the highest Sharpe ratio, ``sharpe`` its deflated one among ``trials``, ``overfitting``
    the probability that a choice among the variants was luck.
    """

    benchmark: str
    p: float
    superior: tuple[str, ...]
    best: str
    sharpe: DeflatedSharpe | None
    overfitting: Overfitting | None
    variants: int


def compared(
    benchmark: str, earned: Floats, names: Sequence[str], returns: Floats, trials: int, block: int
) -> Comparison | None:
    """Compare net returns (n, m) of ``names`` with those the ``benchmark`` ``earned`` (n); ``None`` below 100 rows."""
    known = np.isfinite(returns).all(axis=1) & np.isfinite(earned)
    kept, against = returns[known], earned[known]
    moves = kept.std(axis=0) > 0
    if known.sum() < 100 or not moves.any():
        return None
    kept, used = kept[:, moves], [name for name, moving in zip(names, moves, strict=True) if moving]
    ratios = kept.mean(axis=0) / kept.std(axis=0)
    best = int(ratios.argmax())
    spa = SPA(-against, -kept, block_size=block, reps=REPS, seed=SEED)
    spa.compute()
    step = StepM(-against, -kept, size=SIZE, block_size=block, reps=REPS, seed=SEED)
    step.compute()
    return Comparison(
        benchmark,
        float(spa.pvalues["consistent"]),
        tuple(used[int(str(column))] for column in step.superior_models),
        used[best],
        deflated_sharpe(kept[:, best], ratios, max(trials, len(used))),
        overfitting_probability(kept),
        len(used),
    )
