"""A Dask scheduler and workers as processes of this machine, for tests and measurements."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, cast

from scripts.footprint import ROOT

ADDRESS: Final = re.compile(r"Scheduler at:\s+(tcp://\S+)")
PRELOADED: Final = ("--preload", "bot.preload")
HOST: Final = ("--host", "127.0.0.1")
ONE_THREAD: Final = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


@dataclass(slots=True)
class LocalCluster:
    """A scheduler at ``address`` and its ``workers``, processes of one thread each."""

    address: str
    scheduler: Process
    workers: list[Process] = field(default_factory=list)


@asynccontextmanager
async def local_cluster(workers: int, *, preload: bool = True) -> AsyncIterator[LocalCluster]:
    """Start a scheduler on a free port and its workers; with ``preload`` they import all before they join. End all.

    The workers join when they are ready, some seconds later.
    """
    async with AsyncExitStack() as stack:

        async def start(module: str, *arguments: str, reads: bool = False) -> Process:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", f"distributed.cli.{module}", *HOST, *arguments),
                cwd=ROOT,
                env=os.environ | ONE_THREAD | {"PYTHONPATH": str(ROOT)},
                stdout=DEVNULL,
                stderr=PIPE if reads else DEVNULL,
            )
            stack.push_async_callback(_ended, process)
            return process

        scheduler = await start("dask_scheduler", "--port", "0", "--no-dashboard", reads=True)
        said = cast(asyncio.StreamReader, scheduler.stderr)
        address = await _address(said.readline)
        reading = asyncio.create_task(_passed_over(said.readline))
        stack.callback(reading.cancel)
        cluster = LocalCluster(address, scheduler)
        for _ in range(workers):
            one = ("--nthreads", "1", "--no-nanny", "--no-dashboard", *(PRELOADED if preload else ()))
            cluster.workers.append(await start("dask_worker", address, *one))
        yield cluster


async def _address(line: Callable[[], Awaitable[bytes]]) -> str:
    said = []
    while text := (await line()).decode():
        said.append(text)
        if found := ADDRESS.search(text):
            return found[1]
    raise RuntimeError(f"the scheduler did not start: {''.join(said)}")


async def _passed_over(line: Callable[[], Awaitable[bytes]]) -> None:
    while await line():
        pass


async def _ended(process: Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    await process.wait()
