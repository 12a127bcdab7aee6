"""Whether memory levels off: mixed questions over many symbols and intervals, asked of one process over HTTP and chat.

Prints the memory of the main process and of all processes (what they share counted once) at regular counts, medians of
`LOOKS` looks each, since a process holds some megabytes more while it answers; it may grow by `MOST_GROWTH` over the
second half, and all processes together may hold `MOST_MB` at every look.
"""

import argparse
import asyncio
import itertools
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import msgspec

from analysis.registry import MODULES
from scripts.footprint import ROOT, resident_mb, together_mb
from scripts.snapshot.program import WAIT_MS, NotAnsweredError, Program, running
from scripts.snapshot.worlds import SIMULATED_NOW, World
from tests.support.placeholders import is_placeholder, shown_text

INTERVALS: Final = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d")
CALLERS: Final = 254
ASKERS: Final = 3
"""Questions under way at the same time."""
CHAT_EVERY: Final = 10
"""One question in so many is asked in the chat and answered with a picture."""
TALKED_OF: Final = 6
"""Symbols that people ask about at the same time, before they turn to the next ones."""
SAMPLES: Final = 10
LOOKS: Final = 10
"""How often memory is looked at, and how many looks make one of the printed medians."""
REASONS: Final = 10
"""Reasons of refusals that are printed, the most frequent first."""
MOST_GROWTH: Final = 0.03
MOST_MB: Final = 700.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The memory (MB) of the main process and of all processes after so many questions, and the most of a look."""

    questions: int
    main_mb: float
    all_mb: float
    most_mb: float


def growth(samples: Sequence[Sample]) -> float:
    """Return by which share the main process has grown from the middle sample to the last."""
    return samples[-1].main_mb / samples[(len(samples) - 1) // 2].main_mb - 1


class Asking:
    """Asks everything once, in a random order, and counts the answers."""

    def __init__(self, program: Program, symbols: Sequence[str], questions: int, rng: random.Random) -> None:
        self._program = program
        self._questions = _questions(symbols, questions, rng)
        self._every = max(1, questions // SAMPLES // LOOKS)
        self._looks: list[tuple[float, float]] = []
        self.samples: list[Sample] = []
        self.refused: Counter[str] = Counter()
        self._asked = 0

    async def run(self) -> None:
        """Ask everything."""
        people = [await self._person(number) for number in range(ASKERS)]
        async with asyncio.TaskGroup() as group:
            for person in people:
                group.create_task(self._ask_until_done(person))

    async def _ask_until_done(self, person: int) -> None:
        for number, (module, symbol, interval) in self._questions:
            if number % CHAT_EVERY:
                path = f"/analysis/{module}?symbol={symbol}&interval={interval}"
                status, body = await self._program.get(path, number % CALLERS + 1)
                if status not in {200, 404}:
                    self.refused[f"{status} {msgspec.json.decode(body)['detail']}"] += 1
            else:
                command = next(one for one in MODULES if one.id == module).commands[0]
                await self._say(person, f"/{command} {symbol} {interval}")
            self._asked += 1
            if self._asked % self._every == 0:
                self._look()

    def _look(self) -> None:
        pid = self._program.pid
        self._looks.append((resident_mb(pid), together_mb(pid)))
        if len(self._looks) < LOOKS:
            return
        main, together = zip(*self._looks, strict=True)
        found = Sample(self._asked, median(main), median(together), max(together))
        self.samples.append(found)
        self._looks.clear()
        print(
            f"{found.questions:>6,} questions: main process {found.main_mb:6.1f} MB, "
            f"all processes {found.all_mb:6.1f} MB (at most {found.most_mb:6.1f})",
            flush=True,
        )

    async def _person(self, number: int) -> int:
        return int((await self._program.control("POST", "/users", {"first_name": f"P{number}"}))["id"])

    async def _say(self, person: int, text: str) -> None:
        said = await self._program.control("POST", f"/chats/{person}/messages", {"text": text})
        after, seen, told = said["message"]["message_id"], 0, list[dict[str, Any]]()
        while not told or is_placeholder(shown_text(told[-1])):
            news = f"/chats/{person}/messages?after={after}&after_seq={seen}&wait_ms={WAIT_MS}"
            found = await self._program.control("GET", news)
            seen = found["seq"]
            told = [record["message"] for record in found["messages"] if record["from_bot"]] or told


def _questions(
    symbols: Sequence[str], count: int, rng: random.Random
) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Return numbered questions about `TALKED_OF` symbols at a time, as many about each few, every symbol once.

    About each few: (module, symbol, interval) in a random order, and again from the first where there are too few.
    """
    modules = [module.id for module in MODULES]
    talks = [symbols[first : first + TALKED_OF] for first in range(0, len(symbols), TALKED_OF)]
    asked = list[tuple[str, str, str]]()
    for number, talk in enumerate(talks):
        every = list(itertools.product(modules, talk, INTERVALS))
        rng.shuffle(every)
        until = count * (number + 1) // len(talks)
        asked += itertools.islice(itertools.cycle(every), until - len(asked))
    return enumerate(asked)


async def memory(questions: int, symbols: int, seed: int) -> int:
    """Ask, print what is measured, and return 0 if memory levels off below the limit and everything was answered."""
    async with running(ROOT, World("memory", SIMULATED_NOW, None, "dark", (), symbols=symbols)) as program:
        async with program.session.get(f"{program.exchange_url}/api/v3/exchangeInfo") as answer:
            listed = [row["symbol"] for row in (await answer.json())["symbols"]]
        if len(listed) < symbols:
            raise NotAnsweredError(f"the sandbox lists {len(listed)} symbols")
        asking = Asking(program, listed[:symbols], questions, random.Random(seed))
        await asking.run()
    grown, most = growth(asking.samples), max(sample.most_mb for sample in asking.samples)
    print(f"growth over the second half {grown:+.1%} (at most {MOST_GROWTH:.0%})")
    print(
        f"all processes at most {most:.0f} MB (at most {MOST_MB:.0f}); {asking.refused.total()} not answered"
    )
    for why, times in asking.refused.most_common(REASONS):
        print(f"{times:5d} x {why}")
    return int(grown > MOST_GROWTH or most > MOST_MB or asking.refused.total() > 0)


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="scripts/memory", description=__doc__)
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--symbols", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    return asyncio.run(memory(given.questions, given.symbols, given.seed))


if __name__ == "__main__":
    sys.exit(main())
