"""The scalars of several answers over the same moments, each from the moment on at which it was known."""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.framework.reasons import Reason
from analysis.framework.result import Scalar
from analysis.framework.scalar_past import ScalarPast
from composite.panel import Panel, ScalarColumn

NOTHING_EARLIER: Final[Mapping[str, ScalarPast]] = {}


class WithScalars(Protocol):
    """What of a module's answer its columns are made of, with the meaning it has in an `Analysis`."""

    @property
    def module(self) -> str:
        """The module's id."""

    @property
    def interval(self) -> str:
        """The interval it was asked on."""

    @property
    def bar_close(self) -> int:
        """The close of its last bar (UTC ms)."""

    @property
    def scalars(self) -> tuple[Scalar, ...]:
        """Its scalars."""

    @property
    def past(self) -> ScalarPast:
        """Their past."""


def panel_of(
    answers: Sequence[WithScalars],
    absent: Mapping[str, Reason],
    *,
    interval: str,
    now: int,
    earlier: Mapping[str, ScalarPast] = NOTHING_EARLIER,
    only: Collection[str] | None = None,
) -> Panel:
    """Return the scalars of ``answers`` on the closes of ``interval``, the last row at ``now`` (UTC ms).

    They are those named in ``only``, all without it. The closes are those of the first answer on that interval, of the
    first one with a past where there is none.
    A value stands from its own close on, the newest one from its ``as_of``; the last row holds what the answers say.
    ``earlier`` by module id is put before the past of its answer. Of a past row neither standard error nor quality is
    known: NaN and 1.
    """
    pasts = {one.module: joined(earlier.get(one.module), _past_of(one)) for one in answers}
    time = _moments(answers, pasts, interval, now)
    columns = (
        _column(one.module, scalar, pasts[one.module], time)
        for one in answers
        for scalar in one.scalars
        if only is None or scalar.name in only
    )
    return Panel(time, {column.name: column for column in columns}, absent)


def joined(earlier: ScalarPast | None, past: ScalarPast) -> ScalarPast:
    """Return the rows of ``earlier`` that lie before ``past``, and ``past``; a scalar that one lacks is NaN there."""
    if earlier is None or not len(past.time):
        return past
    rows = int(np.searchsorted(earlier.time, past.time[0]))
    unknown = np.full(rows, np.nan)
    values = {
        name: np.concatenate([earlier.values.get(name, unknown)[:rows], column])
        for name, column in past.values.items()
    }
    return ScalarPast(np.concatenate([earlier.time[:rows], past.time]), values)


def _past_of(answer: WithScalars) -> ScalarPast:
    """Return the past of an answer, its own scalars alone where it has none."""
    if len(answer.past.time) or not answer.scalars:
        return answer.past
    values = {one.name: np.array([np.nan if one.value is None else one.value]) for one in answer.scalars}
    return ScalarPast(np.array([answer.bar_close], dtype=np.int64), values)


def _moments(
    answers: Sequence[WithScalars], pasts: Mapping[str, ScalarPast], interval: str, now: int
) -> Times:
    """Return the closes of the leading past with its last one at ``now``; ``now`` alone where there is no past."""
    asked = (one for one in answers if one.interval == interval)
    for one in chain(asked, answers):
        closes = pasts[one.module].time
        if len(closes):
            before = closes[:-1]
            return np.append(before[before < now], now)
    return np.array([now], dtype=np.int64)


def _column(module: str, scalar: Scalar, past: ScalarPast, time: Times) -> ScalarColumn:
    known_from = past.time.copy()
    known_from[-1] = max(known_from[-1], scalar.as_of)
    row = np.searchsorted(known_from, time, side="right") - 1
    row[-1] = len(known_from) - 1
    return ScalarColumn(
        name=scalar.name,
        module=module,
        kind=scalar.kind,
        horizon_s=scalar.horizon_s,
        half_life_s=scalar.half_life_s,
        parents=scalar.parents,
        values=np.where(row >= 0, past.values[scalar.name][row], np.nan),
        se=_last_alone(len(time), np.nan, np.nan if scalar.se is None else scalar.se),
        age_s=_ages(scalar, known_from, row, time),
        quality=_last_alone(len(time), 1.0, scalar.quality),
        as_of=scalar.as_of,
        is_final=scalar.is_final,
        reason=scalar.reason,
    )


def _ages(scalar: Scalar, known_from: Times, row: NDArray[np.intp], time: Times) -> Floats:
    """Return for how long the next value has been due (seconds), 0 where none is or there was no value yet."""
    since = known_from[row]
    since[-1] = scalar.as_of
    late = (time - since) / 1000 - scalar.period_s
    return np.where(row >= 0, np.maximum(late, 0.0), 0.0)


def _last_alone(rows: int, before: float, last: float) -> Floats:
    return np.append(np.full(rows - 1, before), last)
