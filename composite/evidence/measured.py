"""The records that were measured on recorded history and are shipped with the program."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from analysis.framework.question import Request
from composite.record import TrackRecord

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
    """Return what was measured of a score: on the asked symbol first, then on all together.

    Records of the asked interval where there are any, else those of any other: each names its own.
    """
    about = [
        one for one in shipped_records() if one.composite == name and one.symbol in (None, request.symbol)
    ]
    fitting = [one for one in about if one.interval == request.interval] or about
    return tuple(sorted(fitting, key=lambda one: (one.symbol is None, -one.until)))
