"""Charts off the event loop: drawn on an injected executor, once for all who ask at the same time."""

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b

import numpy as np
import structlog
from numpy.typing import NDArray

from analysis.framework.content import content_of
from analysis.framework.result import Analysis
from handlers.render.chart import render_chart
from handlers.render.labels import ChartLabels
from handlers.render.look import Drawer, ResultT
from handlers.render.theme import ThemeName
from utils.caching import FinishingSingleFlight, LruMap

log = structlog.get_logger(__name__)

_NOT_DRAWN = frozenset({"computed_at", "sources"})

KEPT_CHARTS = 64
"""Finished pictures kept by default: about 80 KB each."""


@dataclass(frozen=True, slots=True)
class _Key:
    kind: str
    identity: bytes
    theme: ThemeName
    labels: ChartLabels


def identity(result: object) -> bytes:
    """Return a digest of everything a chart of a result draws; equal for equal content, whenever it was computed."""
    if isinstance(result, Analysis):
        return _analysis_identity(result)
    digest = blake2b(digest_size=16)
    for part in content_of(result, lambda _: _NOT_DRAWN):
        digest.update(part)
    return digest.digest()


def _analysis_identity(analysis: Analysis) -> bytes:
    head = (
        *(analysis.module, analysis.symbol, analysis.market, analysis.interval, analysis.as_of),
        *(analysis.bar_close, analysis.is_final, analysis.price, analysis.score, analysis.uncertainty),
        *(analysis.low, analysis.high, analysis.neutral, analysis.config_hash),
        *(analysis.verdict, sorted(analysis.labels.items())),
        *((metric.id, metric.value) for metric in analysis.metrics),
    )
    digest = blake2b(repr(head).encode(), digest_size=16)
    for kind, arrays in _arrays(analysis):
        for name in sorted(arrays):
            values = np.ascontiguousarray(arrays[name])
            digest.update(f"{kind} {name} {values.dtype} {values.shape}".encode())
            digest.update(values.tobytes())
    return digest.digest()


def _arrays(analysis: Analysis) -> Iterator[tuple[str, Mapping[str, NDArray[np.generic]]]]:
    yield "series", analysis.series
    yield "curves", analysis.curves
    for heatmap in analysis.heatmaps:
        kind = f"heatmap {heatmap.id} {heatmap.title} {heatmap.unit}"
        yield kind, {"time": heatmap.time, "level": heatmap.level, "values": heatmap.values}


class ChartRenderer:
    """Draws charts on ``executor`` (threads or processes), which the caller owns, and keeps the last ``keep``.

    Single flight: simultaneous requests for one (result, theme, labels) share one drawing. ``drawn`` counts drawings
    handed to the executor.
    """

    def __init__(self, executor: Executor, *, keep: int = KEPT_CHARTS) -> None:
        self._executor = executor
        self._kept: LruMap[_Key, bytes] = LruMap(keep)
        self._drawing: FinishingSingleFlight[_Key, bytes] = FinishingSingleFlight()
        self.drawn = 0

    async def draw(
        self, draw: Drawer[ResultT], result: ResultT, *, theme: ThemeName, labels: ChartLabels
    ) -> bytes:
        """Return the chart of a result as PNG bytes, drawn by ``draw``.

        Raises what drawing raised and ``BrokenExecutor`` when the workers died; a failed drawing is not kept, so the
        next request draws anew. A cancelled request leaves the drawing to the others that wait for it.
        """
        key = _Key(type(result).__name__, identity(result), theme, labels)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        return await self._drawing.run(key, lambda: self._draw(key, draw, result))

    async def _draw(self, key: _Key, draw: Drawer[ResultT], result: ResultT) -> bytes:
        work = partial(render_chart, draw, result, theme=key.theme, labels=key.labels)
        self.drawn += 1
        try:
            picture = await asyncio.get_running_loop().run_in_executor(self._executor, work)
        except Exception as error:
            log.warning("a chart was not drawn", result=key.kind, error=repr(error))
            raise
        self._kept.put(key, picture)
        return picture
