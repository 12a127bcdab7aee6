"""What an answer under way waits for, said by the work itself to whoever waits for it.

Work names its steps with `step`; of two steps that are open inside each other, the inner one is the more exact. Work
that several share is a `Work` of its own, which each of them is ``waiting_for``: who came second sees as much as the
first.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

StepKind = Literal["symbols", "history", "sources", "fit", "score", "account", "chart", "scan"]


@dataclass(frozen=True, slots=True)
class WorkStep:
    """A step that is open: its kind, what it is about, and how many of how many parts are done (0 of 0: no parts)."""

    kind: StepKind
    of: Mapping[str, str]
    done: int = 0
    total: int = 0


class Work:
    """One piece of work under way: its own step, and the work inside it that it waits for.

    A step that is ``whole`` is said as itself, whatever goes on inside.
    """

    def __init__(self, step: WorkStep | None = None, *, whole: bool = False) -> None:
        self._step = step
        self._whole = whole
        self._done = 0
        self._total = 0
        self._inside: list[Work] = []

    def part_done(self) -> None:
        """Count one part of the step as done."""
        self._done += 1

    def expect(self, parts: int) -> None:
        """Say how many more parts there are."""
        self._total = self._done + parts

    def reached(self, done: int, total: int) -> None:
        """Say how many parts are done of how many."""
        self._done, self._total = done, total

    def steps(self) -> Iterator[WorkStep]:
        """Yield the open steps, the innermost ones alone, in the order in which they began."""
        inner = [step for work in self._inside for step in work.steps()]
        if self._step is None or (inner and not self._whole):
            yield from inner
        else:
            yield WorkStep(self._step.kind, self._step.of, self._done, max(self._done, self._total))

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Take the steps of what runs inside, and of the tasks that it starts, as those of this work."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    @contextmanager
    def waiting_for(self, other: "Work") -> Iterator[None]:
        """Inside, this work waits for another."""
        self._inside.append(other)
        try:
            yield
        finally:
            self._inside.remove(other)


_current: ContextVar[Work | None] = ContextVar("current_work", default=None)


@contextmanager
def waiting_for(other: Work) -> Iterator[None]:
    """Inside, the running work waits for another."""
    current = _current.get()
    if current is None:
        yield
    else:
        with current.waiting_for(other):
            yield


@contextmanager
def step(kind: StepKind, **of: str) -> Iterator[Work]:
    """Make what runs inside a step of the running work; its parts are counted on what is yielded."""
    with _running(Work(WorkStep(kind, of))) as work:
        yield work


@contextmanager
def whole_step(kind: StepKind, **of: str) -> Iterator[Work]:
    """The same for a step that is said as itself, whatever steps are open inside it."""
    with _running(Work(WorkStep(kind, of), whole=True)) as work:
        yield work


@contextmanager
def _running(work: Work) -> Iterator[Work]:
    with waiting_for(work), work.collecting():
        yield work
