"""The figures of a run under load, and what was wrong with it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scripts.flatness import growth
from scripts.load_chat import Heard

LEAST_MINUTES: Final = 20
"""A shorter run does not tell memory that fills from memory that grows."""


@dataclass(frozen=True, slots=True)
class PushRow:
    """A row of the outbox: ``written_ms`` is when its alert was evaluated, ``message`` its id once it was sent."""

    key: str
    chat: int
    written_ms: int
    message: int | None

    @property
    def alert(self) -> tuple[int, int] | None:
        """Chat and number of the alert that fired; ``None`` for what is no firing."""
        word, *numbers = self.key.split()
        return (int(numbers[1]), int(numbers[2])) if word == "alert" else None


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known at the end of a run.

    ``loud`` are the alerts that had to fire once, as chat and number; ``look`` the requests of one look of the watch,
    ``None`` where it could not be told from other requests; ``asked`` how often each endpoint was asked about each
    symbol; ``memory_mb`` of all processes once a minute, from the first command to the last. The bot was ready at
    ``began_ms`` (Unix) and was looked at for ``lasted_s``.
    """

    heard: Heard
    loud: frozenset[tuple[int, int]]
    rows: tuple[PushRow, ...]
    look: Sequence[Mapping[str, Any]] | None
    asked: Mapping[tuple[str, str], int]
    refused: Mapping[str, int]
    memory_mb: Sequence[float]
    began_ms: int
    lasted_s: float


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` of the values do not exceed (nearest rank); NaN of none."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else float("nan")


def answers_ms(seen: Seen) -> list[int | None]:
    """Return how long each question waited for its answer, ``None`` where there is none."""
    return [
        None if (at := seen.heard.answered_ms(one, _pushed(seen, one.chat))) is None else at - one.at_ms
        for one in seen.heard.questions
    ]


def delays_ms(seen: Seen) -> list[int]:
    """Return the time of each push that was received, from the evaluation of its alert on."""
    return [
        seen.heard.messages[row.chat][row.message].at_ms - row.written_ms
        for row in seen.rows
        if row.message in seen.heard.messages[row.chat]
    ]


def wrong(seen: Seen) -> Iterator[str]:
    """Yield what must not be: exceeded limits, commands without an answer, pushes twice or never, growing memory."""
    for limit, times in sorted(seen.refused.items()):
        yield f"{times} x refused: {limit}"
    unanswered = answers_ms(seen).count(None)
    if unanswered:
        yield f"{unanswered} commands without an answer"
    fired = Counter(row.alert for row in seen.rows if row.alert is not None)
    lost = [row for row in seen.rows if row.message not in seen.heard.messages[row.chat]]
    never = len(seen.loud - set(fired)) + len(lost)
    if never:
        yield f"{never} pushes never came"
    if len(seen.memory_mb) >= LEAST_MINUTES and (grew := growth(seen.memory_mb)) is not None:
        yield grew
    twice = sum(fired[one] > 1 for one in seen.loud) + len(_unknown(seen))
    if twice:
        yield f"{twice} pushes came twice"


def lines(seen: Seen) -> Iterator[str]:
    """Yield the figures, one a line."""
    answers = answers_ms(seen)
    yield f"{len(answers)} commands, answers: {_times(answers)}"
    # a bot that has just started knows no bars, and its alerts have never been looked at
    half = len(answers) // 2
    yield f"the first half of them: {_times(answers[:half])}; the second: {_times(answers[half:])}"
    delays = delays_ms(seen)
    yield f"{len(delays)} pushes, from evaluated to received: {_times(delays)}"
    evaluated = [row.written_ms - seen.began_ms for row in seen.rows if row.alert is not None]
    yield f"from the start of the bot to evaluated: {_times(evaluated)}"
    yield _look(seen.look)
    yield _whole(seen.asked, seen.lasted_s)
    yield f"refusals: {sum(seen.refused.values())}"
    yield f"memory of all processes, MB: {', '.join(f'{one:.0f}' for one in seen.memory_mb)}"


def _times(values_ms: Sequence[int | None]) -> str:
    known = [value for value in values_ms if value is not None]
    p50, p95 = (percentile(known, share) / 1000 for share in (0.5, 0.95))
    return f"p50 {p50:.2f} s, p95 {p95:.2f} s"


def _look(look: Sequence[Mapping[str, Any]] | None) -> str:
    if look is None:
        return "one look of the watch: not told apart from other requests"
    pairs = Counter((one["path"], one["symbol"]) for one in look)
    whole = {(one["path"], *sorted(one["query"].items())) for one in look}
    most = max(pairs.values(), default=0)
    return (
        f"one look of the watch: {len(look)} requests to the exchange, {len(pairs)} distinct (endpoint, symbol), "
        f"at most {most} of one; {len(look) - len(whole)} repeated with the same parameters"
    )


def _whole(asked: Mapping[tuple[str, str], int], lasted_s: float) -> str:
    (path, symbol), most = max(asked.items(), key=lambda one: one[1], default=(("", ""), 0))
    return (
        f"whole run: {sum(asked.values())} requests to the exchange, {len(asked)} distinct (endpoint, symbol), "
        f"at most {60 * most / lasted_s:.1f} a minute of one ({path} {symbol or 'of all'})"
    )


def _pushed(seen: Seen, chat: int) -> frozenset[int]:
    return frozenset(row.message for row in seen.rows if row.chat == chat and row.message is not None)


def _unknown(seen: Seen) -> list[tuple[int, int]]:
    """Messages of alerts that the outbox does not know: sent, and sent again."""
    known = {(row.chat, row.message) for row in seen.rows}
    told = [
        (chat, id_) for chat, some in seen.heard.messages.items() for id_, one in some.items() if one.is_alert
    ]
    return [one for one in told if one not in known]
