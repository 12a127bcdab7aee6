"""Generated requests to every route that the OpenAPI document names, valid and invalid ones, of a bot in its sandbox.

Every answer must be one that the document allows: its status, its type, its schema; what is valid by the document is
not refused as malformed, what is invalid is, and nothing ends as an error of the program. The requests follow from the
seed. What was found is printed with the call that shows it.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.app_under_test import AppUnderTest

ROOT: Final = Path(__file__).resolve().parent.parent
HOOKS: Final = "scripts.schema_hooks"
LONGEST_ANSWER_S: Final = 60
CONFIG: Final = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]
"""
"""A source that does not answer in time is no error of the program; the document allows it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many ``examples`` are generated for each route whose path matches ``paths``, beside those at the edges."""

    examples: int = 30
    seed: int = 1
    workers: int = 2
    paths: str = "."


DEFAULT: Final = Plan()


async def fuzz(url: str, plan: Plan, folder: Path) -> tuple[int, str]:
    """Ask a running bot; return schemathesis' exit code (0: nothing found) and what it wrote.

    ``folder`` is where it runs and keeps its files.
    """
    (folder / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "schemathesis.cli", "run", f"{url}/openapi.json"),
        *("--seed", str(plan.seed), "--max-examples", str(plan.examples), "--workers", str(plan.workers)),
        *(
            "--include-path-regex",
            plan.paths,
            "--phases",
            "examples,coverage,fuzzing",
            "--continue-on-failure",
        ),
        *("--request-timeout", str(LONGEST_ANSWER_S), "--suppress-health-check", "all"),
        # a connection for each request, so that each comes from an address of its own (scripts/schema_hooks.py)
        *("--header", "Connection: close", "--generation-database", "none", "--no-color"),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": HOOKS},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        written, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, written.decode(errors="replace")


async def run(plan: Plan) -> int:
    """Start a bot, ask it, print what was found, and return 0 if that is nothing."""
    with tempfile.TemporaryDirectory(prefix="schema-fuzz-") as name:
        folder = Path(name)
        async with AppUnderTest(folder) as app:
            code, written = await fuzz(app.http_url, plan, folder)
            alive = app.alive
    print(written)
    if not alive:
        print("the bot has ended")
    return code if alive else 1


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(prog="scripts/schema_fuzz", description=__doc__)
    parser.add_argument(
        "--examples", type=int, default=DEFAULT.examples, help="generated requests for each route"
    )
    parser.add_argument("--seed", type=int, default=DEFAULT.seed)
    parser.add_argument("--workers", type=int, default=DEFAULT.workers, help="requests at once")
    parser.add_argument(
        "--paths", default=DEFAULT.paths, help="pattern of the routes to ask, such as ^/composite"
    )
    arguments = parser.parse_args()
    return asyncio.run(run(Plan(**vars(arguments))))


if __name__ == "__main__":
    sys.exit(main())
