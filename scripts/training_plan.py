"""How the ensemble of a score is trained: what it reads, what it forecasts, and how far rows are kept apart."""

from collections.abc import Sequence

from composite.ensemble.fitting import Candidate
from composite.ensemble.model import LABELS
from composite.ensemble.training import CANDIDATES, Plan
from config.c_composite import CompositeSpec
from utils.binance_api.intervals import SHORTEST_MS


def plan_of(
    variant: CompositeSpec, interval: str, seed: int, candidates: Sequence[Candidate] = CANDIDATES
) -> Plan:
    """Return the plan for the averaged inputs of a score, reduced to the scalars that are recorded."""
    inputs = [one for one in variant.counted if one.role == "averaged"]
    horizon_s = variant.horizon(SHORTEST_MS[interval] / 1000)
    horizon_ms = max(horizon_s * 1000, SHORTEST_MS[interval])
    return Plan(
        score=variant.name,
        label=LABELS[variant.name],
        inputs=tuple(one.scalar for one in inputs),
        polarities=tuple(one.polarity for one in inputs),
        interval=interval,
        horizon_s=horizon_s,
        horizon_ms=horizon_ms,
        embargo_ms=horizon_ms + SHORTEST_MS[interval],
        seed=seed,
        candidates=candidates,
    )
