"""Results as files of one run: JSON to read, and the same as they are for a later piece of the run."""

import pickle
from pathlib import Path
from typing import Final

import msgspec

from composite.declared import BY_NAME
from scripts.evaluation.results import Measured, ScoreResult
from utils.binance_api.intervals import SHORTEST_MS

FEW: Final = 8
"""Symbols from which markets are a universe."""


def write_result(folder: Path, result: ScoreResult | Measured) -> None:
    """Write one score's results."""
    folder.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(result), indent=1)
    label = result.label.replace(" ", "_") or "whole"
    name = f"{result.name}-{result.interval}-{label}"
    (folder / f"{name}.json").write_bytes(text + b"\n")
    (folder / f"{name}.result").write_bytes(pickle.dumps(result))


def read_results(folder: Path) -> list[ScoreResult | Measured]:
    """Return all results in a folder of this machine's own: by score, few coins before many, long bars before short."""
    found: list[ScoreResult | Measured] = [
        pickle.loads(path.read_bytes())  # noqa: S301 - `write_result` made it
        for path in folder.glob("*.result")
    ]
    return sorted(found, key=_place)


def _place(one: ScoreResult | Measured) -> tuple[int, bool, str, int]:
    length = SHORTEST_MS.get(one.interval, 0)
    return list(BY_NAME).index(one.name), len(one.symbols) > FEW, one.label, -length
