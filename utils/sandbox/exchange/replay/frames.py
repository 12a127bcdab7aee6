"""Recorded websocket messages of a data folder (files `ws/usdm_*` and `ws/spot_*`, see its README)."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from utils.sandbox.exchange.market.instrument import FUTURES, SPOT
from utils.sandbox.exchange.streams.frames import Message, encoded

FILE = re.compile(r"(?P<market>spot|usdm)_(?P<symbol>[a-z0-9]+)_[\d-]+")
MARKETS = {"spot": SPOT, "usdm": FUTURES}
NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """One message and when it was received (ms); `snapshot` instead of a message where a REST book was noted."""

    at_ms: float
    message: Message | None
    snapshot: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A file of messages of one symbol on one market."""

    path: Path
    market: str
    symbol: str

    def read(self) -> Iterator[Recorded]:
        """All lines in order."""
        with gzip.open(self.path, "rt") as lines:
            for line in lines:
                yield _recorded(json.loads(line))


def recording_file(folder: Path, name: str) -> RecordingFile:
    """The file called `name`. Raises `FileNotFoundError`."""
    match = FILE.fullmatch(name)
    path = folder / "ws" / f"{name}.jsonl.gz"
    if match is None or not path.is_file():
        raise FileNotFoundError(f"no recording {name} of spot or usdm in the folder ws of the data")
    return RecordingFile(path, MARKETS[match["market"]], match["symbol"].upper())


def _recorded(line: dict[str, object]) -> Recorded:
    data = line["d"]
    at_ms = int(str(line["t"])) / NS_PER_MS
    if not isinstance(data, dict):
        raise TypeError("a recorded line must hold an object in d")
    if "stream" not in data:
        return Recorded(at_ms, None, data)
    return Recorded(at_ms, Message(str(data["stream"]), encoded(data["data"])))
