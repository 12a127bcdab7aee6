"""How crowded positions are: the mean rank of funding and of the ratios beyond price, each in its own past."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features.positioning import outside_band
from analysis.features.tail_probability import sidak
from analysis.framework.module import ScoreRows
from analysis.framework.scoring import weighted_mean
from analysis.sentiment.metrics import GROUP_OF
from config.c_deriv import DerivSentimentConfig


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Per bar (n) the mean rank of the positions, the share of their groups that is known, and the surprise.

    ``surprise`` is the two-sided tail probability of the most unusual position, corrected for their number (Sidak).
    """

    rank: Floats
    coverage: Floats
    surprise: Floats


def crowd_of(ranks: Mapping[str, Floats], config: DerivSentimentConfig) -> Crowd:
    """Return how crowded positions are from their ranks by metric id; groups count equally."""
    groups: dict[str, list[Floats]] = {}
    for name, column in ranks.items():
        groups.setdefault(GROUP_OF[name], []).append(column)
    means = np.stack([_mean(columns) for columns in groups.values()])
    least = 1 / (config.rank_min + 1)
    tails = [np.maximum(2 * np.minimum(column, 1 - column), least) for column in ranks.values()]
    return Crowd(_mean(means), np.isfinite(means).mean(axis=0), sidak(np.stack(tails)))


def crowding_rows(crowd: Crowd, config: DerivSentimentConfig) -> ScoreRows:
    """Return how far the mean rank lies outside the ordinary band; its error is not known."""
    beyond = config.crowded_beyond
    usable = np.where(crowd.coverage >= config.min_coverage, crowd.rank, np.nan)
    score = outside_band(usable, beyond, 1 - beyond)
    return ScoreRows(score, np.full(len(score), np.nan), crowd.coverage)


def _mean(columns: list[Floats] | Floats) -> Floats:
    stack = np.stack(list(columns))
    return weighted_mean(stack, np.ones((len(stack), 1)))[0]
