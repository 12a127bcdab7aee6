"""The routes of the composite scores."""

from aiohttp import web

from bot.http_api.account_shape import account_answer
from bot.http_api.composite_shape import composite_answer
from bot.http_api.dependencies import ApiDependencies
from bot.http_api.problems import Problem
from bot.http_api.replies import PRIVATE, json_reply
from composite.declared import BY_NAME, DeclaredScore
from handlers.ports import CompositePort


class CompositeRoutes:
    """Answers `/composite/{name}`."""

    def __init__(self, dependencies: ApiDependencies, composites: CompositePort) -> None:
        self._dependencies = dependencies
        self._composites = composites

    async def score(self, request: web.Request) -> web.Response:
        """Answer with one score; a request with the token also gets the danger of the own account."""
        dependencies, declared = self._dependencies, _declared(request)
        query = await dependencies.asked(request, declared.basket)
        composite = await self._composites.score(declared.name, query.request)
        answer = composite_answer(composite, query.notes)
        if not (declared.account and dependencies.access.is_owner(request)):
            return json_reply(answer)
        account = await dependencies.read_account(query.request)
        return json_reply(answer | account_answer(account), headers=PRIVATE)


def _declared(request: web.Request) -> DeclaredScore:
    found = BY_NAME.get(request.match_info["name"])
    if found is None:
        raise Problem(404, f"no such composite; known are {', '.join(BY_NAME)}", parameter="name")
    return found
