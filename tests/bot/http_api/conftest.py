"""The HTTP API on a real socket, with a scripted runner."""

import json
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest

from analysis.framework.module import TakesBasket
from analysis.framework.question import PATIENCE, NeighbourPatience, Request
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from bot.http_api.access import AccessPolicy
from bot.http_api.connections import ConnectionLimits
from bot.http_api.dependencies import ApiDependencies
from bot.http_api.server import HttpServer, build_app
from bot.metrics.registry import Metrics
from composite.declared import BY_NAME
from composite.judged import LiveRecord
from composite.record import TrackRecord
from composite.result import Composite
from handlers.chat.quota import Quota
from handlers.commands.routes import build_registry
from handlers.question_log import QuestionLog
from handlers.scanner import Scanner
from handlers.services import NamedBasket, SymbolFound, SymbolMissing
from tests.bot.samples import AS_OF, sample_analysis, sample_module
from tests.support.accounts import ScriptedAccount
from tests.support.clock import FakeClock
from tests.support.composites import sample_composite

NOW = AS_OF + 3_600_000


@dataclass
class Runner:
    asked: list[Request] = field(default_factory=list)
    error: Exception | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)

    async def run(
        self,
        module_id: str,
        request: Request,
        *,
        other_timeframes: bool = False,
        cost: bool = False,
        patience: NeighbourPatience | None = None,
    ) -> Analysis:
        assert (module_id, other_timeframes, cost, patience) == ("trend", True, True, PATIENCE)
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        return sample_analysis(request, **self.changes)


@dataclass
class Composites:
    asked: list[tuple[str, Request]] = field(default_factory=list)
    error: Exception | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    records: tuple[TrackRecord, ...] = ()

    async def score(self, name: str, request: Request) -> Composite:
        self.asked.append((name, request))
        if self.error is not None:
            raise self.error
        declared = BY_NAME[name]
        facts: dict[str, Any] = {
            "name": name,
            "score_name": declared.score_name,
            "symbol": request.symbol,
            "market": request.market,
            "interval": request.interval,
            "basket": request.basket,
            "neutral": declared.neutral,
        }
        facts |= {"score": None, "weights": {"BTC": 0.6, "USDT": 0.4}} if declared.is_weights else {}
        return sample_composite(**(facts | dict(self.changes)))

    async def all(self, request: Request) -> tuple[Composite, ...]:
        raise AssertionError("no route asks for all")

    async def evidence(self, name: str, request: Request) -> tuple[TrackRecord, ...]:
        return self.records


@dataclass
class Records:
    asked: list[tuple[str, Request]] = field(default_factory=list)
    answer: LiveRecord | Reason = field(default_factory=lambda: LiveRecord(()))

    async def published(self, name: str, request: Request) -> LiveRecord | Reason:
        self.asked.append((name, request))
        return self.answer


class Symbols:
    async def basket(self, word: str, *, quote: str) -> NamedBasket | None:
        members = ("BTCUSDT", "1000SHIBUSDT")
        return (
            NamedBasket(word, tuple(SymbolFound(one, "spot") for one in members)) if word == "top2" else None
        )

    async def resolve(self, word: str, *, quote: str) -> SymbolFound | SymbolMissing:
        assert quote == "USDT"
        known: dict[str, SymbolFound | SymbolMissing] = {
            "BTCUSDT": SymbolFound("BTCUSDT", "spot"),
            "btc": SymbolFound("BTCUSDT", "spot"),
            "BTCUSDT.P": SymbolFound("BTCUSDT", "futures"),
            "1000SHIBUSDT": SymbolFound("1000SHIBUSDT", "futures"),
            "LUNAUSDT": SymbolMissing("LUNAUSDT", "delisted"),
        }
        near = (SymbolFound("BTCUSDT", "spot"), SymbolFound("BTCUSDC", "futures"))
        return known.get(word, SymbolMissing(word, "unknown", near))


@dataclass
class Api:
    runner: Runner
    url: str
    session: aiohttp.ClientSession
    ready: dict[str, str | None]
    account: ScriptedAccount
    composites: Composites
    records: Records

    async def get(self, path: str, **headers: str) -> tuple[int, Any, Mapping[str, str]]:
        async with self.session.get(f"{self.url}{path}", headers=headers) as answer:
            body = await answer.text()
            is_json = "json" in answer.content_type
            return answer.status, json.loads(body) if is_json else body, answer.headers


@dataclass
class Setting:
    token: str | None = None
    required: bool = False
    per_minute: int = 100
    account: bool = False
    basket: TakesBasket | None = None
    limits: ConnectionLimits | None = None


@pytest.fixture
def setting() -> Setting:
    return Setting()


@pytest.fixture
async def api(session: aiohttp.ClientSession, clock: FakeClock, setting: Setting) -> AsyncIterator[Api]:
    ready: dict[str, str | None] = {"telegram": None, "binance": None}
    metrics = Metrics()
    runner, composites, records, account = Runner(), Composites(), Records(), ScriptedAccount()
    symbols = Symbols()
    access = AccessPolicy(
        clock,
        random.Random(1),
        Quota(clock),
        setting.token,
        required=setting.required,
        per_minute=setting.per_minute,
    )
    parts = ApiDependencies(
        build_registry([replace(sample_module(), account=setting.account, basket=setting.basket)]),
        runner,
        composites,
        records,
        Scanner(symbols, composites),
        symbols,
        market_now=lambda: NOW,
        quote=lambda: "USDT",
        readiness=lambda: ready,
        access=access,
        version="0.1",
        account=account,
        questions=QuestionLog(clock, metrics.note_question),
        metrics=metrics,
    )
    server = HttpServer(build_app(parts), "127.0.0.1", 0, clock=clock, limits=setting.limits)
    await server.open()
    yield Api(runner, server.url, session, ready, account, composites, records)
    await server.close()
