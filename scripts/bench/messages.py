"""Stream messages for measurements: recorded ones in the order of receipt, or seeded ones of any depth."""

import gzip
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from utils.binance_api.streams.continuity import BookMarket

SIMULTANEOUS: Final[tuple[tuple[str, BookMarket], ...]] = (
    ("spot_btcusdt_2024-08-08", "spot"),
    ("usdm_btcusdt_2024-08-08", "futures"),
    ("usdm_ethusdt_2024-08-08", "futures"),
)
"""Files recorded at the same time, and their markets."""
_HEAD: Final = 60
"""A message's kind stands within its first bytes."""
TICKS_PER_UNIT: Final = 100
MID_TICKS: Final = 30_000 * TICKS_PER_UNIT
DEEP_TICKS: Final = 1_000
DELETED_SHARE: Final = 0.3


class _Ids(msgspec.Struct):
    final_id: int = msgspec.field(name="u")


class _Depth(msgspec.Struct):
    data: _Ids


class _Snapshot(msgspec.Struct):
    last_update_id: int = msgspec.field(name="lastUpdateId")


@dataclass(frozen=True, slots=True)
class Recording:
    """One symbol's messages: (receive time in ns, raw bytes) in order, the REST snapshot among them."""

    name: str
    market: BookMarket
    messages: Sequence[tuple[int, bytes]]

    @property
    def snapshot(self) -> bytes:
        """The REST order book."""
        return next(raw for _, raw in self.messages if is_snapshot(raw))

    def depth_and_trades(self) -> list[bytes]:
        """Return single trades and the updates that the snapshot does not know yet: what counts once it is loaded."""
        known = msgspec.json.decode(self.snapshot, type=_Snapshot).last_update_id
        return [
            raw for _, raw in self.messages if is_trade(raw) or (is_depth(raw) and _final_id(raw) > known)
        ]

    def trades(self) -> list[bytes]:
        """Return the single trades."""
        return [raw for _, raw in self.messages if is_trade(raw)]


def is_snapshot(raw: bytes) -> bool:
    """Whether a recorded message is the REST order book."""
    return raw.startswith(b'{"lastUpdateId"')


def is_depth(raw: bytes) -> bool:
    """Whether a message is an update of a book."""
    return b"@depth" in raw[:_HEAD]


def is_trade(raw: bytes) -> bool:
    """Whether a message is a single trade."""
    return b"@trade" in raw[:_HEAD]


def _final_id(raw: bytes) -> int:
    return msgspec.json.decode(raw, type=_Depth).data.final_id


def recordings(data: Path) -> list[Recording]:
    """Read the simultaneous recordings under ``data``; raises ``OSError`` where one is missing."""
    files = ((name, market, data / "ws" / f"{name}.jsonl.gz") for name, market in SIMULTANEOUS)
    return [Recording(name, market, _read(file)) for name, market, file in files]


def _read(file: Path) -> list[tuple[int, bytes]]:
    with gzip.open(file, "rb") as lines:
        return [_split(line) for line in lines]


def _split(line: bytes) -> tuple[int, bytes]:
    """Cut ``{"t":<ns>,"d":<message>}`` without decoding the message."""
    comma = line.index(b",")
    return int(line[line.index(b":") + 1 : comma]), line[line.index(b":", comma) + 1 : line.rindex(b"}")]


def synthetic(updates: int, levels: int = 50, seed: int = 7) -> Recording:
    """Return a spot book and ``updates`` changes of ``levels`` levels a side, a part of them deletions.

    Prices lie within ``DEEP_TICKS`` of a mid that stays, mostly near it, so that the book never crosses.
    """
    rng = random.Random(seed)
    everything = range(1, DEEP_TICKS + 1)
    bids, asks = _side(rng, everything, -1, 0.0), _side(rng, everything, 1, 0.0)
    snapshot = {"lastUpdateId": 0, "bids": bids, "asks": asks}
    made = [json.dumps(snapshot, separators=(",", ":")).encode()]
    made += [_update(rng, number, levels) for number in range(1, updates + 1)]
    return Recording(f"2x{levels} levels, synthetic", "spot", list(enumerate(made)))


def _update(rng: random.Random, number: int, levels: int) -> bytes:
    sides = [_side(rng, levels_near(rng, levels), sign, DELETED_SHARE) for sign in (-1, 1)]
    data = {"e": "depthUpdate", "E": number, "s": "BTCUSDT", "U": number, "u": number}
    frame = {"stream": "btcusdt@depth@100ms", "data": {**data, "b": sides[0], "a": sides[1]}}
    return json.dumps(frame, separators=(",", ":")).encode()


def levels_near(rng: random.Random, levels: int) -> list[int]:
    """Draw distinct distances from the mid (ticks), denser near it."""
    drawn: set[int] = set()
    while len(drawn) < levels:
        drawn.add(1 + min(DEEP_TICKS - 1, int(rng.expovariate(1 / (2 * levels)))))
    return sorted(drawn)


def _side(rng: random.Random, distances: Iterable[int], sign: int, deleted: float) -> list[tuple[str, str]]:
    rows = []
    for distance in distances:
        price = (MID_TICKS + sign * distance) / TICKS_PER_UNIT
        quantity = 0.0 if rng.random() < deleted else rng.lognormvariate(0, 1)
        rows.append((f"{price:.8f}", f"{quantity:.8f}"))
    return rows
