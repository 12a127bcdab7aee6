"""Module J's inputs on a seeded walk, whole and with parts taken away, for a configuration small enough for tests."""

from dataclasses import replace

import numpy as np

from analysis.anomaly.inputs import AnomalyInputs
from analysis.anomaly.settings import AnomalySettings
from tests.analysis.anomaly.readings import SMALL, hourly, inputs_of, until, whole_of
from tests.modules.inputs import spoiled

BARS = hourly(1300, seed=21)


def config() -> AnomalySettings:
    """Short windows, few trees and few bootstrap chains."""
    return SMALL


def whole() -> AnomalyInputs:
    """Bars of both markets with open interest and settled funding, for a past moment."""
    return whole_of(BARS, latest=True)


def bare() -> AnomalyInputs:
    """Bars alone."""
    return inputs_of(BARS, latest=True)


def short(n: int) -> AnomalyInputs:
    """The first ``n`` bars with every source as known then."""
    return cut(whole(), n)


def cut(inputs: AnomalyInputs, rows: int) -> AnomalyInputs:
    """What was known at the close of row ``rows`` - 1."""
    return until(inputs, rows)


def garbage(inputs: AnomalyInputs, rows: int) -> AnomalyInputs:
    """The same with wild numbers in everything that became known after row ``rows`` - 1."""
    closed = int(inputs.bars.close_time[rows - 1]) + 1
    other, interest, funding = inputs.counterpart, inputs.open_interest, inputs.funding
    if interest is not None:
        amount = np.where(interest.known_at > closed, 1.0, interest.open_interest)
        interest = replace(interest, open_interest=amount)
    if funding is not None:
        funding = replace(funding, rate=np.where(funding.time >= closed, 0.5, funding.rate))
    return replace(
        inputs,
        bars=spoiled(inputs.bars, rows),
        counterpart=None if other is None else spoiled(other, rows),
        open_interest=interest,
        funding=funding,
    )
