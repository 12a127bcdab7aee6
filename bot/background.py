"""Work that goes on beside the answers, from the start of the process to its end."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final

import structlog

# the part of the time for stopping that one task may use to end, for example to write what is pending
STOP_S: Final = 2.0
log = structlog.get_logger(__name__)


class BackgroundWork:
    """Runs work in tasks that ``stack`` cancels; one that fails is logged and counted, and stops no other."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self.failed = 0

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Start a task."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._note_end)

        async def end() -> None:
            task.cancel()
            await asyncio.wait({task}, timeout=STOP_S)

        self._stack.push_async_callback(end)

    def _note_end(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.failed += 1
            log.error("background work failed", work=task.get_name(), exc_info=error)
