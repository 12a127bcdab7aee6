"""Recorded markets for the evaluation: bars, and the scalars that the modules would have handed over at every close."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.framework.module import module_by
from analysis.framework.reasons import Reason
from analysis.registry import MODULES
from analysis.replay import walk_forward
from composite.declared_scalars import walked_column
from composite.evidence.outcomes import grid_rows, on_grid
from composite.panel import Panel, ScalarColumn
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

REPLAYED: Final = ("trend", "regime", "risk", "redet")
"""Modules that recorded bars suffice for."""
SECOND_MS: Final = 1000


@dataclass(frozen=True, slots=True, eq=False)
class RecordedMarket:
    """One symbol: its ``bars`` and the ``panel`` of what was known at each close."""

    symbol: str
    bars: Bars
    panel: Panel


@dataclass(frozen=True, eq=False)
class Markets:
    """Several symbols of one interval, with columns (n, k) on the grid of all their closes (UTC ms)."""

    interval: str
    members: tuple[RecordedMarket, ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols in the order of the columns."""
        return tuple(one.symbol for one in self.members)

    @property
    def step_ms(self) -> int:
        """The length of a bar."""
        return SHORTEST_MS[self.interval]

    @cached_property
    def grid(self) -> Times:
        """The closes, a row each."""
        return grid_rows(np.concatenate([one.bars.close_time for one in self.members]), self.step_ms)

    def placed(self, columns: Sequence[Floats]) -> Floats:
        """Return one column of each symbol's own rows on the grid, (n, k)."""
        pairs = zip(self.members, columns, strict=True)
        return np.column_stack([on_grid(self.grid, one.bars.close_time, column) for one, column in pairs])

    def prices(self, name: str) -> Floats:
        """Return a column of the bars, such as ``open``, on the grid."""
        return self.placed([getattr(one.bars, name) for one in self.members])

    def scalar(self, name: str) -> Floats:
        """Return a scalar on the grid."""
        return self.placed([one.panel.columns[name].values for one in self.members])


def market_of(bars: Bars, modules: Sequence[str], cache: Path | None) -> RecordedMarket:
    """Return the market with what ``modules`` said of it, walked forward once and kept in the folder ``cache``."""
    columns: dict[str, ScalarColumn] = {}
    for module in modules:
        columns |= _columns(module, bars, cache)
    absent = {one.id: Reason("no_data", {"what": "record"}) for one in MODULES if one.id not in modules}
    return RecordedMarket(bars.symbol, bars, Panel(bars.close_time, columns, absent))


def _columns(module: str, bars: Bars, cache: Path | None) -> dict[str, ScalarColumn]:
    values = _scalars(module, bars, cache)
    return {name: scalar_column(name, column, bars) for name, column in values.items()}


def _scalars(module: str, bars: Bars, cache: Path | None) -> Mapping[str, Floats]:
    config = module_by(module, MODULES).config()
    if cache is None:
        return walk_forward(module, bars, config).scalars
    digest = sha256(bars.close.tobytes() + bars.open_time.tobytes() + config.digest.encode()).hexdigest()
    file = cache / f"{module}-{bars.symbol}-{bars.interval}-{digest[:16]}.npz"
    if not file.exists():
        found = walk_forward(module, bars, config).scalars
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(file, names=np.array(list(found)), values=np.array(list(found.values())))
    with np.load(file) as kept:
        return dict(zip(kept["names"].tolist(), kept["values"], strict=True))


def scalar_column(name: str, values: Floats, bars: Bars) -> ScalarColumn:
    """Return what a module said by one scalar at every close, with nothing known of its error."""
    return walked_column(name, bars.interval, values, as_of=int(bars.close_time[-1]))
