"""A long loop lets others have the event loop."""

import asyncio

from utils.yielding import TURN, by_turns


async def test_others_have_their_turn_between_hundreds() -> None:
    turns, done = 0, asyncio.Event()

    async def beside() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(beside())
    assert [one async for one in by_turns([*range(5 * TURN)])] == [*range(5 * TURN)]
    done.set()
    await running
    assert turns >= 5


async def test_nothing_is_yielded_of_nothing() -> None:
    nothing: list[int] = []
    assert [one async for one in by_turns(nothing)] == []
