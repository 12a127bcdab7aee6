"""The bot of this tree and of another checkout, asked in turn: is it as fast as before?

Both run as processes in sandboxes of their own, with this environment's packages, and are reached as a person
reaches them: a message to the sandboxed Telegram, and the picture that comes back. Nothing inside them is imported.
"""

import asyncio
import contextlib
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import aiohttp

from analysis.registry import MODULES
from scripts.bench.measure import Row
from tests.support.app_under_test import AppUnderTest

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SYMBOLS: Final = ("btc", "eth", "sol")
INTERVALS: Final = ("2h", "6h")
FIRST: Final = "bnb 12h"
"""Asked before anything is measured."""
ROUNDS: Final = 9
TOLERANCE: Final = 0.05
"""Share by which the median round may be slower; what several rounds on a busy machine can tell apart."""
EXPIRY_S: Final = 5.2
"""A live answer is kept for five seconds: a round lasts longer, so that each question is computed anew."""
PATIENCE_S: Final = 60.0

Pairs = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Bot:
    """One checkout's bot."""

    app: AppUnderTest

    async def answered_ms(self, text: str) -> float:
        """Ask as somebody new; return ms from the message to the picture."""
        person = await self.app.person()
        start = time.perf_counter()
        sent = await self.app.say(person, person, text)
        await asyncio.wait_for(self._picture(person, sent), PATIENCE_S)
        return (time.perf_counter() - start) * 1000

    async def _picture(self, chat: int, after: int) -> None:
        seen = 0
        while True:
            path = f"/chats/{chat}/messages?after={after}&after_seq={seen}&wait_ms=20000"
            told: Mapping[str, Any] = await self.app.call("GET", self.app.chat_url, path)
            seen = int(told["seq"])
            if any("photo" in record["message"] for record in told["messages"]):
                return


async def rows(other: str, rounds: int = ROUNDS) -> list[Row]:
    """Return cold and warm rows of every module's command, this tree's time as ours, the other's as the peer's."""
    questions = {module.commands[-1]: _questions(module.commands[-1]) for module in MODULES}
    with checkout(other) as folder:
        async with _bots(ROOT, folder) as (ours, theirs):
            known = {
                name: texts
                for name, texts in questions.items()
                if await _answers(ours, f"/{name} {FIRST}") and await _answers(theirs, f"/{name} {FIRST}")
            }
            cold = {name: await _asked(ours, theirs, texts) for name, texts in known.items()}
            await _round(ours, theirs, known)  # subscriptions fill
            warm = [await _round(ours, theirs, known) for _ in range(rounds)]
    found = [_row(f"/{name} with chart, cold", [cold[name]], other, judged=False) for name in known]
    return found + [_row(f"/{name} with chart, warm", [one[name] for one in warm], other) for name in known]


def _questions(command: str) -> list[str]:
    return [f"/{command} {symbol} {interval}" for symbol, interval in product(SYMBOLS, INTERVALS)]


async def _answers(bot: Bot, text: str) -> bool:
    """Say whether a bot answers this with a picture; asked of both, it also starts what they start but once."""
    try:
        await bot.answered_ms(text)
    except TimeoutError:
        return False
    return True


async def _round(ours: Bot, theirs: Bot, questions: Mapping[str, Sequence[str]]) -> dict[str, Pairs]:
    """Ask every question of both once, and let the answers expire."""
    begun = time.perf_counter()
    found = {name: await _asked(ours, theirs, texts) for name, texts in questions.items()}
    await asyncio.sleep(max(0.0, EXPIRY_S - (time.perf_counter() - begun)))
    return found


async def _asked(ours: Bot, theirs: Bot, texts: Sequence[str]) -> Pairs:
    """Ask both each question, now one first and now the other."""
    found = []
    for number, text in enumerate(texts):
        if number % 2:
            second = await theirs.answered_ms(text)
            found.append((await ours.answered_ms(text), second))
        else:
            first = await ours.answered_ms(text)
            found.append((first, await theirs.answered_ms(text)))
    return found


def _row(name: str, rounds: Sequence[Pairs], other: str, *, judged: bool = True) -> Row:
    """Compare the rounds' medians; the ratio is the median over rounds of theirs over ours."""
    mine, its = ([statistics.median(pair[side] for pair in pairs) for pairs in rounds] for side in (0, 1))
    ratios = sorted(theirs / ours for ours, theirs in zip(mine, its, strict=True))
    ratio, least = statistics.median(ratios), 1 - TOLERANCE
    spread = f", rounds {ratios[0]:.2f}x to {ratios[-1]:.2f}x" if judged else ""
    return Row(
        name + spread,
        "ms",
        statistics.median(mine),
        statistics.median(its),
        other,
        ratio,
        f">= {least:g}x" if judged else None,
        ratio >= least if judged else None,
    )


@asynccontextmanager
async def _bots(*folders: Path) -> AsyncIterator[list[Bot]]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        bots = []
        for folder in folders:
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="against-")))
            app = AppUnderTest(work, environment={"PYTHONPATH": str(folder), "LOG_LEVEL": "WARNING"})
            bots.append(Bot(await stack.enter_async_context(app)))
            await _draw(app, session)
        yield bots


async def _draw(app: AppUnderTest, session: aiohttp.ClientSession) -> None:
    """Let the sandbox make its coins first: their first drawing is no part of an answer."""
    futures = app.exchange_url.rsplit(":", 1)
    ports = {"/api/v3": app.exchange_url, "/fapi/v1": f"{futures[0]}:{int(futures[1]) + 1}"}
    for symbol, (path, url) in product((*SYMBOLS, FIRST.split()[0]), ports.items()):
        query = f"symbol={symbol.upper()}USDT&interval=1d&limit=10"
        async with session.get(f"{url}{path}/klines?{query}") as response:
            response.raise_for_status()


@contextlib.contextmanager
def checkout(named: str) -> Iterator[Path]:
    """Give the folder named, or a temporary worktree of the revision named; `ValueError` where it is neither."""
    if Path(named).is_dir():
        yield Path(named).resolve()
        return
    with tempfile.TemporaryDirectory(prefix="revision-") as parent:
        folder = Path(parent) / "tree"
        added = _git("worktree", "add", "--detach", str(folder), named)
        if added.returncode:
            raise ValueError(f"{named} is neither a folder nor a revision: {added.stderr.strip()}")
        try:
            yield folder
        finally:
            _git("worktree", "remove", "--force", str(folder))


def _git(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
