"""Inputs of each module for the contract tests: ``inputs/<id>.py``, found by the module's id."""

from dataclasses import replace
from importlib import import_module
from typing import Any, Protocol, cast

import numpy as np

from utils.binance_api.bars import Bars

PRICES = ("open", "high", "low", "close", "volume", "quote_volume")


class Inputs(Protocol):
    """What the file of a module offers; it may have ``config()`` too, a configuration small enough for tests."""

    def whole(self) -> Any:
        """Return inputs with every source, for a past moment."""

    def bare(self) -> Any:
        """Return the bars alone, every further source missing with its reason."""

    def short(self, n: int) -> Any:
        """Return the first ``n`` bars with every source as known then."""

    def cut(self, inputs: Any, rows: int) -> Any:
        """Return what was known at the close of row ``rows`` - 1."""

    def garbage(self, inputs: Any, rows: int) -> Any:
        """Return the inputs with wild numbers in everything that became known later than that."""


def inputs_of(module_id: str) -> Inputs:
    """Return the file of a module."""
    return cast(Inputs, import_module(f"{__name__}.{module_id}"))


def spoiled(bars: Bars, rows: int) -> Bars:
    """Wild prices and volumes from row ``rows`` on, the highest price above the others and the lowest below."""
    generator = np.random.default_rng(99)
    noise = 1e5 * np.exp(generator.standard_normal(len(bars) - rows))
    columns = {name: getattr(bars, name).copy() for name in PRICES}
    for name, column in columns.items():
        column[rows:] = noise * (1.1 if name == "high" else 0.9 if name == "low" else 1.0)
    return replace(bars, **columns)
