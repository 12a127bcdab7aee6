"""What the routes of the HTTP API use."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from aiohttp import web

from analysis.account.result import AccountRisk
from analysis.framework.module import AnyModule, TakesBasket
from analysis.framework.question import Request
from analysis.framework.reasons import Reason
from bot.http_api.access import AccessPolicy
from bot.http_api.query import AnalysisQuery, parse_query, parse_ranking
from bot.metrics.registry import Metrics
from handlers.question_log import QuestionLog
from handlers.registry import Registry
from handlers.services import AccountPort, AnalysisRunner, CompositePort, RecordPort, ScanPort, SymbolPort

Readiness = Callable[[], Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class ApiDependencies:
    """What the routes use. ``readiness`` returns for each part why it is not ready, ``None`` if it is.

    Each request is answered inside ``scope``, which keeps it to one configuration.
    """

    registry: Registry
    runner: AnalysisRunner
    composites: CompositePort
    records: RecordPort
    scans: ScanPort
    symbols: SymbolPort
    market_now: Callable[[], int]
    quote: Callable[[], str]
    readiness: Readiness
    access: AccessPolicy
    version: str
    account: AccountPort
    questions: QuestionLog
    metrics: Metrics = field(default_factory=Metrics)
    scope: Callable[[], AbstractContextManager[object]] = nullcontext

    @property
    def modules(self) -> tuple[AnyModule, ...]:
        """The modules that have a route."""
        return tuple(spec.module for spec in self.registry.analyses if spec.module is not None)

    async def asked(self, request: web.Request, takes: TakesBasket | None) -> AnalysisQuery:
        """Return what a request asks; ``takes`` is how many symbols it may name, ``None`` for one.

        Raises `Problem` for an invalid parameter or a symbol that is not listed.
        """
        return await parse_query(
            request.query, self.symbols, quote=self.quote(), now_ms=self.market_now(), takes=takes
        )

    async def asked_ranking(self, request: web.Request) -> tuple[AnalysisQuery, int]:
        """Return what a request asks to rank, and how many symbols that are.

        Raises `Problem` for an invalid parameter or a symbol that is not listed.
        """
        return await parse_ranking(request.query, self.symbols, quote=self.quote(), now_ms=self.market_now())

    async def read_account(self, query: Request) -> AccountRisk | Reason:
        """Return the own account, for a request that has the token."""
        if not self.account.available:
            return Reason("no_keys")
        if query.as_of is not None:
            return Reason("no_history", {"what": "the account"})
        return await self.account.read(query.interval)
