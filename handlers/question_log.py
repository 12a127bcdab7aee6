"""One line in the log for each question, of chat and HTTP, and how many there were."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import structlog

from analysis.framework.result import collected_origins
from utils.clock import Clock
from utils.http.errors import SourceError, fault_of

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Question:
    """A question that is being answered; ``failed`` is set where an error of this program was the answer.

    ``fault`` is the name of the fault (`utils.http.errors.FAULTS`) where one of a source was the answer.
    """

    failed: bool = False
    fault: str | None = None
    status: int | None = None


_current: ContextVar[Question | None] = ContextVar("question that is being answered", default=None)


def note_fault(error: SourceError) -> None:
    """Note that the answer to the question under way says what a source cannot do; nothing outside of any."""
    question = _current.get()
    if question is not None:
        question.fault = fault_of(error)


Noted = Callable[[str, float, Question], None]
"""Takes what was asked, in how many seconds it was answered, and how."""


class QuestionLog:
    """Logs questions; ``answered`` and ``failed`` count them since the start at ``started_s`` (monotonic).

    ``noted`` is called with each question that is logged.
    """

    def __init__(self, clock: Clock, noted: Noted = lambda what, took_s, question: None) -> None:
        self._clock = clock
        self._noted = noted
        self.started_s = clock.monotonic()
        self.answered = 0
        self.failed = 0

    @contextmanager
    def asked(self, what: str, **who: object) -> Iterator[Question]:
        """Log, at its end, what was asked by whom, in how many ms it was answered and from where.

        A question that is broken off is not logged: it is answered later or by the next process.
        """
        began_s, question = self._clock.monotonic(), Question()
        token = _current.set(question)
        try:
            with collected_origins() as origins:
                yield question
        finally:
            _current.reset(token)
        self.failed += question.failed
        self.answered += not question.failed
        took_s = self._clock.monotonic() - began_s
        self._noted(what, took_s, question)
        log.info(
            "question failed" if question.failed else "question answered",
            what=what,
            **who,
            **({} if question.status is None else {"status": question.status}),
            took_ms=round(took_s * 1000),
            origin="+".join(sorted(set(origins))) or None,
        )

    def log_end(self) -> None:
        """Log that the process ends, after how long and how many questions."""
        uptime_s = round(self._clock.monotonic() - self.started_s)
        log.info("stopped", uptime_s=uptime_s, answered=self.answered, failed=self.failed)
