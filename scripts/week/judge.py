"""Whether a week was right: every alert and digest once, every question answered, no limit broken, memory flat."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from scripts.flatness import growth
from scripts.week.ground import Ground, Kind, WatchedChat, digests_due, fires
from scripts.week.plan import WeekPlan
from scripts.week.received import BACK, LOST, Received

SLACK_BARS: Final = 0.7
"""So late an alert may fire: a look, a source that was away, a process that began anew."""
SHOWN: Final = 12
DIGEST: Final = "digest"
"""What stands for the symbol where a digest was sent by a killed process."""


@dataclass(slots=True)
class WeekSeen:
    """What was seen of a week: counts by kind of fault, of internal errors, of refusals by the limits of servers.

    ``twice_after_kill`` are alerts (by chat and symbol) of which a killed process had sent something and not noted it.
    ``memory_mb`` is measured at equal distances.
    """

    plan: WeekPlan
    ground: Ground
    received: Received
    faults: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    twice_after_kill: Counter[tuple[int, str]] = field(default_factory=Counter)
    memory_mb: list[float] = field(default_factory=list)
    undelivered: int = 0
    questions_of_readings: int = 0
    exchange_requests: int = 0
    waiting: int = 0
    lasted_s: float = 0.0


@dataclass(slots=True)
class Tally:
    """What was expected and what came of the alerts.

    ``by_kill`` came twice because a process was killed between sending and noting it, ``by_loss`` because Telegram's
    response was lost in a chat of which the process knew no message yet: then it cannot look for what it has sent.
    """

    expected: int = 0
    came: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    by_kill: int = 0
    by_loss: int = 0
    latest_s: float = 0.0


def tally(seen: WeekSeen) -> Tally:
    """Compare the pushes of every alert with the moments at which it must fire."""
    found = Tally()
    for chat in seen.ground.chats:
        for symbol, kind in chat.alerts.items():
            _tally_alert(seen, chat, symbol, kind, found)
    return found


def _tally_alert(seen: WeekSeen, chat: WatchedChat, symbol: str, kind: Kind, found: Tally) -> None:
    plan = seen.plan
    wave = None if kind.source is None else seen.ground.waves[kind.source, symbol]
    due = fires(plan, kind, wave)
    came = sorted(seen.received.pushes.get((chat.first_id, symbol), ()))
    kills = seen.twice_after_kill[chat.first_id, symbol]
    may_double = kills + seen.received.first_of_process[chat.first_id, symbol]
    found.came += len(came)
    name = f"{chat.first_id} {symbol} {kind.rule}"
    if chat.gone:
        _tally_gone(plan, chat, kind, due, came, name, found)
        return
    found.expected += len(due)
    if chat.is_quiet or kind.comes in {"always", "both"}:  # they may come after the next one was due
        more = len(came) - len(due)
        _explain(found, min(max(0, more), may_double), kills)
        found.lost += [f"{name}: {-more} of {len(due)}"] if more < 0 else []
        found.doubled += [f"{name}: {more} more than {len(due)}"] if more > may_double else []
        return
    early_ms = 2 * plan.short_ms  # a clock that jumps shortens a `for`
    places = Counter(bisect_right(due, at + early_ms) - 1 for at in came)
    found.unexpected += [f"{name}: {places[-1]} before the first"] if places[-1] else []
    for number, at in enumerate(due):
        times = places[number]
        first = next((one for one in came if one + early_ms >= at), at)
        found.latest_s = max(found.latest_s, (first - at) / 1000) if times else found.latest_s
        found.lost += [f"{name}: at {at}"] if not times else []
        extra = min(max(0, times - 1), may_double)
        may_double -= extra
        _explain(found, extra, kills)
        if times - 1 > extra:
            after_s = [round((one - at) / 1000) for one in came if one + early_ms >= at][:times]
            found.doubled.append(f"{name}: {times} times, {after_s} s after {at}")


def _explain(found: Tally, doubled: int, kills: int) -> None:
    """Count what came twice for a known reason: a kill, or a lost response where no message id was known."""
    found.by_kill += min(doubled, kills)
    found.by_loss += max(0, doubled - kills)


def _tally_gone(
    plan: WeekPlan,
    chat: WatchedChat,
    kind: Kind,
    due: Sequence[int],
    came: Sequence[int],
    name: str,
    found: Tally,
) -> None:
    """Of a chat that was away: once what fired before it went and after it was back, at most twice what did between."""
    slack = round((SLACK_BARS + (24 if chat.is_quiet else 0)) * plan.bar_ms)
    begin, end = chat.gone[0]
    before = [at for at in due if at + slack < begin]
    # what is true when it is back begins anew
    after = [at for at in due if at > end]
    least, most = len(before) + len(after), len(due) + 2
    if kind.comes == "always":
        least, most = len(before), len(due) + 1
    found.expected += least
    found.lost += [f"{name} (away): {len(came)}, at least {least}"] if len(came) < least else []
    found.doubled += [f"{name} (away): {len(came)}, at most {most}"] if len(came) > most else []
    while_away = [at for at in came if begin + plan.bar_ms // 60 < at < end]
    found.unexpected += [f"{name}: {len(while_away)} while away"] if while_away else []


def wrong(seen: WeekSeen) -> Iterator[str]:
    """Yield every complaint."""
    found = tally(seen)
    for what, some in (
        ("pushes lost", found.lost), ("pushes doubled", found.doubled), ("pushes unexpected", found.unexpected),
    ):  # fmt: skip
        if some:
            yield f"{len(some)} {what}: {'; '.join(some[:SHOWN])}"
    yield from _wrong_digests(seen)
    yield from _wrong_answers(seen)
    yield from (f"{count} x refused: {what}" for what, count in seen.violations.items())
    yield from (f"{count} internal errors: {what}" for what, count in seen.failures.items())
    if seen.waiting:
        yield f"{seen.waiting} messages still wait in the outbox"
    lost, back = _notices(seen.received, LOST), _notices(seen.received, BACK)
    if lost != back:
        yield f"{lost} notices that alerts cannot be watched, {back} that they can again"
    if (grew := growth(seen.memory_mb)) is not None:
        yield grew


def _notices(received: Received, what: str) -> int:
    return sum(count for (_, kind), count in received.notices.items() if kind == what)


def _wrong_digests(seen: WeekSeen) -> Iterator[str]:
    early_ms = 2 * seen.plan.short_ms  # by a clock that is ahead
    for chat in seen.ground.chats:
        if chat.digest_minute is None:
            continue
        due = digests_due(seen.plan, chat.zone, chat.digest_minute)
        came = Counter(bisect_right(due, at + early_ms) - 1 for at in seen.received.digests[chat.first_id])
        off = {place: came[place] for place in {*range(len(due)), *came} if came[place] != 1}
        more = sum(count - 1 for count in off.values())
        is_by_kill = min(off.values(), default=1) > 0 and more <= seen.twice_after_kill[chat.first_id, DIGEST]
        if off and not is_by_kill:
            yield f"digest of {chat.first_id} at minute {chat.digest_minute} ({chat.zone}): {off} of {len(due)}"
    if seen.received.missed_digests:
        yield f"{seen.received.missed_digests} digests were not sent in time"


def _wrong_answers(seen: WeekSeen) -> Iterator[str]:
    received = seen.received
    missing, more = received.questions - received.answers, received.answers - received.questions
    if missing.total() > seen.undelivered:
        yield f"{missing.total()} questions without an answer: {dict(missing.most_common(SHOWN))}"
    if more:
        yield f"{more.total()} answers too many: {dict(more.most_common(SHOWN))}"
    if received.placeholders:
        yield f"{len(received.placeholders)} answers never finished"


def lines(seen: WeekSeen) -> Iterator[str]:
    """Yield the figures."""
    plan, received, found = seen.plan, seen.received, tally(seen)
    yield (
        f"{plan.bars * plan.bar_ms / 86_400_000:g} days in {seen.lasted_s / 60:.1f} min: {plan.symbols} symbols, "
        f"{plan.chats} chats, {plan.alerts} alerts, seed {plan.seed}"
    )
    yield f"faults: {_counted(seen.faults)}"
    yield (
        f"alerts: {found.expected} pushes expected, {found.came} came ({received.summarised} in summaries), "
        f"{len(found.lost)} lost, {len(found.doubled)} doubled, {found.by_kill} twice because of a kill, "
        f"{found.by_loss} twice because a response was lost in a chat of which nothing was known; "
        f"the latest {found.latest_s:.0f} s after its moment"
    )
    yield (
        f"digests: {sum(map(len, received.digests.values()))}; notices: {_notices(received, LOST)} lost, "
        f"{_notices(received, BACK)} back; questions: {received.questions.total()}, "
        f"answers: {received.answers.total()}, not taken by Telegram: {seen.undelivered}; "
        f"dropped: {_counted(seen.dropped)}"
    )
    yield (
        f"messages: {received.messages}; limits broken: {seen.violations.total()}; "
        f"readings asked: {seen.questions_of_readings}; exchange requests: {seen.exchange_requests}"
    )
    if seen.memory_mb:
        yield f"memory, MB: {', '.join(f'{one:.0f}' for one in seen.memory_mb)}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"
