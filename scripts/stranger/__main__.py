"""Run third-party clients against the sandbox and print a line for each; 1 where one of them disagrees.

``scripts/strangers`` makes their environments. Without ``--environments`` only those run that the development lock has.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.stranger.meeting import Stranger, met, servers

INSTALLED = (Stranger("ccxt_both", "exchange"), Stranger("python_binance", "exchange"))
"""Clients that the tests run as well."""
STRANGERS = (
    Stranger("official_sdk", "exchange"),
    *INSTALLED,
    Stranger("depth_cache", "exchange"),
    Stranger("aiogram_bot", "telegram"),
    Stranger("aiogram_requests", "telegram"),
    Stranger("grammy", "node"),
)


async def meet_all(strangers: Sequence[Stranger], environments: Path | None, seed: int) -> bool:
    """Let each client meet servers of its own, one after the other; whether all of them agree."""
    agreed = True
    for stranger in strangers:
        command = stranger.command(environments)
        if command is None:
            print(f"{stranger.name}: not run, {stranger.environment} is not here", flush=True)
            continue
        async with servers(seed) as addresses:
            meeting = await met(stranger, command, addresses)
        print(meeting.line(), flush=True)
        agreed = agreed and meeting.agrees
    return agreed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(
        prog="scripts/strangers", description="third-party clients on the sandbox"
    )
    parser.add_argument("--environments", type=Path, help="folder of the clients' environments")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these clients")
    given = parser.parse_args(arguments)
    known = INSTALLED if given.environments is None else STRANGERS
    if unknown := set(given.names) - {one.name for one in known}:
        parser.error(
            f"no such client: {', '.join(sorted(unknown))}; known: {', '.join(one.name for one in known)}"
        )
    chosen = [one for one in known if not given.names or one.name in given.names]
    environments = None if given.environments is None else given.environments.resolve()
    return 0 if asyncio.run(meet_all(chosen, environments, given.seed)) else 1


if __name__ == "__main__":
    sys.exit(main())
