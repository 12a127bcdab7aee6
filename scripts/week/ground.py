"""What is there when a week begins: chats, their settings, alerts and digests, and what must come of each."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle
from typing import Final, Literal
from zoneinfo import ZoneInfo

from bot.scheduler.stored_digests import StoredDigests
from handlers.alerts.machine import NEW
from handlers.alerts.stored import standing_of
from scripts.week.plan import CYCLE, WeekPlan
from scripts.week.readings import SOURCES, Source, Wave, draw_wave
from tests.support.clock import FakeClock
from utils.sandbox.telegram.places import create_chat, create_user
from utils.sandbox.telegram.world import World
from utils.store.alerts import AlertDefinition
from utils.store.digests import DigestDefinition
from utils.store.outbox import Destination
from utils.store.store import Store
from utils.units import MINUTE_MS

BOT: Final = 1
HOLD_BARS: Final = 4
"""A ``for`` that a long wave outlasts, whatever interrupts it once, and a short one does not."""
COOLDOWN_BARS: Final = 14
"""Longer than a wave, shorter than the time from one to the next."""
EVERY_THIRD: Final = 3
DIGEST_EVERY: Final = 4
QUIET_EVERY: Final = 6
QUIET_FROM: Final = 23
QUIET_BARS: Final = 8
ZONES: Final = ("Europe/Berlin", "Europe/London", "America/New_York", "Europe/Istanbul", "UTC")
DIGEST_MINUTES: Final = (150, 480, 61, 1_275)
"""02:30 comes twice in the night in which the clocks go back."""
DAYS: Final = tuple(range(7))
Comes = Literal["up", "long", "both", "always", "never"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of alert: its rule, the source whose wave it follows, and at what it fires."""

    rule: str
    comes: Comes
    source: Source | None = None


def kinds(plan: WeekPlan) -> tuple[tuple[Kind, ...], tuple[Kind, ...]]:
    """Return the sorts of alerts about analyses alone, and those about the price as well."""
    minutes = plan.bar_ms // MINUTE_MS
    cooldown, hold = f"cooldown {COOLDOWN_BARS * minutes}m", f"for {HOLD_BARS * minutes}m"
    analysed = (
        Kind(f"trend > 0.8 {cooldown}", "up", "trend"),
        Kind(f"trend.rsi_14 crosses_up 70 {cooldown}", "up", "trend"),
        Kind(f"trend > 0.8 {hold} {cooldown}", "long", "trend"),
        Kind(f"trend_strength < 0.2 {cooldown}", "up", "trend_strength"),
        Kind(f"regime.volatility_state changes cooldown {minutes}m", "both", "regime"),
        Kind("trend >= 0.99", "never", "trend"),
    )
    priced = (
        Kind(f"trend > 0.8 & price > 0.00000001 {cooldown}", "up", "trend"),
        Kind(f"price > 0.00000001 cooldown {CYCLE * minutes}m", "always"),
        Kind("price < 0.00000001", "never"),
    )
    return analysed, priced


@dataclass(slots=True)
class WatchedChat:
    """A chat with its symbols and what they must bring: ``gone`` are the times for which it has blocked the bot."""

    first_id: int
    person: int
    kind: Literal["private", "group", "supergroup"]
    zone: str
    is_quiet: bool
    alerts: dict[str, Kind] = field(default_factory=dict)
    digest_minute: int | None = None
    gone: list[tuple[int, int]] = field(default_factory=list)
    now_id: int = 0
    numbers: dict[int, str] = field(default_factory=dict)
    """The symbols of its alerts by their numbers."""

    @property
    def has_digest(self) -> bool:
        """Whether it has a digest."""
        return self.digest_minute is not None


