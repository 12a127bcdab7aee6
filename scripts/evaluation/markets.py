"""Recorded markets for the evaluation: bars, and the scalars that the modules would have handed over at every close."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.flow.bar_rows import bar_scalars
from analysis.flow.metrics import FlowSection
from analysis.framework.module import module_by
from analysis.framework.reasons import Reason
from analysis.registry import MODULES
from analysis.replay import walk_forward
from composite.declared_scalars import walked_column
from composite.evidence.outcomes import grid_rows, on_grid
from composite.panel import Panel, ScalarColumn
from config.base import ConfigModel
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

REPLAYED: Final = ("trend", "regime", "risk", "redet")
"""Modules that recorded bars suffice for."""
ERROR: Final = "error "
"""Before the name of a scalar: its standard error, in the files of the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class RecordedMarket:
    """One symbol: its ``bars`` and the ``panel`` of what was known at each close.

    ``labels`` name by module what of it was recorded, where that is not the whole.
    """

    symbol: str
    bars: Bars
    panel: Panel
    labels: Mapping[str, str] = field(default_factory=dict)


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
    def known(self) -> frozenset[str]:
        """The scalars that all of the markets know."""
        return frozenset.intersection(*(frozenset(one.panel.columns) for one in self.members))

    @property
    def labels(self) -> Mapping[str, str]:
        """What of a module was recorded, by its id."""
        return {module: name for one in self.members for module, name in one.labels.items()}

    @property
    def digest(self) -> str:
        """What tells these markets and the inputs known of them from others."""
        said = sha256()
        for one in self.members:
            said.update(f"{one.symbol} {self.interval} {sorted(one.panel.columns)}".encode())
            said.update(one.bars.close.tobytes())
        return said.hexdigest()

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
    """Return the market with what ``modules`` said of it, walked forward once and kept in the folder ``cache``.

    Bars with taker volume tell the scalars that module D makes of bars alone.
    """
    columns: dict[str, ScalarColumn] = {}
    labels: dict[str, str] = {}
    for module in modules:
        columns |= _columns(module, bars, cache)
    if bars.taker_base.any():
        columns |= {name: scalar_column(name, one, bars) for name, one in flow_of_bars(bars).items()}
        labels["flow"] = f"D-{bars.market}"
    absent = {one.id: Reason("no_data", {"what": "record"}) for one in MODULES if one.id not in modules}
    return RecordedMarket(bars.symbol, bars, Panel(bars.close_time, columns, absent), labels)


def flow_of_bars(bars: Bars) -> dict[str, Floats]:
    """Return what module D says of bars with taker volume (n), by the name of the scalar."""
    return bar_scalars(bars, FlowSection())


def _columns(module: str, bars: Bars, cache: Path | None) -> dict[str, ScalarColumn]:
    found = _scalars(module, bars, cache)
    return {
        name: scalar_column(name, values, bars, found.get(f"{ERROR}{name}"))
        for name, values in found.items()
        if not name.startswith(ERROR)
    }


def _scalars(module: str, bars: Bars, cache: Path | None) -> Mapping[str, Floats]:
    """Return scalars by name, and their standard errors by name behind ``ERROR``."""
    config = module_by(module, MODULES).config()
    columns = (bars.open_time, bars.close, bars.high, bars.volume, bars.trades)
    said = b"".join(column.tobytes() for column in columns) + config.digest.encode()
    if cache is None:
        return _walked(module, bars, config)
    file = cache / f"{module}-{bars.symbol}-{bars.interval}-{sha256(said).hexdigest()[:16]}.npz"
    if not file.exists():
        found = _walked(module, bars, config)
        cache.mkdir(parents=True, exist_ok=True)
        whole = file.with_suffix(".part.npz")
        np.savez(whole, names=np.array(list(found)), values=np.array(list(found.values())))
        whole.replace(file)
    with np.load(file) as kept:
        return dict(zip(kept["names"].tolist(), kept["values"], strict=True))


def _walked(module: str, bars: Bars, config: ConfigModel) -> dict[str, Floats]:
    past = walk_forward(module, bars, config)
    return {**past.scalars, **{f"{ERROR}{name}": values for name, values in past.scalar_se.items()}}


def scalar_column(name: str, values: Floats, bars: Bars, se: Floats | None = None) -> ScalarColumn:
    """Return what a module said by one scalar at every close, with its error where that is known."""
    return walked_column(name, bars.interval, values, se=se, as_of=int(bars.close_time[-1]))
