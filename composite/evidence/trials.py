"""The registry of trials: every variant ever evaluated, once, in a file that is only ever appended to.

How good the best of many tries looks by luck depends on how many there were; so they are counted where they are made.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec


class Trial(msgspec.Struct, frozen=True, order=True):
    """One variant on one span: what is evaluated, never how it came out."""

    score: str
    variant: str
    method: str
    horizon: int
    interval: str
    symbols: tuple[str, ...]
    first: str
    last: str
    config_hash: str


class TrialRegistry:
    """Trials as JSON lines in ``path``; the same trial counts once, however often it is evaluated."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_bytes().splitlines() if path.exists() else []
        self._known = {msgspec.json.decode(line, type=Trial) for line in lines if line.strip()}

    def enter(self, trials: Iterable[Trial]) -> int:
        """Append those that are new, in order; return how many they were."""
        fresh = [trial for trial in dict.fromkeys(trials) if trial not in self._known]
        if fresh:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(b"".join(msgspec.json.encode(trial) + b"\n" for trial in fresh))
        self._known.update(fresh)
        return len(fresh)

    def count(self, score: str | None = None) -> int:
        """Return how many trials there have been, of one score or of all."""
        return sum(1 for trial in self._known if score in (None, trial.score))
