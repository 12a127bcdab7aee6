"""Medians over many runs, ours and a named peer's interleaved, and the table that shows them."""

import json
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

RUNS: Final = 30
TIMES: Final = frozenset({"us", "ms", "s"})


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; ``ratio`` is peer over ours, so above 1 ours is faster. ``met`` only where there is a target."""

    name: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str | None = None
    ratio: float | None = None
    target: str | None = None
    met: bool | None = None


def versus(
    name: str,
    ours: Callable[[], object],
    peer: Callable[[], object] | None = None,
    *,
    peer_name: str | None = None,
    ratio_at_least: float | None = None,
    runs: int = RUNS,
) -> Row:
    """Time both in turn, so that a busy moment of the machine hits both, and return their medians in ms."""
    ours()
    if peer is not None:
        peer()
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(runs):
        mine.append(_elapsed_ms(ours))
        if peer is not None:
            theirs.append(_elapsed_ms(peer))
    median = statistics.median(mine)
    other = statistics.median(theirs) if theirs else None
    return judged(name, "ms", median, other, peer_name, ratio_at_least=ratio_at_least)


def judged(
    name: str,
    unit: str,
    ours: float,
    peer: float | None = None,
    peer_name: str | None = None,
    *,
    at_most: float | None = None,
    ratio_at_least: float | None = None,
) -> Row:
    """Hold a measurement against its target and return the row.

    A time is held against a peer's in the same run, since machines differ: ``ValueError`` for one with ``at_most``.
    """
    if at_most is not None and unit in TIMES:
        raise ValueError(f"{name}: a target of time is a ratio to a peer's work in the same run")
    ratio = peer / ours if peer is not None and ours > 0 else None
    target, met = None, None
    if at_most is not None:
        target, met = f"<= {at_most:g} {unit}", ours <= at_most
    if ratio_at_least is not None:
        target, met = f">= {ratio_at_least:g}x", ratio is not None and ratio >= ratio_at_least
    return Row(name, unit, ours, peer, peer_name, ratio, target, met)


def _elapsed_ms(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


async def elapsed_ms(action: Callable[[], Awaitable[object]]) -> float:
    """Time one awaited action in ms."""
    start = time.perf_counter()
    await action()
    return (time.perf_counter() - start) * 1000


def table(rows: Iterable[Row]) -> str:
    """Return the rows as aligned text."""
    lines = [f"{'measurement':<52} {'ours':>12} {'peer':>12} {'ratio':>8}  target"]
    for row in rows:
        ours = f"{row.ours:.3g} {row.unit}"
        peer = f"{row.peer:.3g} {row.unit}" if row.peer is not None else "-"
        ratio = f"{row.ratio:.2f}x" if row.ratio is not None else "-"
        verdict = "" if row.met is None else ("  met" if row.met else "  MISSED")
        versus_name = f"  vs {row.peer_name}" if row.peer_name else ""
        lines.append(
            f"{row.name:<52} {ours:>12} {peer:>12} {ratio:>8}  {row.target or '-'}{verdict}{versus_name}"
        )
    return "\n".join(lines)


def write_json(rows: Iterable[Row], file: Path) -> None:
    """Write the rows as a JSON list."""
    file.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
