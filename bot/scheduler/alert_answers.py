"""The answers that alerts need: each question is asked once for all of them, and again when it has another answer.

Nobody waits for a question that concerns somebody else: what takes long goes on, and is there at a later look.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

import structlog

from analysis.framework.question import Instrument, Request
from handlers.alerts.facts import facts_of
from handlers.alerts.questions import AlertQuestion, AlertQuestions, Answer
from handlers.alerts.sight import Failure
from handlers.services import AnalysisRunner, CompositePort
from utils.clock import Clock
from utils.http.errors import Rejected, SourceError
from utils.timeouts import within
from utils.units import MINUTE_MS

AT_ONCE: Final = 4
"""Questions that are under way at the same time; prices have turns of their own."""
WAIT_S: Final = 2.0
"""So long a look waits for answers; what is not there then is for the next one."""
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

    ``price`` returns the price of an instrument; ``now_ms`` is market time, ``clock`` what waiting goes by. Each
    question is answered inside ``scope``, which keeps it to one configuration.
    """

    def __init__(
        self,
        runner: AnalysisRunner,
        composites: CompositePort,
        price: Callable[[Instrument], Awaitable[float]],
        questions: AlertQuestions,
        now_ms: Callable[[], int],
        clock: Clock,
        scope: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._runner = runner
        self._composites = composites
        self._price = price
        self._questions = questions
        self._now_ms = now_ms
        self._clock = clock
        self._scope = scope
        self._kept: dict[AlertQuestion, Answered] = {}
        self._asking: dict[AlertQuestion, asyncio.Task[None]] = {}
        self._turns, self._turns_of_prices = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)

    async def keep(self, questions: Iterable[AlertQuestion]) -> Mapping[AlertQuestion, Answered]:
        """Return the answers that are there after `WAIT_S`, or sooner where that is all; forget other questions.

        Those that have another answer by now are asked again. What is still under way is there at a later call.
        """
        needed = set(questions)
        self._kept = {one: kept for one, kept in self._kept.items() if one in needed}
        for one in self._due(needed):
            if one not in self._asking:
                self._asking[one] = asyncio.create_task(self._learn(one))
        asking = [task for one, task in self._asking.items() if one in needed]
        if asking:
            await within(self._clock, WAIT_S, asyncio.wait(asking))
        return self._known(needed)

    async def read(self, questions: Iterable[AlertQuestion]) -> dict[AlertQuestion, Answered]:
        """Return the answers to questions as they are now, those that are kept and right among them."""
        needed, turns = set(questions), asyncio.Semaphore(AT_ONCE)
        found = self._known(needed)
        async with asyncio.TaskGroup() as group:
            asked = {one: group.create_task(self._ask(one, turns)) for one in self._due(needed)}
        return found | {one: task.result() for one, task in asked.items()}

    async def close(self) -> None:
        """End what is under way."""
        asking = tuple(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        self._asking.clear()  # one that had not begun has not removed itself

    def _known(self, needed: set[AlertQuestion]) -> dict[AlertQuestion, Answered]:
        now_ms = self._now_ms()
        return {one: kept for one in needed if (kept := self._kept.get(one)) and kept.next_ms > now_ms}

    def _due(self, needed: set[AlertQuestion]) -> list[AlertQuestion]:
        left = needed - set(self._known(needed))
        return sorted(left, key=lambda question: (question.symbol, question.source, question.id))

    async def _learn(self, question: AlertQuestion) -> None:
        turns = self._turns_of_prices if question.source == "price" else self._turns
        try:
            self._kept[question] = await self._ask(question, turns)
        finally:
            self._asking.pop(question, None)

    async def _ask(self, question: AlertQuestion, turns: asyncio.Semaphore) -> Answered:
        async with turns:
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
                return facts_of(await self._composites.score(question.id, request), question.id)
            return facts_of(await self._runner.run(question.id, request), question.id)
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
