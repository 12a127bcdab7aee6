"""Reading the recordings in place: exchange frames and REST snapshots in the order they were received."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec

from utils.binance_api.streams.events import DepthSnapshot

SNAPSHOT_LEVELS = 1000
"""Levels every recorded snapshot was asked for."""
_SNAPSHOT = msgspec.json.Decoder(DepthSnapshot, strict=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A recorded REST order book and its symbol ("" where the file holds one symbol only)."""

    symbol: str
    book: DepthSnapshot


def single_frames(path: Path) -> Iterator[bytes | Snapshot]:
    """Yield a ``usdm_*`` or ``spot_*`` file: raw combined frames, and the snapshot where it arrived."""
    with gzip.open(path, "rb") as lines:
        for line in lines:
            yield single_message(line)


def single_message(line: bytes) -> bytes | Snapshot:
    """Return what one line of such a file holds."""
    raw = line[line.index(b'"d":') + 4 : line.rindex(b"}")]
    return raw if raw.startswith(b'{"stream"') else Snapshot("", _SNAPSHOT.decode(raw))


def cryptofeed_frames(path: Path) -> Iterator[bytes | Snapshot]:
    """Yield a ``cryptofeed_*`` file ordered by time: the file lists REST answers first."""
    with gzip.open(path, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    kept = [row for row in rows if row["t"] == "recv" or "/depth" in row.get("url", "")]
    for row in sorted(kept, key=lambda row: float(row["ts"])):
        if row["t"] == "recv":
            yield str(row["data"]).encode()
        else:
            symbol = parse_qs(urlsplit(row["url"]).query)["symbol"][0]
            yield Snapshot(symbol, _SNAPSHOT.decode(row["data"]))
