"""Lets one member flood the bot and measures how long everybody else waits, beside the same questions on a quiet day.

Three runs against one sandbox: quiet; 500 messages of one member in ten seconds, in private; and the same in the group
in which the others ask as well. Then 500 messages of 200 people, which are all to be answered: printed is how long the
first and the last answer took, and how many people had their first answer before anybody had the third.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.support.app_under_test import AppUnderTest
from tests.support.placeholders import is_placeholder, shown_text

SECONDS: Final = 10.0
FLOOD: Final = 500
OTHERS: Final = 12
"""People who ask once each while the flood goes on."""
MOST_RATIO: Final = 2.0
LONGEST_S: Final = 180.0
TEXT: Final = "/t btc 4h"


@dataclass(slots=True)
class Watch:
    """Asks and measures; ``waits`` are seconds from the question to the finished answer."""

    app: AppUnderTest
    rng: random.Random
    waits: list[float] = field(default_factory=list)

    async def ask(self, chat: int, person: int) -> None:
        """Ask at a random moment of the run."""
        await asyncio.sleep(self.rng.uniform(0.5, SECONDS - 0.5))
        began = time.perf_counter()
        asked = await self.app.say(chat, person, TEXT)
        await asyncio.wait_for(self.answered(chat, asked), LONGEST_S)
        self.waits.append(time.perf_counter() - began)

    async def answered(self, chat: int, asked: int, number: int = 0) -> None:
        """Wait for the finished reply to a message in a group, or in private for ``number`` + 1 finished answers."""
        seen, finished = 0, set[int]()
        while len(finished) <= number:
            path = f"/chats/{chat}/messages?after={asked}&after_seq={seen}&wait_ms=20000"
            told: Any = await self.app.call("GET", self.app.chat_url, path)
            seen = told["seq"]
            for record in told["messages"]:
                message = record["message"]
                reply = message.get("reply_to_message", {}).get("message_id", asked)
                if record["from_bot"] and reply == asked and not is_placeholder(shown_text(message)):
                    finished.add(message["message_id"])


async def _others(app: AppUnderTest, rng: random.Random, group: int | None) -> list[float]:
    """Let new people ask, in private or in the group, and return their waits."""
    people = [await app.person(f"P{number}") for number in range(OTHERS)]
    watch = Watch(app, rng)
    await asyncio.gather(*(watch.ask(group or person, person) for person in people))
    return watch.waits


async def _flooded(app: AppUnderTest, rng: random.Random, group: int | None) -> list[float]:
    """Do the same while one member writes ``FLOOD`` messages."""
    member = await app.person("Flood")

    async def write() -> None:
        for _ in range(FLOOD):
            await app.say(group or member, member, TEXT)
            await asyncio.sleep(SECONDS / FLOOD / 2)

    writing = asyncio.create_task(write())
    waits = await _others(app, rng, group)
    await writing
    return waits


async def _crowd(app: AppUnderTest, people: int, messages: int) -> tuple[list[float], list[int]]:
    """Let many people ask at once; return the waits and, for each answer in order, which of a person's it was."""
    watch, order = Watch(app, random.Random(0)), list[int]()
    began = time.perf_counter()

    async def ask(person: int, count: int) -> None:
        asked = [await app.say(person, person, TEXT) for _ in range(count)]
        for number in range(count):
            await asyncio.wait_for(watch.answered(person, asked[0], number), LONGEST_S)
            order.append(number)
            watch.waits.append(time.perf_counter() - began)

    crowd = [await app.person(f"C{number}") for number in range(people)]
    shares = [messages // people + (number < messages % people) for number in range(people)]
    await asyncio.gather(*(ask(person, count) for person, count in zip(crowd, shares, strict=True)))
    return watch.waits, order


def _p95(waits: Sequence[float]) -> float:
    return statistics.quantiles(waits, n=20)[-1]


async def flood(seed: int, *, people: int, messages: int) -> int:
    """Run everything, print the figures, and return 0 if the others waited at most twice as long."""
    rng, worst = random.Random(seed), 0.0
    with tempfile.TemporaryDirectory(prefix="flood-") as folder:
        async with AppUnderTest(Path(folder)) as app:
            first = await app.person()
            await app.card(first, first, TEXT)
            for place in ("private", "group"):
                group = None
                if place == "group":
                    group = await app.chat([first], "supergroup")
                quiet, flooded = await _others(app, rng, group), []
                if group is not None:
                    group = await app.chat([first], "supergroup")  # the minute of the limit begins anew
                flooded = await _flooded(app, rng, group)
                ratio = _p95(flooded) / _p95(quiet)
                worst = max(worst, ratio)
                print(
                    f"{place}: p95 {_p95(quiet):.2f} s quiet, {_p95(flooded):.2f} s in the flood: {ratio:.2f} x"
                )
            waits, order = await _crowd(app, people, messages)
            fair = order.index(2) if 2 in order else len(order)
            print(
                f"{messages} messages of {people} people: first answer {min(waits):.1f} s, last {max(waits):.1f} s; "
                f"{sum(number == 0 for number in order[:fair])} had their first before anybody had the third"
            )
    return int(worst > MOST_RATIO)


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="scripts/flood", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--messages", type=int, default=500)
    given = parser.parse_args()
    return asyncio.run(flood(given.seed, people=given.people, messages=given.messages))


if __name__ == "__main__":
    sys.exit(main())
