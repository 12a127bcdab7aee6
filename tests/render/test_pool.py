"""Charts are drawn on the executor, once for all who ask together, and a failure is nobody's cache."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, Metric
from handlers.modules.trend_chart import draw_trend
from handlers.render.labels import ChartLabels
from handlers.render.pool import ChartRenderer, identity
from handlers.render.scene import Scene
from handlers.render.theme import Theme
from tests.render.samples import ENGLISH_LABELS, picture, result, turkish_labels, walk


class HandExecutor(Executor):
    """Runs what was submitted when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: fn(*args, **kwargs)))
        return future

    def work(self) -> None:
        for future, task in self.waiting:
            try:
                future.set_result(task())
            except LookupError as error:
                future.set_exception(error)
        self.waiting.clear()


def refuse(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    raise LookupError(analysis.module)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_many_who_ask_together_share_one_drawing() -> None:
    executor = HandExecutor()
    charts = ChartRenderer(executor)
    asked = [
        asyncio.create_task(charts.draw(draw_trend, result(walk()), theme="dark", labels=ENGLISH_LABELS))
        for _ in range(20)
    ]
    await settle()
    assert len(executor.waiting) == 1
    executor.work()
    pictures = await asyncio.gather(*asked)
    assert set(pictures) == {picture(result(walk()))}


async def test_a_finished_chart_is_kept_and_the_oldest_goes() -> None:
    executor = HandExecutor()
    charts = ChartRenderer(executor, keep=1)

    async def ask(seed: int) -> bytes:
        task = asyncio.create_task(
            charts.draw(draw_trend, result(walk(seed=seed)), theme="dark", labels=ENGLISH_LABELS)
        )
        await settle()
        executor.work()
        return await task

    first = await ask(1)
    assert await ask(1) == first
    assert charts.drawn == 1
    await ask(2)
    await ask(1)
    assert charts.drawn == 3


async def test_theme_language_and_content_are_told_apart() -> None:
    executor = HandExecutor()
    charts = ChartRenderer(executor)
    analysis = result(walk())
    tasks = [
        asyncio.create_task(charts.draw(draw_trend, analysis, theme="dark", labels=ENGLISH_LABELS)),
        asyncio.create_task(charts.draw(draw_trend, analysis, theme="light", labels=ENGLISH_LABELS)),
        asyncio.create_task(charts.draw(draw_trend, analysis, theme="dark", labels=turkish_labels())),
        asyncio.create_task(
            charts.draw(draw_trend, result(walk(seed=8)), theme="dark", labels=ENGLISH_LABELS)
        ),
    ]
    await settle()
    assert len(executor.waiting) == 4
    executor.work()
    assert len(set(await asyncio.gather(*tasks))) == 4


async def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    executor = HandExecutor()
    charts = ChartRenderer(executor)
    leaver, stayer = (
        asyncio.create_task(charts.draw(draw_trend, result(walk()), theme="dark", labels=ENGLISH_LABELS))
        for _ in range(2)
    )
    await settle()
    leaver.cancel()
    await settle()
    executor.work()
    assert (await stayer).startswith(b"\x89PNG")
    assert leaver.cancelled()
    assert charts.drawn == 1


async def test_a_failure_reaches_all_who_wait_and_is_not_kept() -> None:
    executor = HandExecutor()
    charts = ChartRenderer(executor)
    for attempt in (1, 2):
        tasks = [
            asyncio.create_task(charts.draw(refuse, result(walk()), theme="dark", labels=ENGLISH_LABELS))
            for _ in range(2)
        ]
        await settle()
        executor.work()
        for task in tasks:
            with pytest.raises(LookupError):
                await task
        assert charts.drawn == attempt


def test_identity_follows_content_not_the_moment_of_computing() -> None:
    analysis = result(walk())
    assert identity(replace(analysis, computed_at=99)) == identity(analysis)
    assert identity(replace(analysis, price=analysis.price + 1)) != identity(analysis)
    assert identity(replace(analysis, symbol="ETHUSDT")) != identity(analysis)
    assert identity(result(walk(seed=8), price=analysis.price)) != identity(analysis)
    assert identity(replace(analysis, verdict=Reason("constant"))) != identity(analysis)
    assert identity(replace(analysis, labels={"regime_label": "trend"})) != identity(analysis)
    at_zero = Metric("zero_gamma", None, 100.0, "price", None, 0.0, 0.0, None)
    assert identity(replace(analysis, metrics=(at_zero,))) != identity(analysis)
    curved = replace(analysis, curves={"cone_days": np.ones(3)})
    assert identity(curved) != identity(analysis)
    assert identity(replace(analysis, curves={"cone_days": np.arange(3.0)})) != identity(curved)


async def test_worker_processes_draw_the_same_picture() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        drawn = await ChartRenderer(executor).draw(
            draw_trend, result(walk()), theme="dark", labels=ENGLISH_LABELS
        )
    assert drawn == picture(result(walk()))
