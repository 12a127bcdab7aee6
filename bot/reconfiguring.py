"""Background work that is begun anew when the section of the configuration that it works by changes."""

import asyncio
from collections.abc import Awaitable, Callable

from config.holder import ConfigHolder
from config.loader import SectionT, Snapshot


async def with_each(
    holder: ConfigHolder, name: str, kind: type[SectionT], work: Callable[[SectionT], Awaitable[None]]
) -> None:
    """Do ``work`` with a section until cancelled; it is cancelled and begun anew with every other content.

    Raises what the work raises.
    """
    changed = asyncio.Event()

    def note(before: Snapshot, after: Snapshot) -> None:
        if before.section(name, kind) != after.section(name, kind):
            changed.set()

    holder.listen(note)
    while True:
        changed.clear()
        await _until(changed, work(holder.newest.section(name, kind)))


async def _until(changed: asyncio.Event, work: Awaitable[None]) -> None:
    """Return when the event is set; work that is not done by then is cancelled and waited for."""
    working, waiting = asyncio.ensure_future(work), asyncio.ensure_future(changed.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            await waiting
    finally:
        waiting.cancel()
        working.cancel()
        await asyncio.wait({working})
