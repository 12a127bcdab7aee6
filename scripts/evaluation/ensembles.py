"""The ensemble as a variant: trained by the rules of ``scripts/train_ensemble``, judged on rows it had not seen."""

from typing import Final

from composite.ensemble.comparison import compared
from composite.ensemble.fitting import TooFewRowsError
from composite.ensemble.leaks import refuse_leaks
from composite.ensemble.model import LABELS
from composite.ensemble.sample import joined
from composite.ensemble.training import out_of_sample
from scripts.evaluation.cases import TRAINING, Case
from scripts.evaluation.results import EnsembleResult
from scripts.training_plan import plan_of
from scripts.training_rows import rows_of

SEED: Final = 1


def trained_ensemble(case: Case) -> EnsembleResult | None:
    """Return how the ensemble did out of sample in the training years; ``None`` where it has nothing to learn.

    ``LeakError`` where an input knows its outcome.
    """
    if case.base.name not in LABELS:
        return None
    plan = plan_of(case.base, case.markets.interval, SEED)
    parts = [
        rows_of(case.base, one.panel, one.bars, number) for number, one in enumerate(case.markets.members)
    ]
    sample = joined(parts).up_to(TRAINING.end)
    refuse_leaks(sample, plan.inputs, plan.horizon_ms, plan.plausible_ic)
    try:
        unseen = out_of_sample(sample, plan)
    except TooFewRowsError:
        return None
    found = compared(unseen, plan.horizon_ms, plan.seed)
    times = unseen.sample.time
    return EnsembleResult(found, int(times[0]), int(times[-1]), found.verdict())
