"""Results as files of one run: JSON to read, and the same as they are for a later piece of the run."""

import pickle
from pathlib import Path

import msgspec

from composite.declared import BY_NAME
from scripts.evaluation.results import Measured, ScoreResult


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


def _place(one: ScoreResult | Measured) -> tuple[int, bool, bool, str]:
    return (
        list(BY_NAME).index(one.name),
        len(one.symbols) > 4,
        bool(one.label),
        f"{one.label} {one.interval[::-1]}",
    )
