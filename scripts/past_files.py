"""What modules said over the past as files, one a symbol and module, so that a walk forward need not be made twice."""

from pathlib import Path
from typing import Final

import numpy as np

from analysis.replay import ModulePast

SCALAR, ERROR = "scalar ", "error "
COLUMNS: Final = ("time", "close", "score", "uncertainty")


def write_past(past: ModulePast, folder: Path) -> Path:
    """Write it as ``SYMBOL-INTERVAL-MODULE.npz`` into a folder, which is made where it is absent; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{past.symbol}-{past.interval}-{past.module}.npz"
    columns = {name: getattr(past, name) for name in COLUMNS}
    columns |= {f"{SCALAR}{name}": values for name, values in past.scalars.items()}
    columns |= {f"{ERROR}{name}": values for name, values in past.scalar_se.items()}
    np.savez_compressed(file, allow_pickle=False, **columns)
    return file


def read_past(file: Path) -> ModulePast:
    """Read a file of ``write_past``; ``ValueError`` for another name, ``OSError`` where there is none."""
    symbol, interval, module = file.stem.split("-")
    with np.load(file, allow_pickle=False) as columns:
        return ModulePast(
            module=module,
            symbol=symbol,
            interval=interval,
            **{name: columns[name] for name in COLUMNS},
            scalars=_named(columns, SCALAR),
            scalar_se=_named(columns, ERROR),
        )


def _named(columns: "np.lib.npyio.NpzFile", kind: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(kind): columns[name] for name in columns.files if name.startswith(kind)}
