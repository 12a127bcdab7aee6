"""Background work begins anew with another section, and with nothing else."""

import asyncio

import pytest

from bot.reconfiguring import with_each
from config.base import ConfigModel, setting
from config.holder import ConfigHolder
from config.loader import Snapshot
from tests.support.stream_exchange import eventually


class Part(ConfigModel):
    """A part of the whole."""

    period: int = setting(14, "bars looked at")


class Other(ConfigModel):
    """Another part."""

    word: str = setting("x", "a word")


def made(period: int, word: str = "x") -> Snapshot:
    return Snapshot({"part": Part(period=period), "other": Other(word=word)})


async def test_work_is_begun_anew_when_its_own_section_changes() -> None:
    holder = ConfigHolder(made(1))
    log: list[str] = []

    async def work(part: Part) -> None:
        log.append(f"began {part.period}")
        try:
            await asyncio.Event().wait()
        finally:
            log.append(f"ended {part.period}")

    task = asyncio.create_task(with_each(holder, "part", Part, work))
    await eventually(lambda: log == ["began 1"])
    holder.swap(made(1, "y"))
    holder.swap(made(2, "y"))
    await eventually(lambda: len(log) == 3)
    assert log == ["began 1", "ended 1", "began 2"]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log[3:] == ["ended 2"]


async def test_work_that_has_nothing_to_do_waits_for_the_next_change() -> None:
    holder = ConfigHolder(made(1))
    seen: list[int] = []

    async def work(part: Part) -> None:
        seen.append(part.period)

    task = asyncio.create_task(with_each(holder, "part", Part, work))
    await eventually(lambda: seen == [1])
    holder.swap(made(2))
    await eventually(lambda: seen == [1, 2])
    task.cancel()


async def test_a_failure_of_the_work_is_raised() -> None:
    async def work(part: Part) -> None:
        raise LookupError(f"no {part.period}")

    with pytest.raises(LookupError, match="no 1"):
        await with_each(ConfigHolder(made(1)), "part", Part, work)
