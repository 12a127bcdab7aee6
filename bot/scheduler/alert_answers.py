"""The answers that alerts need: each question is asked once for all of them, and again when it has another answer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

import structlog

from analysis.framework.question import Instrument, Request
from handlers.alerts.questions import AlertQuestion, AlertQuestions, Answer
from handlers.alerts.sight import Failure
from handlers.ports import AnalysisRunner, CompositePort
from utils.http.errors import Rejected, SourceError
from utils.units import MINUTE_MS

AT_ONCE: Final = 4
"""Questions that are under way at the same time."""
AGAIN_MS: Final = MINUTE_MS
"""So long after a failure a question is asked again."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a question or why there is none, and when to ask again (UTC ms)."""

    answer: Answer | Failure
    next_ms: int


class AlertAnswers:
    """Asks questions; one that fails concerns nobody who does not need it.

    ``price`` returns the price of an instrument; ``now_ms`` is market time. Each question is answered inside ``scope``,
    which keeps it to one configuration.
    """

    def __init__(
        self,
        runner: AnalysisRunner,
        composites: CompositePort,
        price: Callable[[Instrument], Awaitable[float]],
        questions: AlertQuestions,
        now_ms: Callable[[], int],
        scope: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._runner = runner
        self._composites = composites
        self._price = price
        self._questions = questions
        self._now_ms = now_ms
        self._scope = scope
        self._kept: dict[AlertQuestion, Answered] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def keep(self, questions: Iterable[AlertQuestion]) -> Mapping[AlertQuestion, Answered]:
        """Return the answers to questions, those that have another one by now asked again; forget all others."""
        self._kept = await self.read(questions)
        return self._kept

    async def read(self, questions: Iterable[AlertQuestion]) -> dict[AlertQuestion, Answered]:
        """Return the answers to questions as they are now."""
        needed, now_ms = set(questions), self._now_ms()
        found = {one: kept for one in needed if (kept := self._kept.get(one)) and kept.next_ms > now_ms}
        due = sorted(
            needed - set(found), key=lambda question: (question.symbol, question.source, question.id)
        )
        async with asyncio.TaskGroup() as group:
            asked = {one: group.create_task(self._ask(one)) for one in due}
        return found | {one: task.result() for one, task in asked.items()}

    async def _ask(self, question: AlertQuestion) -> Answered:
        async with self._turns:
            with self._scope():
                answer = await self._answer(question)
        now_ms = self._now_ms()
        failed = isinstance(answer, str)
        return Answered(answer, now_ms + AGAIN_MS if failed else self._questions.next_ms(question, now_ms))

    async def _answer(self, question: AlertQuestion) -> Answer | Failure:
        request = Request(question.symbol, question.interval, market=question.market)
        try:
            if question.source == "price":
                return await self._price(Instrument(question.market, question.symbol))
            if question.source == "composite":
                return await self._composites.score(question.id, request)
            return await self._runner.run(question.id, request)
        except SourceError as error:
            log.info(
                "value of an alert not known",
                question=question.id,
                symbol=question.symbol,
                detail=error.detail,
            )
            return "refused" if isinstance(error, Rejected) else "silent"
        except Exception:
            log.exception("value of an alert failed", question=question.id, symbol=question.symbol)
            return "silent"
