"""What a client asked for and what came of it. Only Python is needed: it runs in the client's environment."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE_S = 60.0
LONGEST_REASON = 300


class Notes:
    """The calls of one client: the names of those that held, and (name, reason) of those that did not."""

    def __init__(self) -> None:
        self.held: list[str] = []
        self.failed: list[tuple[str, str]] = []

    async def ask(self, what: str, call: Awaitable[T], holds: Callable[[T], object] = bool) -> T | None:
        """Await a call of the client and note whether ``holds`` is true of its result; ``None`` if it is not."""
        try:
            value = await asyncio.wait_for(call, PATIENCE_S)
            holding = bool(holds(value))
        except Exception as error:  # any error of a stranger is a result, which is noted and printed
            self._fail(what, f"{type(error).__name__}: {error}")
            return None
        if not holding:
            self._fail(what, f"answered {value!r}")
            return None
        self.held.append(what)
        return value

    async def call(
        self, what: str, function: Callable[[], T], holds: Callable[[T], object] = bool
    ) -> T | None:
        """Run a blocking call of the client as ``ask`` awaits an asynchronous one."""
        return await self.ask(what, asyncio.to_thread(function), holds)

    def _fail(self, what: str, reason: str) -> None:
        self.failed.append((what, " ".join(reason.split())[:LONGEST_REASON]))

    def report(self, *packages: str) -> dict[str, Any]:
        """What is printed as the last line: the versions of the client's packages and the notes."""
        versions = {name: version(name) for name in packages}
        return {"versions": versions, "held": self.held, "failed": self.failed}


def run(meet: Callable[[dict[str, str], Notes], Awaitable[None]], *packages: str) -> None:
    """Meet the servers whose addresses are the program's argument and print the report."""
    notes = Notes()
    asyncio.run(_met(meet(json.loads(sys.argv[1]), notes)))
    print(json.dumps(notes.report(*packages)), flush=True)


async def _met(meeting: Awaitable[None]) -> None:
    await meeting
