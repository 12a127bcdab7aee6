"""Background work that looks again and again for what is due."""

from collections.abc import Awaitable, Callable

import structlog

from utils.clock import Clock
from utils.http.errors import SourceError
from utils.priority import beside

log = structlog.get_logger(__name__)


async def look_until_cancelled(
    look: Callable[[], Awaitable[int]],
    what: str,
    clock: Clock,
    *,
    every_s: float,
    on_written: Callable[[], None],
    on_failure: Callable[[], None],
) -> None:
    """Call ``look`` every ``every_s`` seconds behind the answers to people; what fails is tried at the next look.

    Work that waits until nobody asks would never be done where many do.
    ``look`` returns how many messages it has written to the outbox: ``on_written`` is called where there are any.
    ``what`` it looks at is named in the log, ``on_failure`` is called for an internal error.
    """
    with beside():
        while True:
            try:
                if await look():
                    on_written()
            except SourceError as error:
                log.warning(f"{what} not looked at, trying again", detail=error.detail)
            except Exception:
                on_failure()
                log.exception(f"look at {what} failed, trying again")
            await clock.sleep(every_s)
