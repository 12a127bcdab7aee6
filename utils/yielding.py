"""Long loops on the event loop, which turns to others in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")
TURN: Final = 100
"""So many things are done in one turn of the event loop: answers do not wait for thousands."""


async def by_turns(things: Sequence[T]) -> AsyncIterator[T]:
    """Yield each thing, and let the event loop turn to others after every `TURN`."""
    for place, one in enumerate(things):
        if place % TURN == 0:
            await asyncio.sleep(0)
        yield one
