"""What goes wrong in a week, drawn by seed: each fault with its moment."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from scripts.week.plan import CYCLE, WeekPlan

What = Literal[
    "telegram", "exchange", "database", "jump", "stop", "kill", "block", "unblock", "migrate", "ask"
]
TELEGRAM: Final[tuple[Mapping[str, Any], ...]] = (
    {"retry_after": {"s": 7}},
    {"retry_after": {"s": 31}},
    {"status": {"code": 500}},
    {"status": {"code": 502}},
    {"timeout_before": {"s": 0.02}},
    {"timeout_after": {"s": 0.02}},
    {"parse_error": {}},
)
EXCHANGE: Final[tuple[Mapping[str, Any], ...]] = (
    {"status": {"code": 503}},
    {"truncate": {"bytes": 20}},
    {"not_json": {}},
)
TELEGRAM_A_CYCLE: Final = 24
FROM_LOOK: Final = 0.6
"""Part of Telegram's faults that begin right after bars have closed, when most is pushed."""
SPREAD: Final = 2.0
"""Bars by which what comes once a cycle comes sooner or later."""
ONCE_A_CYCLE: Final[tuple[tuple[What, float], ...]] = (
    ("exchange", 4.0),
    ("database", 8.0),
    ("stop", 12.0),
    ("kill", 16.0),
    ("jump", 19.0),
)
QUIET_END: Final = 3.0
"""So many bars before the end nothing goes wrong any more."""
BLOCKED_SHARE: Final = 0.03
MIGRATED_SHARE: Final = 0.5
GONE_BARS: Final = (4, 12)


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that happens at a moment (UTC ms); ``seed`` draws how."""

    at_ms: int
    what: What
    seed: int
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False)


def draw_events(plan: WeekPlan, private: list[int], groups: list[int]) -> list[Event]:
    """Draw everything; ``private`` are chats that may block the bot, ``groups`` those that may become supergroups."""
    rng = random.Random(f"faults {plan.seed}")
    drawn = [*_of_cycles(plan, rng), *_of_chats(plan, rng, private, groups), *_questions(plan, rng)]
    return sorted(drawn)


def _of_cycles(plan: WeekPlan, rng: random.Random) -> Iterator[Event]:
    last = plan.bars - QUIET_END
    for cycle in range(0, plan.bars, CYCLE):
        for what, bar in ONCE_A_CYCLE:
            at = cycle + bar + rng.uniform(-SPREAD, SPREAD)
            if what in {"kill", "stop"} and rng.random() < FROM_LOOK:
                at = round(at) + rng.uniform(0.01, 0.12)  # while pushes go out
            if at < last:
                yield Event(plan.at(at), what, rng.getrandbits(32))
        for _ in range(TELEGRAM_A_CYCLE):
            at = cycle + rng.uniform(0, CYCLE)
            if rng.random() < FROM_LOOK:
                at = round(at) + rng.uniform(0, 0.1)
            if 1 < at < last:
                yield Event(plan.at(at), "telegram", rng.getrandbits(32), rng.choice(TELEGRAM))


def _of_chats(plan: WeekPlan, rng: random.Random, private: list[int], groups: list[int]) -> Iterator[Event]:
    last = plan.bars - QUIET_END
    for chat in rng.sample(private, max(1, round(len(private) * BLOCKED_SHARE))):
        lasts = rng.uniform(*GONE_BARS)
        begin = rng.uniform(2, last - lasts - 1)
        yield Event(plan.at(begin), "block", 0, {"chat": chat})
        yield Event(plan.at(begin + lasts), "unblock", 0, {"chat": chat})
    for chat in rng.sample(groups, round(len(groups) * MIGRATED_SHARE)):
        yield Event(plan.at(rng.uniform(2, last)), "migrate", 0, {"chat": chat})


def _questions(plan: WeekPlan, rng: random.Random) -> Iterator[Event]:
    last = plan.bars - QUIET_END
    for _ in range(round(plan.commands * plan.bars / CYCLE)):
        yield Event(plan.at(rng.uniform(0.5, last)), "ask", rng.getrandbits(32))
