"""A server as a child process of a measurement: it says one JSON line when ready and ends with its standard input."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
START_S: Final = 60.0
STOP_S: Final = 5.0


@asynccontextmanager
async def child(module: str, *arguments: str) -> AsyncIterator[dict[str, Any]]:
    """Run ``python -m module arguments`` until the block ends; gives what it said when it was ready."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        yield await asyncio.wait_for(_ready(process, module), START_S)
    finally:
        await _end(process)


async def _ready(process: asyncio.subprocess.Process, module: str) -> dict[str, Any]:
    line = await process.stdout.readline() if process.stdout is not None else b""
    if not line:
        raise RuntimeError(f"{module} ended before it was ready; its last words are above")
    said: dict[str, Any] = json.loads(line)
    return said


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        process.kill()
        await process.wait()
