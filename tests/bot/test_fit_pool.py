"""Fits and traces in real worker processes: the same answer as in one process, also if a worker dies."""

import os
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from analysis import trend_moment
from analysis.framework.module import AnyModule
from analysis.framework.question import Listing, Request, Sources
from analysis.framework.runner import Runner
from analysis.trend.inputs import TrendInputs
from analysis.trend.metrics import TrendSection
from bot.executors import ProcessPool, RebuildingPool
from bot.fork_server import PRELOAD
from config.base import ConfigModel
from config.c_trend import TrendConfig
from tests.analysis.trend.readings import inputs_of, read
from tests.bot.fatal_fit.fit import FatalInputs
from tests.support.clock import FakeClock
from tests.support.recorded import walk_bars
from utils.http.errors import Unavailable

pytestmark = pytest.mark.slow

BARS = walk_bars(1500, seed=21)
ASKED = Request("BTCUSDT", "4h", as_of=BARS.as_of)


async def fetch(sources: Sources, listing: Listing, request: Request, config: TrendConfig) -> TrendInputs:
    del sources, listing, request, config
    return inputs_of(BARS)


@pytest.fixture
def fits() -> Iterator[RebuildingPool]:
    pool = RebuildingPool(partial(ProcessPool, 2, PRELOAD))
    yield pool
    pool.shutdown(wait=True)


class Closed:
    """An exchange without symbol tables and with a fixed time."""

    def __init__(self, clock: FakeClock) -> None:
        self.market_time_ms = clock.now_ms
        self.spot = self.futures = SimpleNamespace(symbols=self.symbols)

    async def symbols(self) -> None:
        raise Unavailable("made.up", "not now")


def runner_of(module: AnyModule, fits: RebuildingPool) -> Runner:
    clock = FakeClock()
    sources = cast(Any, SimpleNamespace(exchange=Closed(clock)))
    sections: dict[str, ConfigModel] = {"trend": TrendSection()}
    return Runner(sources, (module,), lambda: sections, clock=clock, heavy=fits)


async def test_fits_and_traces_of_worker_processes_are_those_of_this_one(fits: RebuildingPool) -> None:
    runner = runner_of(replace(trend_moment.MODULE, fetch=fetch), fits)
    answer = await runner.run("trend", ASKED)
    path = await runner.trace("trend", ASKED, 1500)
    await runner.close()
    assert answer.score == read(inputs_of(BARS)).score == path.score[-1]
    assert runner.counts["fitted"] > 0


async def test_an_answer_comes_although_a_worker_is_killed_in_a_fit(
    fits: RebuildingPool, tmp_path: Path
) -> None:
    whole = inputs_of(BARS)
    carried = {one.name: getattr(whole, one.name) for one in fields(whole)}

    async def with_folder(*_: object) -> TrendInputs:
        return FatalInputs(**carried, folder=str(tmp_path))

    module = replace(trend_moment.MODULE, fetch=with_folder, package="tests.bot.fatal_fit")
    runner = runner_of(module, fits)
    answer = await runner.run("trend", ASKED)
    await runner.close()
    assert answer.score == read(inputs_of(BARS)).score
    assert fits.rebuilt == 1
    by = {int(path.name.rpartition("-")[2]) for path in tmp_path.glob("fitted-by-*")}
    assert by
    assert os.getpid() not in by
