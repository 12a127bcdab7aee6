"""One client in its own process against servers of its own, and what came of it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.telegram import TelegramSandbox

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 300.0
TOKEN = "42:stranger"  # noqa: S105 - the sandbox takes any
ANY_PORT = "127.0.0.1:0"
LINES_OF_A_CRASH = 3


@dataclass(frozen=True, slots=True)
class Stranger:
    """A client: its program in ``clients/`` and the environment it needs."""

    name: str
    environment: str

    def command(self, environments: Path | None) -> list[str] | None:
        """How the program is started; without ``environments`` in this one, ``None`` if its own is not there."""
        if environments is None:
            return [sys.executable, "-m", f"scripts.stranger.clients.{self.name}"]
        place = environments / self.environment
        if self.environment == "node":
            return ["node", str(place / f"{self.name}.mjs")] if place.exists() else None
        return [str(place / "bin" / "python"), "-m", f"scripts.stranger.clients.{self.name}"]


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a client reported. ``crash`` is the end of its errors if it reported nothing."""

    name: str
    versions: Mapping[str, str] = field(default_factory=dict)
    held: Sequence[str] = ()
    failed: Sequence[Sequence[str]] = ()
    crash: str = ""

    @property
    def agrees(self) -> bool:
        """Whether all that the client asked for held, and that was something."""
        return bool(self.held) and not self.failed and not self.crash

    def line(self) -> str:
        """The line that is printed."""
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items()) or self.name
        if self.crash:
            return f"{versions}: ended without a report: {self.crash}"
        calls = f"{versions}: {len(self.held) + len(self.failed)} calls, {len(self.held)} held"
        wrong = "; ".join(f"{what}: {reason}" for what, reason in self.failed)
        return f"{calls}; did not: {wrong}" if wrong else calls


@asynccontextmanager
async def servers(seed: int) -> AsyncIterator[dict[str, str]]:
    """A sandbox of both sides, as strict as the program starts it; its addresses and the bot's token."""
    exchange = ExchangeSandbox(ANY_PORT, seed=seed)
    telegram = TelegramSandbox(ANY_PORT, token=TOKEN, seed=seed, limits=True)
    async with AsyncExitStack() as stack:
        for server in (exchange, telegram):
            await server.start()
            stack.push_async_callback(server.stop)
        yield {
            "spot": exchange.spot_url,
            "futures": exchange.futures_url,
            "options": exchange.options_url,
            "telegram": telegram.root_url,
            "token": TOKEN,
        }


async def met(stranger: Stranger, command: Sequence[str], addresses: Mapping[str, str]) -> Meeting:
    """Run a client to its end."""
    process = await asyncio.create_subprocess_exec(
        *command,
        json.dumps(addresses),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return Meeting(stranger.name, crash=f"not within {PATIENCE_S:.0f} s")
    return _reported(stranger.name, out.decode(), err.decode())


def _reported(name: str, out: str, err: str) -> Meeting:
    """Read the report, which is the last line that a client prints."""
    try:
        report = json.loads(out.strip().rpartition("\n")[2])
        return Meeting(name, report["versions"], report["held"], report["failed"])
    except (ValueError, KeyError, TypeError):
        return Meeting(
            name, crash=" | ".join(err.strip().splitlines()[-LINES_OF_A_CRASH:]) or "it said nothing"
        )
