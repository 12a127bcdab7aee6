"""While the configuration is exchanged again and again, each answer is computed with one of them alone."""

import asyncio
import random
from dataclasses import replace
from typing import Final

import numpy as np

from analysis.framework.question import Request
from analysis.framework.result import Analysis
from analysis.registry import MODULES
from bot.publishing import PublishedComposites, ScorePublisher
from bot.sections import config_sections
from composite.sections import NAME as COMPOSITE
from composite.sections import CompositeSettings
from composite.service import CompositeService
from config.holder import ConfigHolder
from config.loader import Snapshot
from tests.composite.answers import HOUR, MIDNIGHT, answer_with
from tests.support.clock import FakeClock

COMMANDS, RELOADS, VERSIONS = 50, 100, 7
ASKED: Final = Request("BTCUSDT", "1h")
CLOSES: Final = MIDNIGHT + HOUR * np.arange(1, 401, dtype=np.int64) - 1
TREND: Final = answer_with("trend", "trend.direction", CLOSES, np.linspace(-1, 1, 400))


def snapshot(version: int) -> Snapshot:
    """A configuration whose every version sets a module and a score differently."""
    tables = {
        "trend": {"rsi_period": 10 + version},
        COMPOSITE: {"trend_strength": {"tau": 1.0 + version, "min_coverage": 0.0, "min_groups": 1}},
    }
    return Snapshot(
        {name: kind.model_validate(tables.get(name, {})) for name, kind in config_sections(MODULES).items()}
    )


class SlowModules:
    """A runner whose modules answer after turns of the loop, with the configuration that is then in force."""

    def __init__(self, holder: ConfigHolder, rng: random.Random) -> None:
        self._holder, self._rng = holder, rng

    async def run(self, module_id: str, request: Request) -> Analysis:
        for _ in range(self._rng.randrange(20)):
            await asyncio.sleep(0)
        config = self._holder.current.sections[module_id]
        return replace(TREND, module=module_id, config_hash=config.digest)


class SeenAnswers:
    """Passes answers on and keeps with which configuration the asked task received them."""

    def __init__(self, inner: SlowModules) -> None:
        self._inner = inner
        self.of_task: dict[str, set[str]] = {}

    async def run(self, module_id: str, request: Request) -> Analysis:
        answer = await self._inner.run(module_id, request)
        if module_id == "trend":
            self.of_task.setdefault(request.symbol, set()).add(answer.config_hash)
        return answer


async def test_each_of_fifty_answers_is_of_one_configuration_while_a_hundred_replace_it() -> None:
    versions = [snapshot(version) for version in range(VERSIONS)]
    holder, rng, clock = ConfigHolder(versions[0]), random.Random(4), FakeClock(MIDNIGHT)
    seen = SeenAnswers(SlowModules(holder, rng))
    service = CompositeService(
        seen, MODULES, lambda: holder.section(COMPOSITE, CompositeSettings).specs(), clock=clock
    )
    port = PublishedComposites(service, ScorePublisher(lambda: None, clock, rng), holder.pinned)
    module_of_spec = {
        one.section(COMPOSITE, CompositeSettings).specs()["trend_strength"].digest: one.sections[
            "trend"
        ].digest
        for one in versions
    }

    async def ask(number: int) -> str:
        for _ in range(2 * number):
            await asyncio.sleep(0)
        return (await port.score("trend_strength", replace(ASKED, symbol=f"C{number}USDT"))).config_hash

    async def reload() -> None:
        for count in range(RELOADS):
            holder.swap(versions[count % VERSIONS])
            await asyncio.sleep(0)

    specs, _ = await asyncio.gather(asyncio.gather(*map(ask, range(COMMANDS))), reload())
    assert len(set(specs)) > 3
    for number, spec in enumerate(specs):
        assert seen.of_task[f"C{number}USDT"] == {module_of_spec[spec]}
