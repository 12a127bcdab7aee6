"""Earlier readings of scalars that have no past of their own, taken from the scores that were published with them."""

from dataclasses import replace
from typing import Final, Protocol

import numpy as np

from analysis.framework.question import Request
from analysis.framework.reasons import Reason
from analysis.framework.scalar_past import NO_PAST, ScalarPast
from composite.panel import Panel, ScalarColumn

READ_BACK_DAYS: Final = 7
"""How far back readings are taken from: what ties two scalars together changes with the market."""
MOST_READINGS: Final = 1440


class Readings(Protocol):
    """Keeps what scores that remember were published with."""

    async def before(self, name: str, request: Request, moment: int) -> ScalarPast | Reason:
        """Return the scalars that a score remembers, known before ``moment`` (UTC ms), or why they cannot be read."""
        ...


async def readings_before(
    readings: Readings | None, name: str, request: Request, moment: int
) -> tuple[ScalarPast, Reason | None]:
    """Return the readings and why there are none where they cannot be read; none without ``readings``."""
    found = NO_PAST if readings is None else await readings.before(name, request, moment)
    return (NO_PAST, found) if isinstance(found, Reason) else (found, None)


def with_readings(panel: Panel, readings: ScalarPast) -> Panel:
    """Return the last row of a panel with a row for each reading before it; other scalars are NaN in these.

    Of a reading neither standard error nor quality is known: NaN and 1. One that is not before the last row is left
    out.
    """
    rows = int(np.searchsorted(readings.time, panel.time[-1]))
    time = np.append(readings.time[:rows], panel.time[-1])
    return replace(
        panel,
        time=time,
        columns={name: _with_earlier(one, readings, rows) for name, one in panel.columns.items()},
    )


def _with_earlier(column: ScalarColumn, readings: ScalarPast, rows: int) -> ScalarColumn:
    unknown = np.full(rows, np.nan)
    earlier = readings.values.get(column.name, unknown)[:rows]
    return replace(
        column,
        values=np.append(earlier, column.values[-1]),
        se=np.append(unknown, column.se[-1]),
        age_s=np.append(np.zeros(rows), column.age_s[-1]),
        quality=np.append(np.ones(rows), column.quality[-1]),
    )
