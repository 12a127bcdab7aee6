"""What is said to the bot beside the cards of modules and composites: one sheet a talk, one row a step."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from handlers.composites.topic import CompositeTopic, Topic
from scripts.snapshot.program import Program
from scripts.snapshot.worlds import PLAIN_WORDS, REFUSED_WORDS
from tests.support.digests_due import make_digests_due

USUAL: Final = "btc 4h"
COINS: Final = "btc eth sol"
WHY, EVIDENCE, TEXT, SEEN = "w", "e", "x", "as"  # actions in callback data
OURS: Final = "# from here on: the talk\n"
Deed = Callable[[Program, int], Awaitable[None]]
"""Something happens to the program before the answer is waited for; the number is the person's."""


@dataclass(frozen=True, slots=True)
class Step:
    """One picture: of the answer to ``words``, of what pressing a button shows, or of what comes unasked.

    A button of the message of the step before is named by the action in its callback data. ``deed`` comes first.
    """

    words: str = ""
    button: str = ""
    deed: Deed | None = None

    @property
    def name(self) -> str:
        """The step in words, for errors."""
        return self.words or (f"button {self.button!r}" if self.button else "what comes unasked")


@dataclass(frozen=True, slots=True)
class Talk:
    """Steps of one person, in order; ``id`` is the name of its sheet. An ``owner`` may ask for more than others."""

    id: str
    steps: tuple[Step, ...]
    owner: bool = False


async def _write_wrong(program: Program, _: int) -> None:
    _append(program, "[trend\n")


async def _write_different(program: Program, person: int) -> None:
    _append(program, f"[trend]\nrsi_period = {15 + person % 7}\n")


def _append(program: Program, text: str) -> None:
    """Put a text behind the configuration as it was, in place of what was put there before."""
    file = program.config_file
    file.write_text(file.read_text().partition(OURS)[0] + OURS + text)


async def _digests_due(program: Program, person: int) -> None:
    make_digests_due(program.database, person)


async def _exchange_down(program: Program, _: int) -> None:
    await program.fail_exchange({"status": {"code": 503, "body": "Service Unavailable."}})


async def _exchange_up(program: Program, _: int) -> None:
    await program.fail_exchange(None)


def _said(*words: str) -> tuple[Step, ...]:
    return tuple(map(Step, words))


def explained(topic: Topic) -> Talk:
    """Return the talk about a card: what its buttons *why*, *evidence* and *text* show, as far as it has them."""
    steps = [Step(f"/{topic.commands[0]} {about(topic, USUAL)}")]
    composite = topic if isinstance(topic, CompositeTopic) else None
    if composite is None or composite.kind == "one":
        steps.append(Step(button=WHY))
    if composite is not None and composite.kind == "one":
        steps.append(Step(button=EVIDENCE))
    return Talk(f"{topic.id}-why", (*steps, Step(button=TEXT)))


def about(topic: Topic, words: str) -> str:
    """Return what is typed behind a command: a scan names a score and an allocation several coins in place of one."""
    rest = words.split()[1:]
    if isinstance(topic, CompositeTopic) and topic.kind == "scan":
        return " ".join(["5 ts", *rest])
    if isinstance(topic, CompositeTopic) and topic.basket is not None:
        return " ".join([COINS, *rest])
    return words


TALKS: Final = (
    Talk(
        "help",
        _said(
            "/start",
            "/help",
            "/help t",
            "/help t 2",
            "/help elma",
            "/help alert",
            "/help digest",
            "/help fav",
        ),
    ),
    Talk(
        "settings",
        (
            *_said("/settings"),
            *_said(*(f"/settings {word}" for word in ("language", "symbol", "quote", "interval"))),
            *_said(*(f"/settings {word}" for word in ("zone", "theme", "quiet"))),
            *_said("/settings zone Europe/Istanbul", "/settings zone istambul", "/settings colour red"),
            *_said(
                "/settings quiet 23:00-07:00", "/settings zone default", "/settings quiet off", "/language"
            ),
        ),
    ),
    Talk(
        "favourites", _said("/fav", "/fav btc eth", "/fav alts add sol avax", "/fav", "/fav add nosuchcoin")
    ),
    Talk(
        "alerts",
        (
            *_said("/alert", "/alert btc price > 1 cooldown 2h"),
            Step(),
            Step(button=SEEN),
            Step("/alert eth trend_strength.4h > 0.8 & liquidity_pressure < 0.3 for 5m until 2036-12-31"),
            *_said("/alerts", "/alert btc prise > 1", "/alert btc price >", "/alert off 9", "/alert off 1"),
        ),
    ),
    Talk(
        "digests",
        (
            *_said("/digest", "/digest 08:00 btc eth 4h weekdays"),
            Step(deed=_digests_due),
            *_said(
                "/digests", "/digest 25:00 btc", "/digest 08:00 nosuchcoin", "/digest off 7", "/digest off 1"
            ),
        ),
    ),
    Talk(
        "admin",
        (
            *_said("/status", "/config", "/config trend", "/config trend.rsi_period"),
            *_said("/config trend.rsi_period=23", "/config trend.rsi_period=1", "/config undo", "/groups"),
            Step("/reload", deed=_write_wrong),
            Step("/reload", deed=_write_different),
            *_said(
                "/broadcast The bot rests from 8 to 9.", "/ban 4711", "/mute 4711", "/admin list", "/audit"
            ),
        ),
        owner=True,
    ),
    Talk("refused", (*_said(*PLAIN_WORDS), *_said(*(words.format("t") for words in REFUSED_WORDS)))),
    Talk(
        "outage",
        (Step("/t ltc 4h", deed=_exchange_down), Step("/elma ltc 4h"), Step("/t ltc 4h", deed=_exchange_up)),
    ),
)
"""Every command that answers with words of its own, and everything that can be refused."""
