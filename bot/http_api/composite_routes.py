"""The routes of the composite scores."""

from aiohttp import web

from bot.http_api.account_shape import account_answer
from bot.http_api.composite_shape import composite_answer
from bot.http_api.dependencies import ApiDependencies
from bot.http_api.problems import Problem
from bot.http_api.ranking_shape import ranking_answer
from bot.http_api.record_shape import record_answer
from bot.http_api.replies import PRIVATE, json_reply
from composite.declared import BY_NAME, DeclaredScore


class CompositeRoutes:
    """Answers `/composite/{name}`, its record, and its ranking of many symbols."""

    def __init__(self, dependencies: ApiDependencies) -> None:
        self._dependencies = dependencies

    async def score(self, request: web.Request) -> web.Response:
        """Answer with one score; a request with the token also gets the danger of the own account."""
        dependencies, declared = self._dependencies, _declared(request)
        query = await dependencies.asked(request, declared.basket)
        composite = await dependencies.composites.score(declared.name, query.request)
        answer = composite_answer(composite, query.request, query.notes)
        if not (declared.account and dependencies.access.is_owner(request)):
            return json_reply(answer)
        account = await dependencies.read_account(query.request)
        return json_reply(answer | account_answer(account), headers=PRIVATE)

    async def ranking(self, request: web.Request) -> web.Response:
        """Answer with one score of many symbols, ranked."""
        dependencies, declared = self._dependencies, _declared(request)
        if declared.basket is not None:
            raise Problem(404, "this score is of several symbols together, and ranks none", parameter="name")
        query, count = await dependencies.asked_ranking(request)
        ranking = await dependencies.scans.scan(
            declared.name, count, query.request, quote=dependencies.quote(), progress=lambda _done, _of: None
        )
        return json_reply(ranking_answer(ranking, query.notes))

    async def record(self, request: web.Request) -> web.Response:
        """Answer with what was measured of a score, and what happened after each that was published."""
        dependencies, declared = self._dependencies, _declared(request)
        query = await dependencies.asked(request, declared.basket)
        asked, moment = query.request, query.request.as_of
        answer = record_answer(
            declared.name,
            asked,
            dependencies.market_now() if moment is None else moment,
            await dependencies.composites.evidence(declared.name, asked),
            await dependencies.records.published(declared.name, asked),
            query.notes,
        )
        return json_reply(answer)


def _declared(request: web.Request) -> DeclaredScore:
    found = BY_NAME.get(request.match_info["name"])
    if found is None:
        raise Problem(404, f"no such composite; known are {', '.join(BY_NAME)}", parameter="name")
    return found
