"""The scalars of a module over more bars than an answer reads: what it said at each close, by the functions of answers.

The sources are those of a live answer, so that a row has what an answer at its close had, as far back as they reach.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from analysis.framework.jobs import PickledFit, fit_all, scalars_of
from analysis.framework.module import AnyModule, module_by
from analysis.framework.question import Listing, Request, Scope, Sources
from analysis.framework.scalar_past import ScalarPast
from analysis.sources.bars import fetch_bars, fetch_counterpart
from analysis.sources.listing import resolve_listing
from config.base import ConfigModel

PAGE: Final = 1000
"""Bars in one answer of the exchange."""
COUNTERPART: Final = "counterpart"
FITS_A_JOB: Final = 4
"""Few, so that a worker is soon free for whoever waits for an answer."""

ResultT = TypeVar("ResultT")
Configs = Callable[[], Mapping[str, ConfigModel]]


@dataclass(frozen=True, slots=True)
class ReadPast:
    """The scalars of a module, and the digest of the configuration that they were computed with."""

    config_hash: str
    past: ScalarPast


class PastReader:
    """Computes the past of scalars; ``configs`` are the sections in force, ``executor`` fits and traces."""

    def __init__(
        self,
        sources: Sources,
        modules: Sequence[AnyModule],
        configs: Configs,
        *,
        executor: Executor | None = None,
    ) -> None:
        self._sources = sources
        self._modules = tuple(modules)
        self._configs = configs
        self._executor = executor

    async def read(self, module_id: str, request: Request, rows: int) -> ReadPast:
        """Return the scalars at the last ``rows`` closes, fewer where history begins later.

        ``KeyError`` for an unknown module, ``SourceError`` where the bars cannot be read.
        """
        module = module_by(module_id, self._modules)
        config = self._configs()[module.id]
        listing = (await resolve_listing(self._sources, request)).seen_from(module.market)
        needed = module.history(config, request.interval)
        request = replace(request, scope=Scope(needed + rows, scores_only=True))
        await self._read_bars(module, request, listing, range(needed, needed + rows, PAGE))
        inputs = await module.fetch(self._sources, listing, request, config)
        fits = await self._fits(module, inputs, config)
        past = await self._on(scalars_of, module, inputs, fits, config, request.scope, rows)
        return ReadPast(config.digest, past)

    async def _read_bars(
        self, module: AnyModule, request: Request, listing: Listing, counts: Iterable[int]
    ) -> None:
        """Read more and more bars: an answer that reads the same ones waits for a page, not for all of them."""
        both_markets = any(COUNTERPART in spec.needs for spec in module.metrics)
        for rows in counts:
            await fetch_bars(self._sources, request, listing.instrument, rows)
            if both_markets:
                await fetch_counterpart(self._sources, request, listing, rows)

    async def _fits(self, module: AnyModule, inputs: Any, config: ConfigModel) -> dict[int, PickledFit]:
        times = [key.refit_time for key in module.fit_keys(inputs, config)]
        fits: dict[int, PickledFit] = {}
        for start in range(0, len(times), FITS_A_JOB):
            share = times[start : start + FITS_A_JOB]
            fits |= await self._on(fit_all, module.package, inputs, config, share)
        return fits

    async def _on(self, job: Callable[..., ResultT], *arguments: object) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._executor, job, *arguments)