@dataclass(slots=True)
class Ground:
    """The chats, by every id that they have had, and the waves."""

    plan: WeekPlan
    symbols: Sequence[str]
    waves: dict[tuple[Source, str], Wave] = field(default_factory=dict)
    chats: list[WatchedChat] = field(default_factory=list)
    known: dict[int, WatchedChat] = field(default_factory=dict)

    def make(self, world: World) -> None:
        """Draw the waves, and make the chats in the sandbox."""
        rng = random.Random(f"ground {self.plan.seed}")
        self.waves = {
            (source, symbol): draw_wave(self.plan, rng) for symbol in self.symbols for source in SOURCES
        }
        for number in range(self.plan.chats):
            person = create_user(world, {"first_name": f"P{number}", "language_code": "en"}).id
            chat = WatchedChat(
                person, person, "private", rng.choice(ZONES), number % QUIET_EVERY == QUIET_EVERY - 1
            )
            if number % EVERY_THIRD == 0:
                chat.kind = rng.choice(("group", "supergroup"))
                chat.first_id = create_chat(
                    world, {"type": chat.kind, "owner": person, "members": [person]}
                ).id
            chat.now_id = chat.first_id
            if number % DIGEST_EVERY == 0:
                chat.digest_minute = DIGEST_MINUTES[number // DIGEST_EVERY % len(DIGEST_MINUTES)]
            self.chats.append(chat)
            self.known[chat.first_id] = chat
        self._draw_alerts(rng)

    def _draw_alerts(self, rng: random.Random) -> None:
        analysed, priced = kinds(self.plan)
        left: dict[int, list[str]] = defaultdict(list)
        for _, chat in zip(range(self.plan.alerts), cycle(self.chats), strict=False):
            symbols = left[chat.first_id]
            if not symbols:
                symbols += rng.sample(self.symbols, len(self.symbols))
            symbol = symbols.pop()
            may_be = (*analysed, *priced) if symbol in self.symbols[: self.plan.priced] else analysed
            chat.alerts[symbol] = rng.choice(may_be)

    async def store(self, store: Store, clock: FakeClock) -> None:
        """Write settings, alerts and digests to the database."""
        kept = StoredDigests(lambda: store, clock, lambda: BOT)
        for chat in self.chats:
            to = Destination(BOT, chat.now_id, chat.kind)
            quiet = {"quiet_hours": _quiet(self.plan)} if chat.is_quiet else {}
            choices = {"time_zone": chat.zone} | quiet
            await store.chat_settings.change(BOT, chat.now_id, choices, now_ms=clock.now_ms())
            for symbol, kind in chat.alerts.items():
                asked = AlertDefinition(
                    to, chat.person, symbol, "spot", self.plan.interval, kind.rule, None, "en"
                )
                standing = standing_of(NEW, fired=0)
                made = await store.alerts.add(asked, standing, now_ms=clock.now_ms(), most=self.plan.alerts)
                if made is None:
                    raise RuntimeError(f"no room for an alert of chat {chat.now_id}")
                chat.numbers[made.key.number] = symbol
            if chat.digest_minute is not None:
                coins = tuple((symbol, "spot") for symbol in self.symbols[:2])
                digest = DigestDefinition(to, chat.person, coins, "4h", chat.digest_minute, DAYS, "en")
                await kept.add(digest, chat.zone, most=1)

    def moved(self, old_id: int, new_id: int) -> None:
        """Note the new id of a group; it is known by both."""
        chat = self.known[old_id]
        chat.now_id = new_id
        self.known[new_id] = chat


def fires(plan: WeekPlan, kind: Kind, wave: Wave | None) -> list[int]:
    """Return the moments (UTC ms) from which on an alert must fire, once each."""
    if kind.comes == "always":
        return [plan.at(bar) for bar in range(0, plan.bars, CYCLE)]
    if wave is None or kind.comes == "never":
        return []
    if kind.comes == "both":
        return list(wave.turns)
    if kind.comes == "long":
        hold_ms = HOLD_BARS * plan.bar_ms
        return [begin + hold_ms for begin, end in wave.episodes if end - begin > hold_ms]
    return [begin for begin, _ in wave.episodes]


def digests_due(plan: WeekPlan, zone: str, minute: int) -> list[int]:
    """Return the moments (UTC ms) at which a digest is due: once on each day of its zone, at the first coming."""
    due, at = list[int](), time(*divmod(minute, 60))
    day: date = datetime.fromtimestamp(plan.start_ms / 1000, UTC).date() - timedelta(days=1)
    while (moment := _first_coming(day, at, zone)) < plan.end_ms:
        due += [moment] if moment > plan.start_ms else []
        day += timedelta(days=1)
    return due


def _quiet(plan: WeekPlan) -> str:
    """Quiet hours of some bars."""
    hours, minutes = divmod(QUIET_FROM * 60 + QUIET_BARS * plan.bar_ms // MINUTE_MS, 60)
    return f"{QUIET_FROM:02}:00-{hours % 24:02}:{minutes:02}"


def _first_coming(day: date, at: time, zone: str) -> int:
    return round(datetime.combine(day, at, ZoneInfo(zone)).timestamp() * 1000)
