"""Bars that memory has no room for: in a file without a name, which goes with the process, however that ends.

What is parked was read from the exchange and would be read from there again, so a full or broken disk costs requests
and nothing else.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import numpy as np
import structlog

from utils.binance_api.klines.store import VALUE_COLUMNS, Rows, Segment

_log = structlog.get_logger(__name__)

MAX_PARKED: Final = 4_500_000
"""Rows on disk over all series, about 400 MB: those of a hundred coins in four intervals."""
COLUMNS: Final = len(VALUE_COLUMNS) + 3
ROW_BYTES: Final = COLUMNS * 8
BLOCK_BYTES: Final = 16_384
"""What the file is divided into: a series takes whole blocks, wherever they are free."""


@dataclass(frozen=True, slots=True)
class ParkedSpan:
    """A segment that is parked: what it covers (ms; see `Segment`) and how many rows it has."""

    start: int
    until: int
    rows: int


@dataclass(frozen=True, slots=True)
class Parked:
    """Where segments lie: their spans in order of time, and the blocks of the file that hold their rows."""

    spans: tuple[ParkedSpan, ...]
    blocks: tuple[int, ...]


@dataclass(slots=True, eq=False)
class ParkedBars:
    """Keeps at most ``most_rows`` rows in a file in ``folder`` (that of temporary files without one).

    `reserve` and `free` belong to the event loop; `write` and `read` may run on threads, each on blocks of its own.
    """

    folder: Path | None = None
    most_rows: int = MAX_PARKED
    _file: IO[bytes] | None = None
    _free: list[int] = field(default_factory=list)
    _made: int = 0
    _is_broken: bool = False

    def reserve(self, segments: Sequence[Segment]) -> Parked | None:
        """Return where segments may be written, ``None`` where there is no room."""
        spans = tuple(ParkedSpan(one.start, one.until, len(one.rows)) for one in segments)
        need = -(-sum(span.rows for span in spans) * ROW_BYTES // BLOCK_BYTES)
        room = self.most_rows * ROW_BYTES // BLOCK_BYTES - self._made
        if need > len(self._free) + room:
            return None
        new = max(0, need - len(self._free))
        blocks = [self._free.pop() for _ in range(need - new)] + [*range(self._made, self._made + new)]
        self._made += new
        return Parked(spans, tuple(blocks))

    def free(self, parked: Parked) -> None:
        """Let others have the blocks."""
        self._free.extend(parked.blocks)

    def write(self, parked: Parked, segments: Sequence[Segment]) -> bool:
        """Write segments to the blocks reserved for them; return whether they are there now."""
        data = b"".join(_bytes_of(one.rows) for one in segments)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self.folder, prefix="bars-")  # noqa: SIM115 - `close` does
            for position, part in _parts(parked, len(data)):
                _write_all(self._file.fileno(), data[part], position)
        except OSError as error:
            self._tell(error)
            return False
        self._is_broken = False
        return True

    def read(self, parked: Parked) -> list[Segment] | None:
        """Return the segments that lie in blocks, ``None`` where the disk does not give them back."""
        size = sum(span.rows for span in parked.spans) * ROW_BYTES
        data = bytearray(size)
        if self._file is None:
            raise ValueError("nothing was ever written")
        try:
            for position, part in _parts(parked, size):
                data[part] = _read_all(self._file.fileno(), part.stop - part.start, position)
        except OSError as error:
            self._tell(error)
            return None
        return [*_segments(parked.spans, data)]

    def close(self) -> None:
        """Give the file back; nothing may be read or written any more."""
        if self._file is not None:
            with suppress(OSError):  # its last bytes need not reach a disk
                self._file.close()
            self._file = None

    def _tell(self, error: OSError) -> None:
        """Say once, until it works again, that bars are read from the exchange instead."""
        if not self._is_broken:
            _log.warning("bars cannot be kept on disk", error=error.strerror or str(error))
        self._is_broken = True


def _parts(parked: Parked, size: int) -> Iterator[tuple[int, slice]]:
    """Yield where each block lies in the file, and which bytes of ``size`` it holds."""
    for number, block in enumerate(parked.blocks):
        begin = number * BLOCK_BYTES
        yield block * BLOCK_BYTES, slice(begin, min(begin + BLOCK_BYTES, size))


def _write_all(file: int, data: bytes, position: int) -> None:
    while data:
        written = os.pwrite(file, data, position)
        data, position = data[written:], position + written


def _read_all(file: int, size: int, position: int) -> bytes:
    data = os.pread(file, size, position)
    if len(data) < size:
        raise OSError(f"the file of bars ends after {position + len(data)} bytes")
    return data


def _bytes_of(rows: Rows) -> bytes:
    return b"".join(
        np.ascontiguousarray(column).tobytes()
        for column in (rows.open_time, rows.close_time, rows.values, rows.trades)
    )


def _segments(spans: Sequence[ParkedSpan], data: bytearray) -> Iterator[Segment]:
    position = 0
    for span in spans:
        words = (
            np.frombuffer(data, np.int64, span.rows * COLUMNS, position).reshape(COLUMNS, span.rows).copy()
        )
        rows = Rows(words[0], words[1], words[2:-1].view(np.float64), words[-1])
        yield Segment(rows.kept(), span.start, span.until)
        position += span.rows * ROW_BYTES
