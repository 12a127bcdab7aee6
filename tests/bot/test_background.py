"""Work beside the answers: what fails is logged and counted and stops nothing else, and all ends with the stack."""

import asyncio
from contextlib import AsyncExitStack

from structlog.testing import capture_logs

from bot.background import BackgroundWork


async def test_a_failure_is_counted_and_the_others_go_on() -> None:
    ended, going_on = [], asyncio.Event()

    async def fail() -> None:
        raise ValueError("its own")

    async def go_on(name: str) -> None:
        try:
            await going_on.wait()
        finally:
            ended.append(name)

    async def end() -> None:
        ended.append("by itself")

    with capture_logs() as logs:
        async with AsyncExitStack() as stack:
            work = BackgroundWork(stack)
            for name, loop in {
                "first": go_on("first"),
                "bad": fail(),
                "short": end(),
                "last": go_on("last"),
            }.items():
                work.start(name, loop)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert (work.failed, ended) == (1, ["by itself"])
    assert ended == ["by itself", "last", "first"]
    assert work.failed == 1
    assert [(line["event"], line["work"]) for line in logs] == [("background work failed", "bad")]
