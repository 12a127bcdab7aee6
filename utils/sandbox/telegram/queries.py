"""Callback and inline queries: asked by a person, answered once by the bot, too old after a while."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from utils.sandbox.telegram.errors import QUERY_TOO_OLD, bad_request

# Not documented by Telegram; the shortest lives that are commonly reported.
CALLBACK_LIFE_MS = 15_000
INLINE_LIFE_MS = 30_000


@dataclass(slots=True)
class Query:
    """One question of a person. `life_ms` says how long the bot may answer."""

    id: str
    user_id: int
    asked_ms: int
    life_ms: int
    payload: dict[str, Any]
    answer: dict[str, Any] | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    def record(self) -> dict[str, Any]:
        """The query and its answer, `null` while there is none."""
        return {"id": self.id, "from": self.user_id, **self.payload, "answer": self.answer}


class QueryBook:
    """All queries of one kind."""

    def __init__(self) -> None:
        self._queries: dict[str, Query] = {}

    def add(self, query: Query) -> Query:
        """Remember a question."""
        self._queries[query.id] = query
        return query

    def get(self, query_id: str) -> Query | None:
        """The question, if it exists."""
        return self._queries.get(query_id)

    def answer(self, query_id: str, answer: dict[str, Any], now_ms: int) -> Query:
        """Answer it. Raises `BotApiError` when it is unknown, answered already or too old."""
        query = self._queries.get(query_id)
        if query is None or query.answer is not None or now_ms > query.asked_ms + query.life_ms:
            raise bad_request(QUERY_TOO_OLD)
        query.answer = answer
        query.answered.set()
        return query
