"""The pins of a lock: package, version, and the hashes of the files that may be installed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

RUN_TIME_LOCK: Final = Path(__file__).resolve().parent.parent / "requirements.lock"
CLUSTER_LOCK: Final = RUN_TIME_LOCK.with_name("requirements-dask.lock")
_HASH: Final = "--hash=sha256:"


@dataclass(frozen=True, slots=True)
class Pin:
    """One package at one version; ``sha256`` are the hashes of its files for all platforms, in hexadecimal."""

    name: str
    version: str
    sha256: tuple[str, ...]


def pins_for_here(lock: Path = RUN_TIME_LOCK) -> list[Pin]:
    """Return the pins that apply to this Python and platform, in the lock's order."""
    pins: list[Pin] = []
    for block in lock.read_text("utf-8").replace("\\\n", " ").splitlines():
        if block.startswith((" ", "#")) or not block.strip():
            continue
        asked, *hashes = block.split(_HASH)
        wanted = Requirement(asked)
        if wanted.marker is None or wanted.marker.evaluate():
            (exact,) = wanted.specifier
            name = canonicalize_name(wanted.name)
            pins.append(Pin(name, exact.version, tuple(digest.split()[0] for digest in hashes)))
    return pins
