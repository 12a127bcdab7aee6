"""Put generated bars through every module and print what was wrong; 1 where anything was.

``scripts/fuzz_bars --count 2000 --seed 1`` covers 1 to 20,000 bars of every kind; ``--only N`` repeats one series.
"""

import argparse
import asyncio
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, cast

from analysis.framework.question import Request, Sources
from analysis.framework.runner import Runner
from analysis.registry import MODULES
from config.base import ConfigModel
from config.c_cost import CostConfig
from scripts.bar_fuzz.judge import complaints
from scripts.bar_fuzz.series import LONGEST, SYMBOL, series
from scripts.bar_fuzz.world import Exchange, Silent
from utils.binance_api.intervals import SHORTEST_MS
from utils.clock import SystemClock

SHOWN = 25
"""Kinds of complaints that are printed, the most frequent first."""
CONFIGS: dict[str, ConfigModel] = {module.id: module.config() for module in MODULES} | {"cost": CostConfig()}


def tried(seed: int, longest: int = LONGEST) -> tuple[str, list[str]]:
    """Return the kind of one series and what its answers were wrong in, each with its module."""
    kind, bars = series(seed, longest)
    asked_at = bars.as_of + seed % 5 * SHORTEST_MS[bars.interval] + 1
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        found = asyncio.run(_answers(Exchange(bars, asked_at), kind, bars.interval))
    return kind, found


async def _answers(exchange: Exchange, kind: str, interval: str) -> list[str]:
    sources = Sources(cast(Any, exchange), cast(Any, Silent()))
    with ThreadPoolExecutor(1) as pool:
        runner = Runner(sources, MODULES, lambda: CONFIGS, clock=SystemClock(), executor=pool)
        found = [line async for line in _lines(runner, exchange, kind, interval)]
        await runner.close()
    return found


async def _lines(runner: Runner, exchange: Exchange, kind: str, interval: str) -> Any:
    for module in MODULES:
        if module.interval_of(interval) != interval:
            continue
        # a stream module's live answer reads ticks; of a past moment it reads bars
        as_of = exchange.market_time_ms() if module.job == "stream" else None
        try:
            answer = await runner.run(module.id, Request(SYMBOL, interval, as_of), cost=True)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            yield f"{module.id}: {type(error).__name__}: {error} ({place.filename}:{place.lineno})"
            continue
        for line in complaints(answer, kind, exchange.spot.bars(interval)):
            yield f"{module.id}: {line}"


def _all(executor: Executor, seeds: Sequence[int], longest: int) -> Iterator[tuple[str, list[str]]]:
    yield from executor.map(tried, seeds, [longest] * len(seeds), chunksize=4)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz_bars", description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1, help="of the first series")
    parser.add_argument("--longest", type=int, default=LONGEST, help="most bars of a series")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--only", type=int, help="the seed of one series")
    wanted = parser.parse_args(arguments)
    first, count = (wanted.seed, wanted.count) if wanted.only is None else (wanted.only, 1)
    seeds = range(first, first + count)
    kinds: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    example: dict[str, int] = {}
    with ProcessPoolExecutor(wanted.jobs) as pool:
        for seed, (kind, lines) in zip(seeds, _all(pool, seeds, wanted.longest), strict=True):
            kinds[kind] += 1
            wrong.update(set(lines))
            for line in lines:
                example.setdefault(line, seed)
    print(f"{count} series through {len(MODULES)} modules:", dict(kinds.most_common()))
    for line, times in wrong.most_common(SHOWN):
        print(f"{times:5d} x {line} (first: --only {example[line]})")
    print(f"{sum(wrong.values())} complaints of {len(wrong)} kinds")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
