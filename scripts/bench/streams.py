"""Streams: decode and apply beside named clients, and recordings at full speed."""

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from scripts.bench.followers import Cryptofeed, Follower, Ours, PythonBinance, cryptofeed_missing
from scripts.bench.measure import RUNS, Row, judged, versus
from scripts.bench.messages import Recording, is_depth, recordings, synthetic
from scripts.bench.recorded import Watched, merged

PYTHON_BINANCE_RATIO: Final = 5.0
CRYPTOFEED_RATIO: Final = 1.01
"""Faster, and not merely as fast."""
RECORDED_RATE_RATIO: Final = 60.0
PER_RUN: Final = 50
"""Messages per timed run; every run goes on where the one before ended."""
PASSES: Final = 3
US_PER_MS: Final = 1000.0
NS_PER_US: Final = 1000.0

Peer = PythonBinance | Cryptofeed
Step = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Pace:
    """How many messages a timed run takes, and how many runs there are."""

    per_run: int = PER_RUN
    runs: int = RUNS

    @property
    def needed(self) -> int:
        """Messages that all runs take together, the first of them unmeasured."""
        return self.per_run * (self.runs + 1)


def rows(data: Path | None) -> Iterator[Row]:
    """Measure everything; what needs the recordings is skipped aloud where ``data`` does not hold them."""
    said = cryptofeed_missing()
    if said is not None:
        print(f"cryptofeed is not measured: {said} (see requirements-bench.in)", file=sys.stderr)
    recorded, pace = _recorded(data or Path("nowhere")), Pace()
    yield from books_beside([*recorded, synthetic(pace.needed)], pace)
    if recorded:
        yield from trades_beside(recorded[0], pace)
        yield replayed(recorded)


def _recorded(data: Path) -> list[Recording]:
    try:
        return recordings(data)
    except OSError as error:
        print(f"recorded streams are not measured: {error}; name their folder with --data", file=sys.stderr)
        return []


def books_beside(books: Sequence[Recording], pace: Pace) -> Iterator[Row]:
    """Measure depth and trades of each recording as they come, beside every peer that is there."""
    for book in books:
        messages = book.depth_and_trades()
        for peer, ratio in _peers():
            ours = Ours(book.market)
            for follower in (ours, peer):
                follower.snapshot(book.snapshot)
            name, mine, its = f"following {book.name}", _either(ours), _either(peer)
            yield _compared(name, mine, (peer, its), messages, pace, ratio)


def trades_beside(book: Recording, pace: Pace) -> Iterator[Row]:
    """Measure trades alone, decoded only and kept as well; the peers keep none, so that only the first is a race."""
    trades = book.trades()
    for peer, _ in _peers():
        ratio = CRYPTOFEED_RATIO if isinstance(peer, Cryptofeed) else None
        ours = Ours(book.market)
        yield _compared("trades, decoded", ours.read_trade, (peer, peer.trade), trades, pace, ratio)
        kept = "trades, decoded and kept (the peer keeps none)"
        yield _compared(kept, ours.trade, (peer, peer.trade), trades, pace, None)


def _peers() -> list[tuple[Peer, float]]:
    """Return every peer that is there, fresh, and how many times as fast we are to be."""
    found: list[tuple[Peer, float]] = [(PythonBinance(), PYTHON_BINANCE_RATIO)]
    return found if cryptofeed_missing() else [*found, (Cryptofeed(), CRYPTOFEED_RATIO)]


def _compared(
    name: str, ours: Step, peer: tuple[Peer, Step], messages: Sequence[bytes], pace: Pace, ratio: float | None
) -> Row:
    """Let both go through the same messages in turn and return the time of one message."""
    if len(messages) < pace.needed:
        raise ValueError(f"{name}: {pace.needed} messages are needed, there are {len(messages)}")
    row = versus(
        name,
        _stepping(ours, messages, pace.per_run),
        _stepping(peer[1], messages, pace.per_run),
        peer_name=peer[0].name,
        ratio_at_least=ratio,
        runs=pace.runs,
    )
    scale = US_PER_MS / pace.per_run
    return replace(row, unit="us", ours=row.ours * scale, peer=None if row.peer is None else row.peer * scale)


def _either(follower: Follower) -> Step:
    """Return what takes an update or a trade."""
    depth, trade = follower.depth, follower.trade
    return lambda raw: depth(raw) if is_depth(raw) else trade(raw)


def _stepping(take: Step, messages: Sequence[bytes], per_run: int) -> Callable[[], None]:
    """Return an action that takes the next messages at each call."""
    runs = iter([messages[at : at + per_run] for at in range(0, len(messages), per_run)])

    def step() -> None:
        for raw in next(runs):
            take(raw)

    return step


def replayed(books: Sequence[Recording], *, passes: int = PASSES) -> Row:
    """Measure all messages of all recordings in one stream, everything that is read kept current after each.

    In CPU time of this process: the messages per second that one core follows.
    """
    messages = merged(books)
    taken_us = statistics.median(_pass(books, messages) for _ in range(passes))
    recorded_us = (messages[-1][0] - messages[0][0]) / NS_PER_US / len(messages)
    name = f"{len(books)} recordings at once ({1e6 / taken_us:,.0f}/s)"
    peer = f"the recorded rate ({1e6 / recorded_us:,.0f}/s)"
    return judged(name, "us", taken_us, recorded_us, peer, ratio_at_least=RECORDED_RATE_RATIO)


def _pass(books: Sequence[Recording], messages: Sequence[tuple[int, int, bytes]]) -> float:
    watched = [Watched(book.market) for book in books]
    start = time.process_time()
    for _, number, raw in messages:
        watched[number].take(raw)
    taken_s = time.process_time() - start
    for book, one in zip(books, watched, strict=True):
        if one.readable == 0:
            raise RuntimeError(f"the book of {book.name} never came into step")
    return taken_s * 1e6 / len(messages)
