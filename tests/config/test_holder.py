"""A question keeps the configuration it began with; the next one has the newest."""

import asyncio

from config.base import ConfigModel, setting
from config.holder import ConfigHolder
from config.loader import Snapshot


class Part(ConfigModel):
    """A part of the whole."""

    period: int = setting(14, "bars looked at")


def made(period: int) -> Snapshot:
    return Snapshot({"part": Part(period=period)})


def period(holder: ConfigHolder) -> int:
    return holder.section("part", Part).period


async def test_a_question_and_the_tasks_it_begins_keep_their_configuration() -> None:
    holder = ConfigHolder(made(1))

    async def part() -> int:
        await asyncio.sleep(0)
        return period(holder)

    with holder.pinned():
        task = asyncio.create_task(part())
        holder.swap(made(2))
        assert (period(holder), await task) == (1, 1)
        with holder.pinned():
            assert period(holder) == 1
    assert period(holder) == 2


def test_another_holder_is_not_bound_by_it() -> None:
    one, other = ConfigHolder(made(1)), ConfigHolder(made(5))
    with one.pinned():
        other.swap(made(6))
        assert (period(one), period(other)) == (1, 6)


def test_listeners_hear_of_what_changes_alone() -> None:
    holder = ConfigHolder(made(1))
    heard: list[tuple[str, str]] = []
    holder.listen(lambda before, after: heard.append((before.digest, after.digest)))
    holder.swap(made(1))
    holder.swap(made(2))
    assert heard == [(made(1).digest, made(2).digest)]
