"""What a worker on another machine does for this program: one job, by the same code, its outcome as bytes.

Arguments and results travel as bytes of our own, so that no two jobs see the same arrays and none can write into
another's. A worker with other code would compute other numbers: it does nothing and says so.
"""

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

ROOT: Final = Path(__file__).resolve().parent.parent
NUMBERS: Final = ("analysis", "composite", "config", "utils")
"""The folders whose code decides what a number is."""


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended: with the pickled result, with the pickled error it raised, or not begun for its code."""

    kind: Literal["result", "error", "other_code"]
    content: bytes = b""


@cache
def code_fingerprint() -> str:
    """Return a digest (hex) of the code that this process computes with."""
    digest = hashlib.sha256()
    for folder in NUMBERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            digest.update(f"{file.relative_to(ROOT).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def packed(work: Callable[[], Any]) -> bytes:
    """Return a job as it travels. Raises what pickling raises."""
    return pickle.dumps(work, pickle.HIGHEST_PROTOCOL)


def run_far(fingerprint: str, job: bytes) -> JobEnd:
    """Do a job that ``packed`` made, if this code is that of ``fingerprint``."""
    if fingerprint != code_fingerprint():
        return JobEnd("other_code")
    work: Callable[[], Any] = pickle.loads(job)  # noqa: S301 - whoever reaches a worker runs code there in any case
    try:
        result = work()
    except Exception as error:  # handed to whoever waits for the job, there
        return JobEnd("error", _error_bytes(error))
    return JobEnd("result", pickle.dumps(result, pickle.HIGHEST_PROTOCOL))


def unpacked(outcome: JobEnd) -> Any:
    """Return the result of a job, or raise the error that it raised."""
    value = pickle.loads(outcome.content)  # noqa: S301 - `run_far` made it
    if outcome.kind == "error":
        raise value
    return value


def _error_bytes(error: Exception) -> bytes:
    try:
        made = pickle.dumps(error)
        pickle.loads(made)  # noqa: S301 - just made; an error with arguments of its own can fail here
    except Exception:
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return made
