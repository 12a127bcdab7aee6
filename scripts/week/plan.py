"""How large a week is, and how its lengths follow from the length of its bars."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from utils.binance_api.intervals import SHORTEST_MS
from utils.units import DAY_MS, MINUTE_MS

DST_MS: Final = round(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp() * 1000)
"""When the clocks of Europe go back: in the middle of every run."""
CYCLE: Final = 24
"""Bars of a day of faults: a day where bars have an hour."""
LOOKS_A_BAR: Final = 6
LIGHT_FROM: Final = 12
"""Symbols that the sandbox's exchange has by itself."""


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """``days`` of ``chats`` with ``alerts`` on ``symbols``, whose values change with bars of ``interval``.

    ``commands`` are asked in a cycle of 24 bars. ``priced`` of the symbols have alerts about their price on the
    exchange. Memory is ``measured`` so often. ``database`` is its address, an SQLite file of a temporary folder where
    it is empty.
    """

    days: float = 7.0
    symbols: int = 200
    chats: int = 500
    alerts: int = 5_000
    seed: int = 1
    interval: str = "1h"
    commands: int = 240
    priced: int = 5
    measured: int = 28
    database: str = ""

    @property
    def bar_ms(self) -> int:
        """The length of a bar."""
        return SHORTEST_MS[self.interval]

    @property
    def bars(self) -> int:
        """How many bars the run lasts: whole cycles, at least one."""
        return CYCLE * max(1, round(self.days * DAY_MS / self.bar_ms / CYCLE))

    @property
    def start_ms(self) -> int:
        """The first moment (UTC ms): half a run before the clocks go back."""
        return DST_MS - self.bars // 2 * self.bar_ms

    @property
    def end_ms(self) -> int:
        """The last moment (UTC ms)."""
        return self.start_ms + self.bars * self.bar_ms

    @property
    def look_s(self) -> float:
        """The time between two looks of the alert watch and the digest look."""
        return self.bar_ms / LOOKS_A_BAR / 1000

    @property
    def outage_ms(self) -> int:
        """The longest time for which a source is away."""
        return self.bar_ms * 2 // 5

    @property
    def short_ms(self) -> int:
        """How long the database is away, and how far clocks jump at most."""
        return min(MINUTE_MS, self.bar_ms // 10)

    def at(self, bar: float) -> int:
        """The moment (UTC ms) that is so many bars after the start."""
        return self.start_ms + round(bar * self.bar_ms)
