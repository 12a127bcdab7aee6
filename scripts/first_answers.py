"""Starts the bot and asks at once: how long the first answers take while it is still warming up.

Each question is of a symbol that nothing has read before, asked as soon as the bot listens, alone of a bot that was
started anew; then all are asked together, which is printed and not judged: the same machine makes the history of four
coins as the exchange. Times are from the message to the finished answer.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.support.app_under_test import AppUnderTest

QUESTIONS: Final = ("/t sol", "/r eth", "/rd bnb", "/rg xrp")
MOST_S: Final = 3.0


async def asked(app: AppUnderTest, text: str) -> float:
    """Return the seconds to the finished answer; `RuntimeError` where it is no card."""
    person = await app.person()
    began = time.perf_counter()
    said = await app.ask(person, person, text)
    took = time.perf_counter() - began
    if "USDT ·" not in said.text:
        raise RuntimeError(f"{text} was answered with {said.text!r}")
    return took


async def first_answers() -> int:
    """Run everything, print the times, and return 0 if no answer alone took longer than `MOST_S`."""
    slowest = 0.0
    for text in QUESTIONS:
        with tempfile.TemporaryDirectory(prefix="first-answers-") as folder:
            async with AppUnderTest(Path(folder)) as app:
                took = await asked(app, text)
                print(f"{text:<10} alone     {took:5.1f} s", flush=True)
                slowest = max(slowest, took)
    with tempfile.TemporaryDirectory(prefix="first-answers-") as folder:
        async with AppUnderTest(Path(folder)) as app:
            together = await asyncio.gather(*(asked(app, text) for text in QUESTIONS))
    for text, took in zip(QUESTIONS, together, strict=True):
        print(f"{text:<10} together  {took:5.1f} s")
    return int(slowest > MOST_S)


def main() -> int:
    """Run."""
    argparse.ArgumentParser(prog="scripts/first_answers", description=__doc__).parse_args()
    return asyncio.run(first_answers())


if __name__ == "__main__":
    sys.exit(main())
