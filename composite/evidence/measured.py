"""The records that were measured on recorded history and are shipped with the program."""

from collections.abc import Sequence
from functools import cache, partial
from math import log
from pathlib import Path
from typing import Final

import msgspec

from analysis.framework.question import Request
from composite.record import TrackRecord
from utils.binance_api.intervals import SHORTEST_MS

FILE: Final = Path(__file__).with_name("measured.json")


@cache
def shipped_records() -> tuple[TrackRecord, ...]:
    """Return every shipped record; `msgspec.ValidationError` where the file does not hold them."""
    return read_records(FILE)


def read_records(file: Path) -> tuple[TrackRecord, ...]:
    """Return the records in a file."""
    return msgspec.json.decode(file.read_bytes(), type=tuple[TrackRecord, ...])


def write_records(file: Path, records: Sequence[TrackRecord]) -> None:
    """Write records to a file, to be read again."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(tuple(records)), indent=1) + b"\n")


def measured_records(name: str, request: Request) -> tuple[TrackRecord, ...]:
    """Return what was measured of a score: the newest span first, and of it what is of the asked symbol first.

    Records of the asked interval where there are any, else those of the interval nearest to it: each names its own.
    """
    about = [
        one for one in shipped_records() if one.composite == name and one.symbol in (None, request.symbol)
    ]
    nearest = min((one.interval for one in about), key=partial(_apart, request.interval), default=None)
    fitting = [one for one in about if one.interval == nearest]
    return tuple(sorted(fitting, key=lambda one: (-one.until, one.symbol is None)))


def _apart(one: str, other: str) -> float:
    return abs(log(SHORTEST_MS[one] / SHORTEST_MS[other]))
