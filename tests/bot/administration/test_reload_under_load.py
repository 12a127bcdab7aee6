"""The configuration file is rewritten and reloaded a hundred times while fifty questions over HTTP are under way.

A version of the file gives two settings of different sections the same number: a module's answer carries the one, the
score's specification the other, and the JSON shows both. An answer that mixed two versions would show two numbers.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import aiohttp
import numpy as np

from analysis.framework.question import Request
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from bot.http_api.access import AccessPolicy
from bot.http_api.dependencies import ApiDependencies
from bot.http_api.server import HttpServer, build_app
from bot.metrics.registry import Metrics
from bot.publishing import PublishedComposites, ScorePublisher
from composite.sections import NAME as COMPOSITE
from composite.sections import CompositeSettings
from composite.service import CompositeService
from handlers.chat.quota import Quota
from handlers.commands.routes import build_registry
from handlers.question_log import QuestionLog
from handlers.services import NamedBasket, SymbolFound, SymbolMissing
from tests.bot.administration.house import House, house
from tests.bot.http_api.conftest import Records
from tests.composite.answers import HOUR, MIDNIGHT, answer_with
from tests.support.accounts import ScriptedAccount
from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S

QUESTIONS, RELOADS, INVALID_EVERY = 50, 100, 9
CLOSES: Final = MIDNIGHT + HOUR * np.arange(1, 101, dtype=np.int64) - 1
FILE: Final = """
[trend]
rsi_period = {number}
[composite.trend_strength]
min_coverage = {share}
min_groups = 1
"""
INVALID: Final = (
    "[trend",
    "[trend]\nrsi_period = 1\n",
    "[trend]\nrsi_perod = 20\n[composite.trend_strength]\nmin_coverage = 0.001\n",
    FILE.format(number=20, share=7),
)


def written(number: int) -> str:
    return FILE.format(number=number, share=number / 1000)


@dataclass
class Reloads:
    """How many reloads are over, for those who wait for the next ones."""

    done: int = 0

    def __post_init__(self) -> None:
        self._turn = asyncio.Condition()

    async def note(self) -> None:
        async with self._turn:
            self.done += 1
            self._turn.notify_all()

    async def wait(self, count: int) -> None:
        """Wait until ``count`` more are over, or all."""
        until = min(RELOADS, self.done + count)
        async with self._turn:
            await self._turn.wait_for(lambda: self.done >= until)


class SlowModules:
    """A runner whose modules answer some reloads later, with the configuration that is in force for them then."""

    def __init__(self, made: House, reloads: Reloads, rng: random.Random) -> None:
        self._made, self._reloads, self._rng = made, reloads, rng

    async def run(self, module_id: str, request: Request) -> Analysis:
        await self._reloads.wait(self._rng.randrange(10, 30))
        period = self._made.holder.current.sections["trend"].model_dump()["rsi_period"]
        answer = answer_with("trend", "trend.direction", CLOSES, np.full(len(CLOSES), period / 1000))
        return replace(answer, module=module_id)


class Symbols:
    """Everything is a symbol of the spot market."""

    async def basket(self, word: str, *, quote: str) -> NamedBasket | None:
        return None

    async def resolve(self, word: str, *, quote: str) -> SymbolFound | SymbolMissing:
        return SymbolFound(word, "spot")


@asynccontextmanager
async def served(made: House, reloads: Reloads, session: aiohttp.ClientSession) -> AsyncIterator[str]:
    """The scores over HTTP, by the configuration of ``made``; yields the address."""
    clock, rng = FakeClock(MIDNIGHT + 100 * HOUR), random.Random(4)
    service = CompositeService(
        SlowModules(made, reloads, rng),
        MODULES,
        lambda: made.holder.section(COMPOSITE, CompositeSettings).specs(),
        clock=clock,
    )
    parts = ApiDependencies(
        build_registry(MODULES),
        _not_asked(),
        PublishedComposites(service, ScorePublisher(lambda: None, clock, rng), made.holder.pinned),
        Records(),
        _not_asked(),
        Symbols(),
        market_now=clock.now_ms,
        quote=lambda: "USDT",
        readiness=dict,
        access=AccessPolicy(clock, rng, Quota(clock), None, required=False, per_minute=100_000),
        version="0.1",
        account=ScriptedAccount(),
        questions=QuestionLog(clock),
        metrics=Metrics(),
        scope=made.holder.pinned,
    )
    server = HttpServer(build_app(parts), "127.0.0.1", 0, clock=clock)
    await server.open()
    try:
        yield server.url
    finally:
        await server.close()


def _not_asked() -> Any:
    return None  # no module and no ranking is asked over HTTP here


@dataclass(frozen=True)
class Answer:
    """What an answer's JSON shows of both settings and its specification, and the reloads before and after it."""

    period: int
    share: int
    config: str
    began: int
    ended: int


async def ask(session: aiohttp.ClientSession, url: str, number: int, reloads: Reloads) -> list[Answer]:
    """Ask about one symbol again and again until the last reload is over."""
    answers = list[Answer]()
    while reloads.done < RELOADS:
        began = reloads.done
        query = f"symbol=C{number}USDT&interval=1h"
        async with session.get(f"{url}/composite/trend_strength?{query}") as response:
            said = await response.text()
            assert response.status == 200, said
        body = json.loads(said)
        (direction,) = (one for one in body["contributions"] if one["input"] == "trend.direction")
        share, period = round(1000 * body["min_coverage"]), round(1000 * direction["value"])
        answers.append(Answer(period, share, body["config"], began, reloads.done))
    return answers


async def reload(made: House, reloads: Reloads, file: Path) -> None:
    """Rewrite and reload the file, some times with what is refused."""
    for count in range(1, RELOADS + 1):
        before = made.holder.newest
        if count % INVALID_EVERY == 0:
            file.write_text(INVALID[count // INVALID_EVERY % len(INVALID)])
            assert (await made.said("/reload")).startswith("Refused; the configuration stays as it was\n")
            assert made.holder.newest is before
        else:
            file.write_text(written(10 + count % 7))
            assert (await made.said("/reload")).startswith("In force; ")
            assert made.holder.newest.sections["trend"].model_dump()["rsi_period"] == 10 + count % 7
        await reloads.note()


async def test_each_answer_is_of_one_version_of_the_file(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    reloads = Reloads()
    async with (
        asyncio.timeout(PATIENCE_S),
        house(tmp_path, written(10)) as made,
        served(made, reloads, session) as url,
    ):
        asking = [asyncio.create_task(ask(session, url, number, reloads)) for number in range(QUESTIONS)]
        await reload(made, reloads, made.file)
        answers = [one for some in await asyncio.gather(*asking) for one in some]
    assert len(answers) >= QUESTIONS
    assert [one for one in answers if one.period != one.share] == []
    specs = {one.config: one.share for one in answers}
    assert len(specs) == len(set(specs.values())) > 3
    assert sum(one.ended > one.began for one in answers) >= QUESTIONS
